/* Pooling layers: in vectors where the windows are 2x2 and tile the maps, else as the naive path does it. */
#include "pooling.h"

#include "base/vector.h"
#include "layers/naive/naive.h"
#include "vector_layers.h"

const struct pooling *pooling_of(const struct layer *layer)
{
    const struct pooling *poolings = VECTOR_CHOOSE(poolings);
    const struct lenet5_layer *desc = &layer->desc;
    if (desc->kernel.h != 2 || desc->kernel.w != 2 || desc->stride.h != 2 || desc->stride.w != 2 ||
        layer->in.h % 2 || layer->in.w % 2)
        return NULL;
    return desc->kind == LENET5_LAYER_AVG_POOL   ? &poolings[POOLING_AVERAGE]
           : desc->kind == LENET5_LAYER_MAX_POOL ? &poolings[POOLING_MAXIMUM]
                                                 : NULL;
}

static const struct layer_ops *naive_of(const struct layer *layer)
{
    return layer->desc.kind == LENET5_LAYER_AVG_POOL ? &naive_avg_pool : &naive_max_pool;
}

static size_t saved_size(const struct layer *layer, int n)
{
    const struct layer_ops *naive = naive_of(layer);
    return naive->saved_size ? naive->saved_size(layer, n) : 0;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const struct pooling *pooling = pooling_of(layer);
    if (pooling)
        pooling->values(call->y, call->x, layer->out.c * layer->out.h, layer->out.w, call->n);
    else
        naive_of(layer)->forward(layer, call);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const struct pooling *pooling = pooling_of(layer);
    if (!pooling)
        naive_of(layer)->backward(layer, call);
    else if (call->dx)
        pooling->gradients(call->dx, call->dy, call->x, layer->out.c * layer->out.h, layer->out.w,
                           call->n);
}

const struct layer_ops vector_pool = {
    .forward = forward, .backward = backward, .saved_size = saved_size};
