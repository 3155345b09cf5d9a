/*
 * Pooling over 2x2 windows that tile the maps, as every LeNet-5 has it: the blas backend's own
 * layers, and what follows a convolution.
 */
#ifndef POOLING_H
#define POOLING_H

#include "layers/contract.h"

struct pooling {
    /* y (rows, width, n) from x (2 rows, 2 width, n) */
    void (*values)(float *y, const float *x, int rows, int width, int n);
    /* dx is overwritten, and worked out from x where the windows have a winner. */
    void (*gradients)(float *dx, const float *dy, const float *x, int rows, int width, int n);
    bool averages; /* dx is a quarter of dy everywhere */
};

/* NULL where the layer is no pooling, or one with other windows. */
const struct pooling *pooling_of(const struct layer *layer);

#endif
