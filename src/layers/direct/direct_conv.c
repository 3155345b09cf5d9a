/* The contract's operations by the direct kernels. */
#include <string.h>

#include "base/vector.h"
#include "direct.h"
#include "layers/shared/sweep.h"

/* Values of a map in a strip, about: a tile of gradients stays in registers for all of them. */
enum { STRIP = 1600, INFERENCE_STRIP = 448 };

/* Floats of a strip of dZ with zeros around each row, and what a vector reads beyond the last. */
static size_t framed_size(const struct layer *layer, int n)
{
    const int row = (layer->out.w + 2 * (layer->desc.kernel.w - 1)) * n;
    return (size_t)layer->out.c * (size_t)layer->out.h * (size_t)row + DIRECT_LANES;
}

size_t direct_saved_size(const struct layer *layer, int n)
{
    return sweep_maps_size(layer, n, STRIP);
}

/* Weights in another order, partial sums, and a strip of dZ. */
size_t direct_workspace_size(const struct layer *layer, int n)
{
    return layer->weight_count * (1 + DIRECT_LANES) + framed_size(layer, n);
}

void direct_forward_maps(const struct layer *layer, const struct layer_call *call, int span)
{
    const struct sweep s = sweep_of(layer, span, call->n, call->training ? STRIP : INFERENCE_STRIP);
    const size_t width = (size_t)s.width, map = (size_t)(s.pooling ? s.strip : s.rows) * width;
    const bool in_lanes = direct_wants_outputs(layer, call->n);
    float *maps = call->saved;
    if (in_lanes)
        vector_transpose(call->workspace, call->params, (size_t)s.taps, s.outputs, s.taps);
    for (int h = 0; h < s.rows; h += s.strip) {
        float *z = s.pooling ? maps : call->y + (size_t)h * width;
        for (int r = 0; r < sweep_rows(&s, h); r++) {
            if (in_lanes)
                direct_forward_outputs(z + (size_t)r * width, map, call->workspace, call->x, layer,
                                       call->n, h + r);
            else
                direct_forward(z + (size_t)r * width, map, call->params, call->x, layer, call->n,
                               h + r);
        }
        sweep_finish(&s, call, z, map, h);
        if (call->training)
            maps += (size_t)s.outputs * map;
    }
}

/* The zeros around the rows of dz, which is (outputs, strip, row). */
static void frame(float *dz, const struct sweep *s, size_t row, size_t edge)
{
    const int rows = s->outputs * s->strip;
    vector_fill(dz, 0, edge);
    for (int r = 1; r <= rows; r++)
        vector_fill(dz + (size_t)r * row - edge, 0, r < rows ? 2 * edge : edge);
}

void direct_backward_maps(const struct layer *layer, const struct layer_call *call, int span)
{
    const struct sweep s = sweep_of(layer, span, call->n, STRIP);
    const size_t width = (size_t)s.width, edge = call->dx ? direct_edge(layer, call->n) : 0;
    const size_t row = width + 2 * edge, map = (size_t)s.strip * row;
    const float *maps = call->saved;
    float *dbias = call->dparams + layer->weight_count;
    float *wt = call->workspace, *sums = wt + layer->weight_count;
    float *framed = sums + layer->weight_count * DIRECT_LANES, *dz = framed + edge;

    vector_fill(dbias, 0, layer->bias_count);
    if (call->dx)
        direct_turn(wt, call->params, layer);
    if (edge)
        frame(framed, &s, row, edge);
    for (int h = 0; h < s.rows; h += s.strip) {
        const int rows = sweep_rows(&s, h);
        sweep_gradient(&s, dz, map, row, dbias, call, maps, h);
        maps += s.pooling ? (size_t)(s.outputs * s.strip) * width : 0;
        direct_gradient(sums, dz, map, row, call->x, layer, call->n, h, rows);
        if (call->dx)
            direct_input_gradient(call->dx, wt, dz, map, row, layer, call->n, h, rows);
    }
    direct_fold(call->dparams, sums, layer->weight_count);
}
