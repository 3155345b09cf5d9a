/* Activation layers. */
#include "activation.h"

enum activation activation_of(enum lenet5_layer_kind kind)
{
    switch (kind) {
    case LENET5_LAYER_TANH:
        return ACTIVATION_TANH;
    case LENET5_LAYER_SIGMOID:
        return ACTIVATION_SIGMOID;
    case LENET5_LAYER_RELU:
        return ACTIVATION_RELU;
    case LENET5_LAYER_SCALED_TANH:
        return ACTIVATION_SCALED_TANH;
    default:
        return ACTIVATION_IDENTITY;
    }
}

static size_t count_of(const struct layer *layer, const struct layer_call *call)
{
    return shape_size(layer->out) * (size_t)call->n;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    activation_values(call->y, call->x, 0, count_of(layer, call), activation_of(layer->desc.kind));
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    float sum = 0; /* unused: the layer has no bias */
    if (call->dx)
        activation_gradients(call->dx, &sum, call->dy, call->y, count_of(layer, call),
                             activation_of(layer->desc.kind));
}

const struct layer_ops vector_activation = {
    .in_place = true, .keeps_y = true, .forward = forward, .backward = backward};
