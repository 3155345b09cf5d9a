/* Convolutions of the blas and the direct backend: which of three algorithms serves a layer. */
#ifndef CONVOLUTION_H
#define CONVOLUTION_H

#include "contract.h"

/* The contract's two operations for a convolution that is fused with so many layers, 1 to 3. */
struct conv_algorithm {
    void (*forward)(const struct layer *layer, const struct layer_call *call, int fused);
    void (*backward)(const struct layer *layer, const struct layer_call *call, int fused);
};

extern const struct conv_algorithm conv_im2col, conv_direct, conv_whole_map;

/* The one that serves a call. Forward and backward of the same samples get the same. */
const struct conv_algorithm *convolution_algorithm(const struct layer *layer,
                                                   const struct layer_call *call);

/*
 * Operations for the first of these layers, a convolution, and as many as can be fused with it: its activation, and 2x2
 * pooling. At most count. backend is not the naive one.
 */
const struct layer_ops *convolution_ops(enum lenet5_backend backend, const struct layer *layers,
                                        int count);

/* Whether the convolution is a dense layer: one output per map, which sees all of the input, as the paper's C5. */
bool convolution_is_dense(const struct layer *layer);

#endif
