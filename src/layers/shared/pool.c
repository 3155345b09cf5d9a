/* Pooling and subsampling: in vectors where the windows are 2x2 and tile the maps, else as the naive backend does it. */
#include "pooling.h"

#include "layers/naive/naive.h"

static bool tiles(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->kernel.h == 2 && desc->kernel.w == 2 && desc->stride.h == 2 &&
           desc->stride.w == 2 && layer->in.h % 2 == 0 && layer->in.w % 2 == 0;
}

enum pooling pooling_of(const struct layer *layer)
{
    return !tiles(layer)                               ? POOLING_NONE
           : layer->desc.kind == LENET5_LAYER_AVG_POOL ? POOLING_AVERAGE
           : layer->desc.kind == LENET5_LAYER_MAX_POOL ? POOLING_MAXIMUM
                                                       : POOLING_NONE;
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

static void pool_forward(const struct layer *layer, const struct layer_call *call)
{
    const enum pooling pooling = pooling_of(layer);
    if (pooling)
        pooling_values(call->y, call->x, layer->out.c * layer->out.h, layer->out.w, call->n,
                       pooling);
    else
        naive_of(layer)->forward(layer, call);
}

static void pool_backward(const struct layer *layer, const struct layer_call *call)
{
    const enum pooling pooling = pooling_of(layer);
    if (!pooling)
        naive_of(layer)->backward(layer, call);
    else if (call->dx)
        pooling_gradients(call->dx, call->dy, call->x, layer->out.c * layer->out.h, layer->out.w,
                          call->n, pooling);
}

static void subsample_forward(const struct layer *layer, const struct layer_call *call)
{
    const float *bias = call->params + layer->weight_count;
    const size_t map = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)call->n;
    if (!tiles(layer)) {
        naive_subsample.forward(layer, call);
        return;
    }
    for (int c = 0; c < layer->out.c; c++)
        subsample_values(call->y + (size_t)c * map, call->x + 4 * (size_t)c * map, call->params[c],
                         bias[c], layer->out.h, layer->out.w, call->n);
}

static void subsample_backward(const struct layer *layer, const struct layer_call *call)
{
    const size_t map = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)call->n;
    float *dbias = call->dparams + layer->weight_count;
    if (!tiles(layer)) {
        naive_subsample.backward(layer, call);
        return;
    }
    for (size_t c = 0; c < (size_t)layer->out.c; c++)
        subsample_gradients(call->dx ? call->dx + 4 * c * map : NULL, &call->dparams[c], &dbias[c],
                            call->dy + c * map, call->x + 4 * c * map, call->params[c],
                            layer->out.h, layer->out.w, call->n);
}

const struct layer_ops vector_pool = {
    .forward = pool_forward, .backward = pool_backward, .saved_size = saved_size};

const struct layer_ops vector_subsample = {.forward = subsample_forward,
                                           .backward = subsample_backward};
