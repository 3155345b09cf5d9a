/* Dense: y = W x + b for each of n vectors. */
#include "naive.h"

#include <string.h>

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.w, outputs = layer->out.w;
    const float *weights = call->params;               /* (outputs, inputs) */
    const float *bias = weights + layer->weight_count; /* (outputs) */
    for (int i = 0; i < call->n; i++)
        for (int o = 0; o < outputs; o++) {
            float sum = bias[o];
            for (int k = 0; k < inputs; k++)
                sum += weights[o * inputs + k] * call->x[i * inputs + k];
            call->y[i * outputs + o] = sum;
        }
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.w, outputs = layer->out.w;
    const float *weights = call->params;
    float *dweights = call->dparams, *dbias = dweights + layer->weight_count;
    if (call->dx)
        memset(call->dx, 0, (size_t)call->n * (size_t)inputs * sizeof(*call->dx));
    for (int i = 0; i < call->n; i++)
        for (int o = 0; o < outputs; o++) {
            float dy = call->dy[i * outputs + o];
            dbias[o] += dy;
            for (int k = 0; k < inputs; k++) {
                dweights[o * inputs + k] += dy * call->x[i * inputs + k];
                if (call->dx)
                    call->dx[i * inputs + k] += dy * weights[o * inputs + k];
            }
        }
}

const struct layer_ops naive_dense = {.forward = forward, .backward = backward};
