/*
 * Pooling over 2x2 windows that tile the maps, as in every LeNet-5: for pooling layers, and fused behind a
 * convolution.
 */
#ifndef POOLING_H
#define POOLING_H

#include "base/vector.h"
#include "layers/contract.h"

struct pooling {
    /* y (rows, width, n) from x (2 rows, 2 width, n) */
    void (*values)(float *y, const float *x, int rows, int width, int n);
    /* dx is overwritten; the maximum finds in x which value of each window it goes to. */
    void (*gradients)(float *dx, const float *dy, const float *x, int rows, int width, int n);
    bool averages; /* dx is a quarter of dy everywhere */
};

/* NULL where the layer is no pooling, or one with other windows. */
const struct pooling *pooling_of(const struct layer *layer);

/* The kernels. */
enum { POOLING_AVERAGE, POOLING_MAXIMUM, POOLINGS };
VECTOR_DECLARE(const struct pooling, poolings, [POOLINGS]);

#endif
