/* The monotonic clock, and quantiles of measured values. */
#ifndef TIMING_H
#define TIMING_H

/* Seconds on the monotonic clock. */
double timing_now(void);

/* Sorts values, and gives the smallest that at least a share of them does not exceed. */
double timing_quantile(double *values, int count, double share);

#endif
