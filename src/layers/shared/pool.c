/* Pooling in vectors: over the samples of a pixel, or over the pixels of a single sample. */
#include "pooling.h"

#include <string.h>

#include "base/vector.h"
#include "layers/blas/blas.h"
#include "layers/naive/naive.h"

/* The first of equals wins, as in the naive path; so does one beside a NaN. */
static inline float larger(float a, float b)
{
    return b > a ? b : a;
}

VECTOR_INLINE void avg_values(float *y, const float *x, int rows, int width, int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    for (int r = 0; r < rows; r++, x += 2 * row)
        for (int w = 0; w < width; w++, y += n) {
            const float *upper = x + 2 * w * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++)
                y[i] = 0.25f * (upper[i] + upper[i + n] + (lower[i] + lower[i + n]));
        }
}

/* Neighbours in 2 NARROW_LANES values. */
VECTOR_INLINE void add_pairs(narrow_lanes *sums, const float *x)
{
    narrow_lanes a, b;
    memcpy(&a, x, sizeof(a));
    memcpy(&b, x + NARROW_LANES, sizeof(b));
    *sums = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
            __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

/* NARROW_LANES windows of a single sample, which lie side by side: in the same order of additions as above. */
VECTOR_INLINE void average_lanes(float *y, const float *upper, const float *lower)
{
    narrow_lanes sums[2];
    add_pairs(&sums[0], upper);
    add_pairs(&sums[1], lower);
    sums[0] = 0.25f * (sums[0] + sums[1]);
    memcpy(y, &sums[0], sizeof(narrow_lanes));
}

/*
 * The last vector of a row ends where the row ends. One of a row shorter than that goes on into the next rows, which
 * come later and make it good; those at the end have no such rows.
 */
VECTOR_INLINE void avg_single(float *y, const float *x, int rows, int width)
{
    for (int r = 0; r < rows; r++, x += 4 * width, y += width) {
        const float *lower = x + 2 * width;
        int w = 0;
        while (w < width && width >= NARROW_LANES) {
            const int at = w < width - NARROW_LANES ? w : width - NARROW_LANES;
            average_lanes(y + at, x + 2 * at, lower + 2 * at);
            w = at + NARROW_LANES;
        }
        if (w < width && (rows - r) * width >= NARROW_LANES) {
            average_lanes(y, x, lower);
            w = width;
        }
        for (; w < width; w++)
            y[w] = 0.25f * (x[2 * w] + x[2 * w + 1] + (lower[2 * w] + lower[2 * w + 1]));
    }
}

VECTOR_INLINE void avg_gradients(float *dx, const float *dy, int rows, int width, int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    for (int r = 0; r < rows; r++, dx += 2 * row)
        for (int w = 0; w < width; w++, dy += n) {
            float *upper = dx + 2 * w * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++) {
                const float share = 0.25f * dy[i];
                upper[i] = share;
                upper[i + n] = share;
                lower[i] = share;
                lower[i + n] = share;
            }
        }
}

VECTOR_INLINE void max_values(float *y, const float *x, int rows, int width, int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    for (int r = 0; r < rows; r++, x += 2 * row)
        for (int w = 0; w < width; w++, y += n) {
            const float *upper = x + 2 * w * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++)
                y[i] = larger(larger(larger(upper[i], upper[i + n]), lower[i]), lower[i + n]);
        }
}

VECTOR_INLINE void max_gradients(float *dx, const float *dy, const float *x, int rows, int width,
                                 int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    for (int r = 0; r < rows; r++, dx += 2 * row, x += 2 * row)
        for (int w = 0; w < width; w++, dy += n) {
            const float *upper = x + 2 * w * n, *lower = upper + row;
            float *dupper = dx + 2 * w * n, *dlower = dupper + row;
#pragma omp simd
            for (int i = 0; i < n; i++) {
                const float d = dy[i], a = upper[i], b = upper[i + n], c = lower[i];
                const float ab = larger(a, b), abc = larger(ab, c);
                int winner = b > a ? 1 : 0;
                winner = c > ab ? 2 : winner;
                winner = lower[i + n] > abc ? 3 : winner;
                dupper[i] = winner == 0 ? d : 0;
                dupper[i + n] = winner == 1 ? d : 0;
                dlower[i] = winner == 2 ? d : 0;
                dlower[i + n] = winner == 3 ? d : 0;
            }
        }
}

/* The sizes that matter become constants: a whole piece of a batch, and one sample alone. */
#define FOR_SIZE(function, ...)        \
    do {                               \
        if (n == 16)                   \
            function(__VA_ARGS__, 16); \
        else if (n == 1)               \
            function(__VA_ARGS__, 1);  \
        else                           \
            function(__VA_ARGS__, n);  \
    } while (0)

VECTOR_CLONES
static void avg(float *y, const float *x, int rows, int width, int n)
{
    if (n == 1)
        avg_single(y, x, rows, width);
    else
        FOR_SIZE(avg_values, y, x, rows, width);
}

VECTOR_CLONES
static void avg_gradient(float *dx, const float *dy, const float *x, int rows, int width, int n)
{
    (void)x;
    FOR_SIZE(avg_gradients, dx, dy, rows, width);
}

VECTOR_CLONES
static void max(float *y, const float *x, int rows, int width, int n)
{
    FOR_SIZE(max_values, y, x, rows, width);
}

VECTOR_CLONES
static void max_gradient(float *dx, const float *dy, const float *x, int rows, int width, int n)
{
    FOR_SIZE(max_gradients, dx, dy, x, rows, width);
}

const struct pooling *pooling_of(const struct layer *layer)
{
    static const struct pooling averages = {avg, avg_gradient, true},
                                maxima = {max, max_gradient, false};
    const struct lenet5_layer *desc = &layer->desc;
    if (desc->kernel.h != 2 || desc->kernel.w != 2 || desc->stride.h != 2 || desc->stride.w != 2 ||
        layer->in.h % 2 || layer->in.w % 2)
        return NULL;
    return desc->kind == LENET5_LAYER_AVG_POOL   ? &averages
           : desc->kind == LENET5_LAYER_MAX_POOL ? &maxima
                                                 : NULL;
}

static const struct layer_ops *naive_of(const struct layer *layer)
{
    return layer->desc.kind == LENET5_LAYER_AVG_POOL ? &naive_avg_pool : &naive_max_pool;
}

static size_t saved_size(const struct layer *layer, int n)
{
    const struct layer_ops *naive = naive_of(layer);
    return naive->saved_size ? naive->saved_size(layer, n) : 0;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const struct pooling *pooling = pooling_of(layer);
    if (pooling)
        pooling->values(call->y, call->x, layer->out.c * layer->out.h, layer->out.w, call->n);
    else
        naive_of(layer)->forward(layer, call);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const struct pooling *pooling = pooling_of(layer);
    if (!pooling)
        naive_of(layer)->backward(layer, call);
    else if (call->dx)
        pooling->gradients(call->dx, call->dy, call->x, layer->out.c * layer->out.h, layer->out.w,
                           call->n);
}

const struct layer_ops blas_pool = {
    .forward = forward, .backward = backward, .saved_size = saved_size};
