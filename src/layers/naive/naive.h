/* The naive backend: one obvious loop nest per operation, for every layer kind. */
#ifndef NAIVE_H
#define NAIVE_H

#include "layers/contract.h"

extern const struct layer_ops naive_conv, naive_avg_pool, naive_max_pool, naive_flatten,
    naive_dense, naive_activation, naive_dropout, naive_subsample, naive_rbf;

/* The input under element (ky, kx) of the pooling window at output (oy, ox). */
static inline size_t naive_under(const struct layer *layer, int n, int c, int oy, int ky, int ox,
                                 int kx, int i)
{
    return shape_at(layer->in, n, c, oy * layer->desc.stride.h + ky, ox * layer->desc.stride.w + kx,
                    i);
}

#endif
