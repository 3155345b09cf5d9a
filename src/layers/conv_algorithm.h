/* Convolutions of the blas and the direct backend: which of three algorithms serves a layer. */
#ifndef CONV_ALGORITHM_H
#define CONV_ALGORITHM_H

#include "contract.h"

/* The contract's two operations for a convolution; fused, 1 to 3, counts it and the layers fused behind it. */
struct conv_algorithm {
    void (*forward)(const struct layer *layer, const struct layer_call *call, int fused);
    void (*backward)(const struct layer *layer, const struct layer_call *call, int fused);
};

extern const struct conv_algorithm conv_im2col, conv_direct, conv_whole_map;

/* The one that serves a call. Forward and backward of the same samples get the same. */
const struct conv_algorithm *convolution_algorithm(const struct layer *layer,
                                                   const struct layer_call *call);

/*
 * Operations for the first of these count layers, a convolution, fused with its activation and 2x2 pooling where these
 * follow it. Not for the naive backend.
 */
const struct layer_ops *convolution_ops(enum lenet5_backend backend, const struct layer *layers,
                                        int count);

/* Whether the convolution is a dense layer: one output per map, which sees all of the input, as the paper's C5. */
bool convolution_is_dense(const struct layer *layer);

#endif
