/* The layers of the network, and their oneDNN primitives. */
#ifndef LAYER_H
#define LAYER_H

#include "primitives.h"

enum {
    LAYERS = 7,
    SIDE = 32,
    PIXELS = SIDE * SIDE,
    CLASSES = 10,
};

enum kind { CONVOLUTION, POOLING, LINEAR };
enum tanh { NO_TANH, FUSED, APART }; /* in the layer's own kernel, or after it */

/* From (n, in, in_side, in_side) to (n, out, out_side, out_side). */
struct layer {
    enum kind kind;
    int in, in_side, out, out_side, kernel;
    enum tanh tanh;
    dnnl_format_tag_t y, for_dw, for_dx; /* of y forward; of x and dy for dw; of dx and dy for dx */
};

extern const struct layer layers[LAYERS];

/*
 * Describes a pass over n samples; the caller owns the description. Pooling keeps the layout of
 * x_memory; other layers ignore it. forward_pass is NULL in the forward pass. Includes a FUSED tanh.
 */
dnnl_primitive_desc_t layer_describe(const struct layer *layer, int n, dnnl_memory_t x_memory,
                                     const_dnnl_primitive_desc_t forward_pass,
                                     dnnl_prop_kind_t pass);

/* Adds tanh in place: of y if dy is NULL, else its gradient, from y and dy, in dy. */
void layer_add_tanh(struct program *program, dnnl_memory_t y, dnnl_memory_t dy);

#endif
