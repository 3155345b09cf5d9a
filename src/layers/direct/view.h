/* A row of outputs, and the input behind it, as the direct kernels see them. */
#ifndef VIEW_H
#define VIEW_H

#include "layers/contract.h"

struct view {
    const float *x;  /* map 0, row h, pixel 0 */
    size_t map, row; /* floats from one map and row of the input to the next */
    int inputs, outputs, kernel_h, kernel_w, n;
    int taps;  /* weights of one output */
    int width; /* out.w * n */
};

static inline struct view view_of(const float *x, const struct layer *layer, int n, int h)
{
    const size_t row = (size_t)layer->in.w * (size_t)n;
    return (struct view){
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

#endif
