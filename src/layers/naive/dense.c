/* Dense: y = W x + b for each of n vectors. */
#include "naive.h"

#include <string.h>

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.c, outputs = layer->out.c;
    const float *weights = call->params;               /* (outputs, inputs) */
    const float *bias = weights + layer->weight_count; /* (outputs) */
    const int n = call->n;
    for (int o = 0; o < outputs; o++)
        for (int i = 0; i < n; i++) {
            float sum = bias[o];
            for (int k = 0; k < inputs; k++)
                sum += weights[o * inputs + k] * call->x[k * n + i];
            call->y[o * n + i] = sum;
        }
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.c, outputs = layer->out.c;
    const float *weights = call->params;
    float *dweights = call->dparams, *dbias = dweights + layer->weight_count;
    const int n = call->n;
    memset(dweights, 0, (layer->weight_count + layer->bias_count) * sizeof(*dweights));
    if (call->dx)
        memset(call->dx, 0, (size_t)n * (size_t)inputs * sizeof(*call->dx));
    for (int o = 0; o < outputs; o++)
        for (int i = 0; i < n; i++) {
            float dy = call->dy[o * n + i];
            dbias[o] += dy;
            for (int k = 0; k < inputs; k++) {
                dweights[o * inputs + k] += dy * call->x[k * n + i];
                if (call->dx)
                    call->dx[k * n + i] += dy * weights[o * inputs + k];
            }
        }
}

const struct layer_ops naive_dense = {.forward = forward, .backward = backward};
