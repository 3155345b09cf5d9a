/*
 * Inverted dropout: in training a unit is zeroed with probability rate and scaled by 1 / (1 - rate)
 * otherwise. The choice depends only on (seed, step, index in the batch, unit).
 */
#include "naive.h"

#include "base/rng.h"

/* saved holds the factor of every unit. */
static size_t saved_size(const struct layer *layer, int n)
{
    return shape_size(layer->out) * (size_t)n * sizeof(float);
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const struct lenet5_shape shape = layer->out;
    const size_t values = shape_size(shape) * (size_t)call->n;
    float *factors = call->saved;
    if (!call->training) {
        for (size_t i = 0; i < values; i++)
            call->y[i] = call->x[i];
        return;
    }
    for (int i = 0; i < call->n; i++) {
        struct rng rng = rng_stream(call->draw.seed, RNG_DROPOUT, call->draw.step,
                                    call->draw.first + (uint32_t)i);
        for (int c = 0; c < shape.c; c++)
            for (int h = 0; h < shape.h; h++)
                for (int w = 0; w < shape.w; w++) {
                    size_t at = shape_at(shape, call->n, c, h, w, i);
                    factors[at] = rng_uniform(&rng) < layer->desc.rate ? 0
                                                                       : 1 / (1 - layer->desc.rate);
                }
    }
    for (size_t i = 0; i < values; i++)
        call->y[i] = call->x[i] * factors[i];
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const float *factors = call->saved;
    if (!call->dx)
        return;
    for (size_t i = 0; i < shape_size(layer->out) * (size_t)call->n; i++)
        call->dx[i] = call->dy[i] * factors[i];
}

const struct layer_ops naive_dropout = {
    .in_place = true, .forward = forward, .backward = backward, .saved_size = saved_size};
