#include "whole_map.h"

#include <string.h>

#include "layers/shared/fused_conv.h"

static struct whole_map whole_map_of(const struct layer *layer, int n)
{
    const struct lenet5_extent kernel = layer->desc.kernel;
    const size_t pitch = (size_t)layer->in.w * (size_t)n, map = (size_t)layer->in.h * pitch;
    const size_t reach = (size_t)(kernel.h - 1) * pitch + (size_t)(kernel.w - 1) * (size_t)n;
    return (struct whole_map){
        .pitch = pitch,
        .map = map,
        .reach = reach,
        .run = map - reach,
        .room = map + reach,
        .width = (size_t)layer->out.w * (size_t)n,
        .kernel_h = kernel.h,
        .kernel_w = kernel.w,
        .taps = kernel.h * kernel.w,
        .n = n,
    };
}

bool whole_map_can(const struct layer *layer, int n)
{
    return layer_is_plain(layer) && whole_map_of(layer, n).run >= WHOLE_MAP_MOST_LANES;
}

/* Floats of all dZ in the input's pitch and of the rotated kernels. */
static size_t runs_size(const struct layer *layer, int n)
{
    return (size_t)layer->out.c * whole_map_of(layer, n).room + layer->weight_count;
}

size_t whole_map_saved_size(const struct layer *layer, int n)
{
    return shape_size(layer->out) * (size_t)n;
}

size_t whole_map_workspace_size(const struct layer *layer, int n)
{
    return runs_size(layer, n) + shape_size(layer->out) * (size_t)n;
}

/* z (out.c, out.h, out.w, n), without biases */
static void product(float *z, const struct layer *layer, const struct layer_call *call)
{
    const struct whole_map m = whole_map_of(layer, call->n);
    float *run = call->workspace;
    for (int o = 0; o < layer->out.c; o++) {
        whole_map_correlate(run, call->x, m.map, call->params, layer->kernels + o * layer->in.c, 1,
                            layer->in.c, &m, m.run);
        for (int h = 0; h < layer->out.h; h++, z += m.width)
            memcpy(z, run + (size_t)h * m.pitch, m.width * sizeof(*z));
    }
}

/* dz in the input's pitch, zero where no output is, with reach zeros before and behind it. */
static void spread(float *to, const float *dz, const struct layer *layer, const struct whole_map *m)
{
    vector_fill(to, 0, m->reach);
    to += m->reach;
    for (int h = 0; h < layer->out.h; h++, dz += m->width, to += m->pitch) {
        memcpy(to, dz, m->width * sizeof(*to));
        if (h + 1 < layer->out.h)
            vector_fill(to + m->width, 0, m->pitch - m->width);
    }
    vector_fill(to - (m->pitch - m->width), 0, m->reach);
}

/* dweights from dz, as z above, and call->dx if it is wanted. */
static void gradients(float *dweights, const float *dz, const struct layer *layer,
                      const struct layer_call *call)
{
    const struct whole_map m = whole_map_of(layer, call->n);
    const size_t outputs = (size_t)layer->out.h * m.width;
    float *runs = call->workspace, *rotated = runs + (size_t)layer->out.c * m.room;
    for (int o = 0; o < layer->out.c; o++) {
        float *run = runs + (size_t)o * m.room;
        spread(run, dz + (size_t)o * outputs, layer, &m);
        for (int c = 0; c < layer->in.c; c++) {
            const int kernel = layer->kernels[o * layer->in.c + c];
            if (kernel >= 0)
                whole_map_weight_gradient(dweights + kernel * m.taps, run + m.reach,
                                          call->x + (size_t)c * m.map, &m);
        }
    }
    if (!call->dx)
        return;
    /* Every input sees the outputs through the kernels rotated by 180 degrees. */
    for (size_t k = 0; k < layer->weight_count; k += (size_t)m.taps)
        for (int i = 0; i < m.taps; i++)
            rotated[k + (size_t)i] = call->params[k + (size_t)(m.taps - 1 - i)];
    for (int c = 0; c < layer->in.c; c++)
        whole_map_correlate(call->dx + (size_t)c * m.map, runs, m.room, rotated, layer->kernels + c,
                            layer->in.c, layer->out.c, &m, m.map);
}

/* Everything in one block. */
static struct fused_conv whole_block(const struct layer *layer, int fused, int n)
{
    struct fused_conv f = fused_conv_of(layer, fused, n, 0);
    f.block = f.rows;
    return f;
}

void whole_map_forward(const struct layer *layer, const struct layer_call *call, int fused)
{
    const struct fused_conv f = whole_block(layer, fused, call->n);
    float *z = f.pooling ? call->saved : call->y;
    product(z, layer, call);
    fused_conv_finish(&f, call, z, (size_t)f.rows * (size_t)f.width, 0);
}

void whole_map_backward(const struct layer *layer, const struct layer_call *call, int fused)
{
    const struct fused_conv f = whole_block(layer, fused, call->n);
    float *dbias = call->dparams + layer->weight_count;
    float *dz = call->workspace + runs_size(layer, call->n);
    vector_fill(dbias, 0, layer->bias_count);
    fused_conv_gradient(&f, dz, (size_t)(f.rows * f.width), (size_t)f.width, dbias, call,
                        call->saved, 0);
    gradients(call->dparams, dz, layer, call);
}
