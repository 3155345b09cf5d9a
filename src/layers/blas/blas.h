/* The products of layers by SGEMM and SGEMV, which conv_algorithm.c and dense.c choose. */
#ifndef BLAS_H
#define BLAS_H

#include "layers/contract.h"

/*
 * The contract's two operations for a convolution by im2col, fused with the layers behind it: fused = 1 alone, 2 with
 * its activation, 3 with pooling, too.
 */
void blas_conv_forward(const struct layer *layer, const struct layer_call *call, int fused);
void blas_conv_backward(const struct layer *layer, const struct layer_call *call, int fused);

/* Floats of saved and workspace for both; monotone in n. */
size_t blas_conv_saved_size(const struct layer *layer, int n);
size_t blas_conv_workspace_size(const struct layer *layer, int n);

/* The contract's operations for a dense layer. */
void blas_dense_forward(const struct layer *layer, const struct layer_call *call);
void blas_dense_backward(const struct layer *layer, const struct layer_call *call);
size_t blas_dense_workspace_size(const struct layer *layer, int n);

#endif
