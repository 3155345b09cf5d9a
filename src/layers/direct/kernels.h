/* The direct kernels as the templates define them, over a convolution's sizes; direct.h says what they compute. */
#ifndef KERNELS_H
#define KERNELS_H

#include "direct.h"

/* A convolution as its kernels see it from one row of outputs. */
struct geometry {
    const float *x;  /* map 0, row h, pixel 0 of the input */
    size_t map, row; /* floats from one map and row of the input to the next */
    int inputs, outputs, kernel_h, kernel_w, n;
    int taps;  /* weights of one output */
    int width; /* out.w * n */
};

/* Some rows of outputs, from row h on. */
struct row_block {
    struct geometry g; /* of the first row */
    size_t map, row;   /* floats from one map and row of dz to the next */
    int rows;
    bool first; /* row 0 is among them: there are no sums yet */
};

static inline struct geometry geometry_of(const float *x, const struct layer *layer, int n, int h)
{
    const size_t row = (size_t)layer->in.w * (size_t)n;
    return (struct geometry){
        .x = x + (size_t)h * row,
        .map = (size_t)layer->in.h * row,
        .row = row,
        .inputs = layer->in.c,
        .outputs = layer->out.c,
        .kernel_h = layer->desc.kernel.h,
        .kernel_w = layer->desc.kernel.w,
        .n = n,
        .taps = (int)layer_taps(layer),
        .width = layer->out.w * n,
    };
}

/* Maps of dx in one tile of the input gradient. */
enum { INPUT_CHANNELS = 6 };

/*
 * Whether the input gradient's tiles may take the ends of the rows together (input_gradient_tmpl.c): then no vector
 * looks beyond the outputs.
 */
static inline bool geometry_has_ends(const struct geometry *g, int lanes)
{
    return lanes == VECTOR_MOST_LANES && g->n == lanes && g->kernel_w % 2 == 1 &&
           g->width >= (g->kernel_w - 1) * g->n && g->inputs % INPUT_CHANNELS == 0;
}

VECTOR_DECLARE(void, direct_forward,
               (float *z, size_t map, const float *weights, const struct geometry *g));
VECTOR_DECLARE(void, direct_forward_outputs,
               (float *z, size_t map, const float *wt, const struct geometry *g));
VECTOR_DECLARE(void, direct_weight_gradient,
               (float *sums, const float *dz, const struct row_block *b));
VECTOR_DECLARE(void, direct_input_gradient,
               (float *dx, const float *wt, const float *dz, const struct row_block *b));
VECTOR_DECLARE(void, direct_affine,
               (float *y, const float *b, const float *w, const float *x, size_t inputs,
                int outputs));

#endif
