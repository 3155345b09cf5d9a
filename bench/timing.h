/* The clock, and the order of measured values. */
#ifndef TIMING_H
#define TIMING_H

/* Seconds on the monotonic clock. */
double timing_now(void);

/* Sorts values, and gives the middle one, or the mean of the middle two. count is above 0. */
double timing_median(double *values, int count);

/* Sorts values, and gives the smallest that at least a share of them does not exceed. */
double timing_quantile(double *values, int count, double share);

#endif
