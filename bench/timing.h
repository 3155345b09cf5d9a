/* The monotonic clock, and the loop of a contender of run_bench.sh's races. */
#ifndef TIMING_H
#define TIMING_H

#include <stdbool.h>

/* Seconds on the monotonic clock. */
double timing_now(void);

/*
 * For each line on standard input, calls work for an interval and prints a line: samples per second,
 * or for latency the 50th, 99th and 99.9th percentile of a call, in microseconds. Between intervals it
 * waits, so that contenders can alternate.
 */
void timing_race(void (*work)(void *context), void *context, int batch, double seconds,
                 bool latency);

#endif
