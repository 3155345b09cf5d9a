/* The kernels of subsampling: one map with windows of 2x2, y (h, w, n) and x (2 h, 2 w, n). */
#ifndef SUBSAMPLE_H
#define SUBSAMPLE_H

#include "base/vector.h"

/* y = weight times the sum of each window, plus bias */
VECTOR_KERNEL(subsample_values,
              (float *y, const float *x, float weight, float bias, int h, int w, int n),
              (y, x, weight, bias, h, w, n))

/* The gradients of the weight and of the bias. */
VECTOR_KERNEL(subsample_sums,
              (float *dweight, float *dbias, const float *dy, const float *x, int h, int w, int n),
              (dweight, dbias, dy, x, h, w, n))

/* dx is overwritten. */
VECTOR_KERNEL(subsample_spread, (float *dx, const float *dy, float weight, int h, int w, int n),
              (dx, dy, weight, h, w, n))

#endif
