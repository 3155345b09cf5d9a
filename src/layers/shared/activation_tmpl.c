/* Activations over runs of values, in vectors. */
#include "activation.h"
#include "base/vector_math.h"
#include "base/vector_tmpl.h"

/* f(x). ReLU is written so that NaN stays NaN. */
VECTOR_INLINE float value(float x, enum activation activation)
{
    return activation == ACTIVATION_TANH      ? tanh_value(x)
           : activation == ACTIVATION_SIGMOID ? sigmoid_value(x)
           : activation == ACTIVATION_RELU    ? (x < 0.0f ? 0.0f : x)
           : activation == ACTIVATION_SCALED_TANH
               ? SCALED_TANH_HEIGHT * tanh_value(SCALED_TANH_STRETCH * x)
               : x;
}

/* dy f' */
VECTOR_INLINE float gradient(float dy, float y, enum activation activation)
{
    const float slope = SCALED_TANH_STRETCH / SCALED_TANH_HEIGHT;
    return activation == ACTIVATION_TANH      ? dy * (1.0f - y * y)
           : activation == ACTIVATION_SIGMOID ? dy * y * (1.0f - y)
           : activation == ACTIVATION_RELU    ? (y > 0.0f ? dy : 0.0f)
           : activation == ACTIVATION_SCALED_TANH
               ? dy * slope * (SCALED_TANH_HEIGHT * SCALED_TANH_HEIGHT - y * y)
               : dy;
}

/* A loop with `activation` as a constant, so that f is inlined into it. */
#define BY_ACTIVATION(loop, ...)                                                        \
    (activation == ACTIVATION_TANH          ? loop(__VA_ARGS__, ACTIVATION_TANH)        \
     : activation == ACTIVATION_SIGMOID     ? loop(__VA_ARGS__, ACTIVATION_SIGMOID)     \
     : activation == ACTIVATION_RELU        ? loop(__VA_ARGS__, ACTIVATION_RELU)        \
     : activation == ACTIVATION_SCALED_TANH ? loop(__VA_ARGS__, ACTIVATION_SCALED_TANH) \
                                            : loop(__VA_ARGS__, ACTIVATION_IDENTITY))

VECTOR_INLINE void values(float *y, const float *x, float bias, size_t count,
                          enum activation activation)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = value(x[i] + bias, activation);
}

VECTOR_INLINE float gradients(float *dx, const float *dy, const float *y, size_t count,
                              enum activation activation)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++) {
        const float d = gradient(dy[i], y[i], activation);
        dx[i] = d;
        sum += d;
    }
    return sum;
}

/* One sum for each sample, of the windows' left and of their right columns: these stay in registers. */
VECTOR_INLINE float gradients_average_of(float *dx, size_t row, const float *dy, const float *y,
                                         int rows, int width, int n, enum activation activation)
{
    float left[MICRO_BATCH] = {0}, right[MICRO_BATCH] = {0}, sum = 0;
    for (int r = 0; r < 2 * rows; r++, dx += row) {
        const float *from = dy + (size_t)(r / 2 * width * n);
        float *to = dx;
        for (int w = 0; w < width; w++, from += n, to += 2 * n, y += 2 * n) {
#pragma omp simd
            for (int i = 0; i < n; i++) {
                const float share = 0.25f * from[i];
                to[i] = gradient(share, y[i], activation);
                to[i + n] = gradient(share, y[i + n], activation);
                left[i] += to[i];
                right[i] += to[i + n];
            }
        }
    }
    for (int i = 0; i < n; i++)
        sum += left[i] + right[i];
    return sum;
}

VECTOR_INLINE float gradients_average(float *dx, size_t row, const float *dy, const float *y,
                                      int rows, int width, int n, enum activation activation)
{
    if (n == MICRO_BATCH) /* as a constant */
        return gradients_average_of(dx, row, dy, y, rows, width, MICRO_BATCH, activation);
    return gradients_average_of(dx, row, dy, y, rows, width, n, activation);
}

void VECTOR_NAME(activation_values)(float *y, const float *x, float bias, size_t count,
                                    enum activation activation)
{
    BY_ACTIVATION(values, y, x, bias, count);
}

void VECTOR_NAME(activation_gradients)(float *dx, float *dbias, const float *dy, const float *y,
                                       size_t count, enum activation activation)
{
    *dbias += BY_ACTIVATION(gradients, dx, dy, y, count);
}

void VECTOR_NAME(activation_gradients_average)(float *dx, size_t row, float *dbias, const float *dy,
                                               const float *y, int rows, int width, int n,
                                               enum activation activation)
{
    *dbias += BY_ACTIVATION(gradients_average, dx, row, dy, y, rows, width, n);
}
