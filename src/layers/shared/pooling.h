/*
 * Pooling and subsampling over 2x2 windows that tile the maps, as in every LeNet-5: for layers, and fused behind a
 * convolution.
 */
#ifndef POOLING_H
#define POOLING_H

#include "base/vector.h"
#include "layers/contract.h"

enum pooling { POOLING_NONE, POOLING_AVERAGE, POOLING_MAXIMUM };

/* POOLING_NONE where the layer is no pooling, or one with other windows. */
enum pooling pooling_of(const struct layer *layer);

/* y (rows, width, n) from x (2 rows, 2 width, n) */
VECTOR_KERNEL(pooling_values,
              (float *y, const float *x, int rows, int width, int n, enum pooling pooling),
              (y, x, rows, width, n, pooling))

/* dx is overwritten; the maximum finds in x which value of each window it goes to. */
VECTOR_KERNEL(pooling_gradients,
              (float *dx, const float *dy, const float *x, int rows, int width, int n,
               enum pooling pooling),
              (dx, dy, x, rows, width, n, pooling))

/* One map of a subsampling layer: y = weight times the sum of each window, plus bias */
VECTOR_KERNEL(subsample_values,
              (float *y, const float *x, float weight, float bias, int rows, int width, int n),
              (y, x, weight, bias, rows, width, n))

/* Its gradients; dx is overwritten, NULL = not wanted. */
VECTOR_KERNEL(subsample_gradients,
              (float *dx, float *dweight, float *dbias, const float *dy, const float *x,
               float weight, int rows, int width, int n),
              (dx, dweight, dbias, dy, x, weight, rows, width, n))

extern const struct layer_ops vector_pool, vector_subsample;

#endif
