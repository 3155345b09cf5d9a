/* Activations in vectors: rational tanh, and sigmoid and ReLU through the same few operations. */
#include "blas.h"

#include "../vector.h"

/*
 * tanh(x) = x P(x^2) / Q(x^2) on [-8, 8], both of degree 4, fitted to the smallest relative error
 * (6e-9 before rounding); beyond 8 tanh is 1 - 2.3e-7 or nearer to 1. The error in float is at most
 * 4e-7, absolute and relative, over all floats, and the result never exceeds 1
 * (tests/test_activation.c). NaN stays NaN: the comparisons are false for it.
 */
static inline float tanh_value(float x)
{
    x = x > 8.0f ? 8.0f : x;
    x = x < -8.0f ? -8.0f : x;
    float z = x * x;
    float p = 1.0f + z * (0x1.1357e6p-3f +
                          z * (0x1.d422fep-9f + z * (0x1.6f54f6p-16f + z * 0x1.05a83ap-26f)));
    float q = 1.0f + z * (0x1.df0144p-2f +
                          z * (0x1.acada6p-6f + z * (0x1.65b33cp-12f + z * 0x1.c98bccp-21f)));
    return x * p / q;
}

VECTOR_CLONES
void blas_tanh_values(float *y, const float *x, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = tanh_value(x[i]);
}

VECTOR_CLONES
void blas_tanh_gradients(float *dx, const float *dy, const float *y, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        dx[i] = dy[i] * (1.0f - y[i] * y[i]);
}

/* sigmoid(x) = (1 + tanh(x / 2)) / 2: absolute error at most 3e-7, and 0 to 1 inclusive. */
VECTOR_CLONES
void blas_sigmoid_values(float *y, const float *x, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = 0.5f + 0.5f * tanh_value(0.5f * x[i]);
}

VECTOR_CLONES
void blas_sigmoid_gradients(float *dx, const float *dy, const float *y, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        dx[i] = dy[i] * y[i] * (1.0f - y[i]);
}

VECTOR_CLONES
void blas_relu_values(float *y, const float *x, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}

VECTOR_CLONES
void blas_relu_gradients(float *dx, const float *dy, const float *y, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

#define ACTIVATION(name)                                                                  \
    static void name##_forward(const struct layer *layer, const struct layer_call *call)  \
    {                                                                                     \
        blas_##name##_values(call->y, call->x, shape_size(layer->out) * (size_t)call->n); \
    }                                                                                     \
    static void name##_backward(const struct layer *layer, const struct layer_call *call) \
    {                                                                                     \
        if (call->dx)                                                                     \
            blas_##name##_gradients(call->dx, call->dy, call->y,                          \
                                    shape_size(layer->out) * (size_t)call->n);            \
    }                                                                                     \
    const struct layer_ops blas_##name = {.in_place = true,                               \
                                          .keeps_y = true,                                \
                                          .forward = name##_forward,                      \
                                          .backward = name##_backward};

ACTIVATION(tanh)
ACTIVATION(sigmoid)
ACTIVATION(relu)
