#include "activation.h"

#include <assert.h>

#include "base/vector.h"
#include "base/vector_math.h"
#include "layers/blas/blas.h"
#include "layers/contract.h"

static inline float identity_value(float x)
{
    return x;
}

/* Written so that NaN stays NaN. */
static inline float relu_value(float x)
{
    return x < 0.0f ? 0.0f : x;
}

static inline float identity_gradient(float dy, float y)
{
    (void)y;
    return dy;
}

static inline float tanh_gradient(float dy, float y)
{
    return dy * (1.0f - y * y);
}

static inline float sigmoid_gradient(float dy, float y)
{
    return dy * y * (1.0f - y);
}

static inline float scaled_tanh_value(float x)
{
    return SCALED_TANH_HEIGHT * tanh_value(SCALED_TANH_STRETCH * x);
}

static inline float scaled_tanh_gradient(float dy, float y)
{
    const float slope = SCALED_TANH_STRETCH / SCALED_TANH_HEIGHT;
    return dy * slope * (SCALED_TANH_HEIGHT * SCALED_TANH_HEIGHT - y * y);
}

static inline float relu_gradient(float dy, float y)
{
    return y > 0.0f ? dy : 0.0f;
}

/* The loops; the function they are given is inlined into each of their copies. */
VECTOR_INLINE void values(float *y, const float *x, float bias, size_t count, float value(float))
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = value(x[i] + bias);
}

VECTOR_INLINE float gradients(float *dx, const float *dy, const float *y, size_t count,
                              float gradient(float, float))
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++) {
        const float d = gradient(dy[i], y[i]);
        dx[i] = d;
        sum += d;
    }
    return sum;
}

/* A sum for each sample of the windows' left and right columns: they stay in registers. */
VECTOR_INLINE float averaged(float *dx, size_t row, const float *dy, const float *y, int rows,
                             int width, int n, float gradient(float, float))
{
    float left[MICRO_BATCH] = {0}, right[MICRO_BATCH] = {0}, sum = 0;
    for (int r = 0; r < 2 * rows; r++, dx += row) {
        const float *from = dy + (size_t)(r / 2 * width * n);
        float *to = dx;
        for (int w = 0; w < width; w++, from += n, to += 2 * n, y += 2 * n) {
#pragma omp simd
            for (int i = 0; i < n; i++) {
                const float share = 0.25f * from[i];
                to[i] = gradient(share, y[i]);
                to[i + n] = gradient(share, y[i + n]);
                left[i] += to[i];
                right[i] += to[i + n];
            }
        }
    }
    for (int i = 0; i < n; i++)
        sum += left[i] + right[i];
    return sum;
}

#define ACTIVATION(name)                                                                           \
    VECTOR_CLONES                                                                                  \
    static void name##_values(float *y, const float *x, float bias, size_t count)                  \
    {                                                                                              \
        values(y, x, bias, count, name##_value);                                                   \
    }                                                                                              \
    VECTOR_CLONES                                                                                  \
    static float name##_gradients(float *dx, const float *dy, const float *y, size_t count)        \
    {                                                                                              \
        return gradients(dx, dy, y, count, name##_gradient);                                       \
    }                                                                                              \
    VECTOR_CLONES                                                                                  \
    static float name##_averaged(float *dx, size_t row, const float *dy, const float *y, int rows, \
                                 int width, int n)                                                 \
    {                                                                                              \
        if (n == MICRO_BATCH) /* as a constant */                                                  \
            return averaged(dx, row, dy, y, rows, width, MICRO_BATCH, name##_gradient);            \
        return averaged(dx, row, dy, y, rows, width, n, name##_gradient);                          \
    }                                                                                              \
    const struct activation activation_##name = {name##_values, name##_gradients, name##_averaged};

ACTIVATION(identity)
ACTIVATION(tanh)
ACTIVATION(sigmoid)
ACTIVATION(relu)
ACTIVATION(scaled_tanh)

const struct activation *activation_of(enum lenet5_layer_kind kind)
{
    switch (kind) {
    case LENET5_LAYER_TANH:
        return &activation_tanh;
    case LENET5_LAYER_SIGMOID:
        return &activation_sigmoid;
    case LENET5_LAYER_RELU:
        return &activation_relu;
    case LENET5_LAYER_SCALED_TANH:
        return &activation_scaled_tanh;
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

const struct layer_ops blas_activation = {
    .in_place = true, .keeps_y = true, .forward = forward, .backward = backward};
