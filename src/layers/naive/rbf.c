/* Euclidean radial basis functions: y_o = -sum over k of (x_k - code_ok)^2, code_ok being +1 or -1. */
#include "naive.h"

static float code(const struct layer *layer, int o, int k)
{
    return layer->desc.codes[o * layer->in.c + k] ? 1 : -1;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int n = call->n;
    for (int o = 0; o < layer->out.c; o++)
        for (int i = 0; i < n; i++) {
            float sum = 0;
            for (int k = 0; k < layer->in.c; k++) {
                const float difference = call->x[k * n + i] - code(layer, o, k);
                sum += difference * difference;
            }
            call->y[o * n + i] = -sum;
        }
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int n = call->n;
    for (int k = 0; call->dx && k < layer->in.c; k++)
        for (int i = 0; i < n; i++) {
            float sum = 0;
            for (int o = 0; o < layer->out.c; o++)
                sum += call->dy[o * n + i] * (code(layer, o, k) - call->x[k * n + i]);
            call->dx[k * n + i] = 2 * sum;
        }
}

const struct layer_ops naive_rbf = {.forward = forward, .backward = backward};
