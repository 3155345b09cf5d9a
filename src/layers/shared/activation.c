#include "activation.h"

#include <assert.h>

#include "base/vector.h"
#include "vector_layers.h"

const struct activation *activation_identity(void)
{
    return &VECTOR_CHOOSE(activations)[ACTIVATION_IDENTITY];
}

const struct activation *activation_of(enum lenet5_layer_kind kind)
{
    switch (kind) {
    case LENET5_LAYER_TANH:
        return &VECTOR_CHOOSE(activations)[ACTIVATION_TANH];
    case LENET5_LAYER_SIGMOID:
        return &VECTOR_CHOOSE(activations)[ACTIVATION_SIGMOID];
    case LENET5_LAYER_RELU:
        return &VECTOR_CHOOSE(activations)[ACTIVATION_RELU];
    case LENET5_LAYER_SCALED_TANH:
        return &VECTOR_CHOOSE(activations)[ACTIVATION_SCALED_TANH];
    default:
        return NULL;
    }
}

static size_t count_of(const struct layer *layer, const struct layer_call *call)
{
    return shape_size(layer->out) * (size_t)call->n;
}

/* backend.c gives this file no other layers. */
static const struct activation *activation_at(const struct layer *layer)
{
    const struct activation *activation = activation_of(layer->desc.kind);
    assert(activation);
    return activation;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    activation_at(layer)->values(call->y, call->x, 0, count_of(layer, call));
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    if (call->dx)
        activation_at(layer)->gradients(call->dx, call->dy, call->y, count_of(layer, call));
}

const struct layer_ops vector_activation = {
    .in_place = true, .keeps_y = true, .forward = forward, .backward = backward};
