/* Subsampling in vectors where the windows are 2x2 and tile the maps, as the paper's do. */
#include "subsample.h"

#include "layers/naive/naive.h"
#include "vector_layers.h"

static bool is_plain(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->kernel.h == 2 && desc->kernel.w == 2 && desc->stride.h == 2 &&
           desc->stride.w == 2 && layer->in.h % 2 == 0 && layer->in.w % 2 == 0;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const float *bias = call->params + layer->weight_count;
    const size_t map = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)call->n;
    if (!is_plain(layer)) {
        naive_subsample.forward(layer, call);
        return;
    }
    for (int c = 0; c < layer->out.c; c++)
        subsample_values(call->y + (size_t)c * map, call->x + 4 * (size_t)c * map, call->params[c],
                         bias[c], layer->out.h, layer->out.w, call->n);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const size_t map = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)call->n;
    float *dbias = call->dparams + layer->weight_count;
    if (!is_plain(layer)) {
        naive_subsample.backward(layer, call);
        return;
    }
    for (int c = 0; c < layer->out.c; c++) {
        const float *dy = call->dy + (size_t)c * map;
        subsample_sums(&call->dparams[c], &dbias[c], dy, call->x + 4 * (size_t)c * map,
                       layer->out.h, layer->out.w, call->n);
        if (call->dx)
            subsample_spread(call->dx + 4 * (size_t)c * map, dy, call->params[c], layer->out.h,
                             layer->out.w, call->n);
    }
}

const struct layer_ops vector_subsample = {.forward = forward, .backward = backward};
