/* Fused convolution by the direct kernels. */
#include <string.h>

#include "base/vector.h"
#include "direct.h"
#include "layers/shared/fused_conv.h"

/* Values of a map in a block, about: a tile of gradients stays in registers for all of them. */
enum { BLOCK = 1600, INFERENCE_BLOCK = 448 };

/* Floats of a block of dZ with zeros around each row, and what a vector reads beyond the last. */
static size_t framed_size(const struct layer *layer, int n)
{
    const int row = (layer->out.w + 2 * (layer->desc.kernel.w - 1)) * n;
    return (size_t)layer->out.c * (size_t)layer->out.h * (size_t)row + VECTOR_MOST_LANES;
}

size_t direct_conv_saved_size(const struct layer *layer, int n)
{
    return fused_conv_maps_size(layer, n, BLOCK);
}

/* Weights in another order, partial sums, and a block of dZ. */
size_t direct_conv_workspace_size(const struct layer *layer, int n)
{
    return layer->weight_count * (1 + PARTIAL_SUMS) + framed_size(layer, n);
}

void direct_conv_forward(const struct layer *layer, const struct layer_call *call, int fused)
{
    const struct fused_conv f = fused_conv_of(layer, fused, call->n,
                                              call->training ? BLOCK : INFERENCE_BLOCK);
    const size_t width = (size_t)f.width, map = (size_t)(f.pooling ? f.block : f.rows) * width;
    const bool in_lanes = direct_wants_outputs(layer, call->n);
    float *maps = call->saved;
    if (in_lanes)
        vector_transpose(call->workspace, call->params, (size_t)f.taps, f.outputs, f.taps);
    for (int h = 0; h < f.rows; h += f.block) {
        float *z = f.pooling ? maps : call->y + (size_t)h * width;
        for (int r = 0; r < fused_conv_rows(&f, h); r++) {
            if (in_lanes)
                direct_forward_outputs(z + (size_t)r * width, map, call->workspace, call->x, layer,
                                       call->n, h + r);
            else
                direct_forward(z + (size_t)r * width, map, call->params, call->x, layer, call->n,
                               h + r);
        }
        fused_conv_finish(&f, call, z, map, h);
        if (call->training)
            maps += (size_t)f.outputs * map;
    }
}

/* The zeros around the rows of dz, which is (outputs, block, row). */
static void frame(float *dz, const struct fused_conv *f, size_t row, size_t edge)
{
    const int rows = f->outputs * f->block;
    vector_fill(dz, 0, edge);
    for (int r = 1; r <= rows; r++)
        vector_fill(dz + (size_t)r * row - edge, 0, r < rows ? 2 * edge : edge);
}

void direct_conv_backward(const struct layer *layer, const struct layer_call *call, int fused)
{
    const struct fused_conv f = fused_conv_of(layer, fused, call->n, BLOCK);
    const size_t width = (size_t)f.width, edge = call->dx ? direct_edge(layer, call->n) : 0;
    const size_t row = width + 2 * edge, map = (size_t)f.block * row;
    const float *maps = call->saved;
    float *dbias = call->dparams + layer->weight_count;
    float *wt = call->workspace, *sums = wt + layer->weight_count;
    float *framed = sums + layer->weight_count * PARTIAL_SUMS, *dz = framed + edge;

    vector_fill(dbias, 0, layer->bias_count);
    if (call->dx)
        direct_transpose_weights(wt, call->params, layer);
    if (edge)
        frame(framed, &f, row, edge);
    for (int h = 0; h < f.rows; h += f.block) {
        const int rows = fused_conv_rows(&f, h);
        fused_conv_gradient(&f, dz, map, row, dbias, call, maps, h);
        maps += f.pooling ? (size_t)(f.outputs * f.block) * width : 0;
        direct_weight_gradient(sums, dz, map, row, call->x, layer, call->n, h, rows);
        if (call->dx)
            direct_input_gradient(call->dx, wt, dz, map, row, layer, call->n, h, rows);
    }
    direct_reduce_lanes(call->dparams, sums, layer->weight_count);
}
