/* Activations over runs of values, in vectors. */
#include "activation.h"
#include "base/vector_math.h"
#include "base/vector_tmpl.h"

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

/* The loops. The function that each is given is inlined into it. */
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

/* One sum for each sample, of the windows' left and of their right columns: these stay in registers. */
VECTOR_INLINE float after_average_of(float *dx, size_t row, const float *dy, const float *y,
                                     int rows, int width, int n, float gradient(float, float))
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

VECTOR_INLINE float after_average(float *dx, size_t row, const float *dy, const float *y, int rows,
                                  int width, int n, float gradient(float, float))
{
    if (n == MICRO_BATCH) /* as a constant */
        return after_average_of(dx, row, dy, y, rows, width, MICRO_BATCH, gradient);
    return after_average_of(dx, row, dy, y, rows, width, n, gradient);
}

static void identity_values(float *y, const float *x, float bias, size_t count)
{
    values(y, x, bias, count, identity_value);
}

static float identity_gradients(float *dx, const float *dy, const float *y, size_t count)
{
    return gradients(dx, dy, y, count, identity_gradient);
}

static float identity_after_average(float *dx, size_t row, const float *dy, const float *y,
                                    int rows, int width, int n)
{
    return after_average(dx, row, dy, y, rows, width, n, identity_gradient);
}

static void tanh_values(float *y, const float *x, float bias, size_t count)
{
    values(y, x, bias, count, tanh_value);
}

static float tanh_gradients(float *dx, const float *dy, const float *y, size_t count)
{
    return gradients(dx, dy, y, count, tanh_gradient);
}

static float tanh_after_average(float *dx, size_t row, const float *dy, const float *y, int rows,
                                int width, int n)
{
    return after_average(dx, row, dy, y, rows, width, n, tanh_gradient);
}

static void sigmoid_values(float *y, const float *x, float bias, size_t count)
{
    values(y, x, bias, count, sigmoid_value);
}

static float sigmoid_gradients(float *dx, const float *dy, const float *y, size_t count)
{
    return gradients(dx, dy, y, count, sigmoid_gradient);
}

static float sigmoid_after_average(float *dx, size_t row, const float *dy, const float *y, int rows,
                                   int width, int n)
{
    return after_average(dx, row, dy, y, rows, width, n, sigmoid_gradient);
}

static void relu_values(float *y, const float *x, float bias, size_t count)
{
    values(y, x, bias, count, relu_value);
}

static float relu_gradients(float *dx, const float *dy, const float *y, size_t count)
{
    return gradients(dx, dy, y, count, relu_gradient);
}

static float relu_after_average(float *dx, size_t row, const float *dy, const float *y, int rows,
                                int width, int n)
{
    return after_average(dx, row, dy, y, rows, width, n, relu_gradient);
}

static void scaled_tanh_values(float *y, const float *x, float bias, size_t count)
{
    values(y, x, bias, count, scaled_tanh_value);
}

static float scaled_tanh_gradients(float *dx, const float *dy, const float *y, size_t count)
{
    return gradients(dx, dy, y, count, scaled_tanh_gradient);
}

static float scaled_tanh_after_average(float *dx, size_t row, const float *dy, const float *y,
                                       int rows, int width, int n)
{
    return after_average(dx, row, dy, y, rows, width, n, scaled_tanh_gradient);
}

const struct activation VECTOR_NAME(activations)[] = {
    [ACTIVATION_IDENTITY] = {identity_values, identity_gradients, identity_after_average},
    [ACTIVATION_TANH] = {tanh_values, tanh_gradients, tanh_after_average},
    [ACTIVATION_SIGMOID] = {sigmoid_values, sigmoid_gradients, sigmoid_after_average},
    [ACTIVATION_RELU] = {relu_values, relu_gradients, relu_after_average},
    [ACTIVATION_SCALED_TANH] = {scaled_tanh_values, scaled_tanh_gradients,
                                scaled_tanh_after_average},
};
