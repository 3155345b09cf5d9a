/* Subsampling: y = w (sum over the window) + b, one w and one b for each map. */
#include "naive.h"

#include <string.h>

static float window_sum(const struct layer *layer, const struct layer_call *call, int c, int oy,
                        int ox, int i)
{
    float sum = 0;
    for (int ky = 0; ky < layer->desc.kernel.h; ky++)
        for (int kx = 0; kx < layer->desc.kernel.w; kx++)
            sum += call->x[naive_under(layer, call->n, c, oy, ky, ox, kx, i)];
    return sum;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const float *weights = call->params, *bias = weights + layer->weight_count;
    for (int c = 0; c < layer->out.c; c++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++)
                    call->y[shape_at(layer->out, call->n, c, oy, ox, i)] =
                        weights[c] * window_sum(layer, call, c, oy, ox, i) + bias[c];
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const float *weights = call->params;
    float *dweights = call->dparams, *dbias = dweights + layer->weight_count;
    memset(dweights, 0, (layer->weight_count + layer->bias_count) * sizeof(*dweights));
    if (call->dx)
        memset(call->dx, 0, shape_size(layer->in) * (size_t)call->n * sizeof(*call->dx));
    for (int c = 0; c < layer->out.c; c++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++) {
                    const float dy = call->dy[shape_at(layer->out, call->n, c, oy, ox, i)];
                    dweights[c] += dy * window_sum(layer, call, c, oy, ox, i);
                    dbias[c] += dy;
                    for (int k = 0; call->dx && k < layer->desc.kernel.h * layer->desc.kernel.w;
                         k++)
                        call->dx[naive_under(layer, call->n, c, oy, k / layer->desc.kernel.w, ox,
                                             k % layer->desc.kernel.w, i)] += dy * weights[c];
                }
}

const struct layer_ops naive_subsample = {.forward = forward, .backward = backward};
