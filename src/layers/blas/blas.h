/* The blas backend: overrides of the naive operations where something faster is known. */
#ifndef BLAS_H
#define BLAS_H

#include "layers/contract.h"

extern const struct layer_ops blas_conv, direct_conv, blas_dense, direct_dense, blas_pool,
    blas_activation, blas_subsample;

/*
 * One operation for the first of these count layers and those behind it that it can take along: a
 * convolution, its activation, and 2x2 pooling; or a convolution that is a dense layer. NULL = each has
 * its own. direct: as the direct backend does them.
 */
const struct layer_ops *blas_fused(const struct layer *layers, int count, bool direct);

#endif
