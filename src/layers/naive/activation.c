/* Activations, by libm. Their gradients follow from the output alone: tanh' = 1 - y^2, sigmoid' =
 * y (1 - y), relu' = 1 where y > 0. */
#include "naive.h"

#include <math.h>

static size_t values(const struct layer *layer, const struct layer_call *call)
{
    return shape_size(layer->out) * (size_t)call->n;
}

static void tanh_forward(const struct layer *layer, const struct layer_call *call)
{
    for (size_t i = 0; i < values(layer, call); i++)
        call->y[i] = tanhf(call->x[i]);
}

static void tanh_backward(const struct layer *layer, const struct layer_call *call)
{
    if (!call->dx)
        return;
    for (size_t i = 0; i < values(layer, call); i++)
        call->dx[i] = call->dy[i] * (1 - call->y[i] * call->y[i]);
}

static void sigmoid_forward(const struct layer *layer, const struct layer_call *call)
{
    for (size_t i = 0; i < values(layer, call); i++)
        call->y[i] = 1 / (1 + expf(-call->x[i]));
}

static void sigmoid_backward(const struct layer *layer, const struct layer_call *call)
{
    if (!call->dx)
        return;
    for (size_t i = 0; i < values(layer, call); i++)
        call->dx[i] = call->dy[i] * call->y[i] * (1 - call->y[i]);
}

/* A tanh(S x); with A = 1.7159 and S = 2/3 the slope is S (A - y^2 / A). */
static void scaled_tanh_forward(const struct layer *layer, const struct layer_call *call)
{
    for (size_t i = 0; i < values(layer, call); i++)
        call->y[i] = SCALED_TANH_HEIGHT * tanhf(SCALED_TANH_STRETCH * call->x[i]);
}

static void scaled_tanh_backward(const struct layer *layer, const struct layer_call *call)
{
    if (!call->dx)
        return;
    for (size_t i = 0; i < values(layer, call); i++)
        call->dx[i] = call->dy[i] * SCALED_TANH_STRETCH *
                      (SCALED_TANH_HEIGHT - call->y[i] * call->y[i] / SCALED_TANH_HEIGHT);
}

/* Written so that NaN stays NaN. */
static void relu_forward(const struct layer *layer, const struct layer_call *call)
{
    for (size_t i = 0; i < values(layer, call); i++)
        call->y[i] = call->x[i] < 0 ? 0 : call->x[i];
}

static void relu_backward(const struct layer *layer, const struct layer_call *call)
{
    if (!call->dx)
        return;
    for (size_t i = 0; i < values(layer, call); i++)
        call->dx[i] = call->y[i] > 0 ? call->dy[i] : 0;
}

const struct layer_ops naive_tanh = {
    .in_place = true, .keeps_y = true, .forward = tanh_forward, .backward = tanh_backward};
const struct layer_ops naive_sigmoid = {
    .in_place = true, .keeps_y = true, .forward = sigmoid_forward, .backward = sigmoid_backward};
const struct layer_ops naive_scaled_tanh = {.in_place = true,
                                            .keeps_y = true,
                                            .forward = scaled_tanh_forward,
                                            .backward = scaled_tanh_backward};
const struct layer_ops naive_relu = {
    .in_place = true, .keeps_y = true, .forward = relu_forward, .backward = relu_backward};
