/*
 * A convolution fused with the activation and the 2x2 pooling behind it: a block of a few rows of outputs goes through
 * all of them while it is in cache, and backward in the same way. The caller computes the sums of the convolution: by
 * SGEMM (blas/conv.c), by kernels that need no im2col (direct/conv.c), or for the whole map (direct/whole_map.c).
 *
 * A block is Z (outputs, block, N) with N = out.w * n; the last one may have fewer rows.
 */
#ifndef FUSED_CONV_H
#define FUSED_CONV_H

#include "activation.h"
#include "layers/contract.h"
#include "pooling.h"

/* The sizes of one call. */
struct fused_conv {
    const struct layer *layer;
    enum activation activation;
    enum pooling pooling;
    int outputs, taps, width; /* O, K, N */
    int rows, block;          /* of outputs, and of a block */
};

/* fused: how many layers take part, 1 to 3. A block has about `values` values of a map. */
struct fused_conv fused_conv_of(const struct layer *layer, int fused, int n, int values);

/* How many rows of outputs there are from h on, up to the end of a block. */
static inline int fused_conv_rows(const struct fused_conv *f, int h)
{
    return f->rows - h < f->block ? f->rows - h : f->block;
}

/* Floats of the maps of one block, and of all blocks together; monotone in n. */
size_t fused_conv_block_size(const struct layer *layer, int n, int values);
size_t fused_conv_maps_size(const struct layer *layer, int n, int values);

/* Bias, activation and pooling of a block from row h on; its maps are map floats apart. */
void fused_conv_finish(const struct fused_conv *f, const struct layer_call *call, float *z,
                       size_t map, int h);

/*
 * dz from dy, the gradient behind pooling and activation. Maps of dz are map floats apart, rows are row floats apart,
 * and zeros fill the space between rows. maps (outputs, block, N) is the block as it was before pooling. Adds the
 * biases' gradients to dbias.
 */
void fused_conv_gradient(const struct fused_conv *f, float *dz, size_t map, size_t row,
                         float *dbias, const struct layer_call *call, const float *maps, int h);

#endif
