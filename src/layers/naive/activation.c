/* Activations, by libm. Their gradients follow from the output alone. */
#include "naive.h"

#include <assert.h>
#include <math.h>

/* f(x). ReLU is written so that NaN stays NaN. */
static float value(enum lenet5_layer_kind kind, float x)
{
    switch (kind) {
    case LENET5_LAYER_TANH:
        return tanhf(x);
    case LENET5_LAYER_SIGMOID:
        return 1 / (1 + expf(-x));
    case LENET5_LAYER_SCALED_TANH:
        return SCALED_TANH_HEIGHT * tanhf(SCALED_TANH_STRETCH * x);
    default:
        assert(kind == LENET5_LAYER_RELU);
        return x < 0 ? 0 : x;
    }
}

/* dy f'(x), from y = f(x). With A = 1.7159 and S = 2/3 the slope of A tanh(S x) is S (A - y^2 / A). */
static float gradient(enum lenet5_layer_kind kind, float dy, float y)
{
    switch (kind) {
    case LENET5_LAYER_TANH:
        return dy * (1 - y * y);
    case LENET5_LAYER_SIGMOID:
        return dy * y * (1 - y);
    case LENET5_LAYER_SCALED_TANH:
        return dy * SCALED_TANH_STRETCH * (SCALED_TANH_HEIGHT - y * y / SCALED_TANH_HEIGHT);
    default:
        return y > 0 ? dy : 0;
    }
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    for (size_t i = 0; i < shape_size(layer->out) * (size_t)call->n; i++)
        call->y[i] = value(layer->desc.kind, call->x[i]);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    if (!call->dx)
        return;
    for (size_t i = 0; i < shape_size(layer->out) * (size_t)call->n; i++)
        call->dx[i] = gradient(layer->desc.kind, call->dy[i], call->y[i]);
}

const struct layer_ops naive_activation = {
    .in_place = true, .keeps_y = true, .forward = forward, .backward = backward};
