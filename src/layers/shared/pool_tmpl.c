/* Pooling and subsampling in vectors: over the samples of a pixel, or over the pixels of a single sample. */
#include "base/vector_tmpl.h"
#include "pooling.h"

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

/* The sums of neighbours among 16 values. */
VECTOR_INLINE void add_pairs(vec8 *sums, const float *x)
{
    vec8 a, b;
    memcpy(&a, x, sizeof(a));
    memcpy(&b, x + 8, sizeof(b));
    *sums = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
            __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

/* 8 adjacent windows of a single sample, with the same order of additions as above. */
VECTOR_INLINE void average_lanes(float *y, const float *upper, const float *lower)
{
    vec8 sums[2];
    add_pairs(&sums[0], upper);
    add_pairs(&sums[1], lower);
    sums[0] = 0.25f * (sums[0] + sums[1]);
    memcpy(y, &sums[0], sizeof(vec8));
}

/*
 * The last vector of a row ends where the row ends. In a row shorter than a vector it runs into the next rows, which
 * are computed later and overwrite it; the last rows have none behind them and go value by value.
 */
VECTOR_INLINE void avg_single(float *y, const float *x, int rows, int width)
{
    for (int r = 0; r < rows; r++, x += 4 * width, y += width) {
        const float *lower = x + 2 * width;
        int w = 0;
        while (w < width && width >= 8) {
            const int at = w < width - 8 ? w : width - 8;
            average_lanes(y + at, x + 2 * at, lower + 2 * at);
            w = at + 8;
        }
        if (w < width && (rows - r) * width >= 8) {
            average_lanes(y, x, lower);
            w = width;
        }
        for (; w < width; w++)
            y[w] = 0.25f * (x[2 * w] + x[2 * w + 1] + (lower[2 * w] + lower[2 * w + 1]));
    }
}

/* dx = weight dy, for every value of a window: subsampling, and averages with a weight of 1/4 */
VECTOR_INLINE void spread(float *dx, const float *dy, float weight, int rows, int width, int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    for (int r = 0; r < rows; r++, dx += 2 * row)
        for (int w = 0; w < width; w++, dy += n) {
            float *upper = dx + 2 * w * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++) {
                const float share = weight * dy[i];
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

VECTOR_INLINE void sub_values(float *y, const float *x, float weight, float bias, int rows,
                              int width, int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    for (int r = 0; r < rows; r++, x += 2 * row)
        for (int w = 0; w < width; w++, y += n) {
            const float *upper = x + 2 * w * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++)
                y[i] = weight * (upper[i] + upper[i + n] + (lower[i] + lower[i + n])) + bias;
        }
}

/* The weight's gradient, dy times the windows' sums, and the bias's. */
VECTOR_INLINE void sub_sums(float *dw, float *db, const float *dy, const float *x, int rows,
                            int width, int n)
{
    const size_t row = 2 * (size_t)width * (size_t)n;
    float products = 0, sum = 0;
    for (int r = 0; r < rows; r++, x += 2 * row)
        for (int w = 0; w < width; w++, dy += n) {
            const float *upper = x + 2 * w * n, *lower = upper + row;
#pragma omp simd reduction(+ : products, sum)
            for (int i = 0; i < n; i++) {
                products += dy[i] * (upper[i] + upper[i + n] + (lower[i] + lower[i + n]));
                sum += dy[i];
            }
        }
    *dw = products;
    *db = sum;
}

/* The sizes that matter become constants: a whole micro-batch, and one sample alone. */
#define FOR_SIZE(function, ...)                 \
    do {                                        \
        if (n == MICRO_BATCH)                   \
            function(__VA_ARGS__, MICRO_BATCH); \
        else if (n == 1)                        \
            function(__VA_ARGS__, 1);           \
        else                                    \
            function(__VA_ARGS__, n);           \
    } while (0)

void VECTOR_NAME(pooling_values)(float *y, const float *x, int rows, int width, int n,
                                 enum pooling pooling)
{
    if (pooling == POOLING_MAXIMUM)
        FOR_SIZE(max_values, y, x, rows, width);
    else if (n == 1)
        avg_single(y, x, rows, width);
    else
        FOR_SIZE(avg_values, y, x, rows, width);
}

void VECTOR_NAME(pooling_gradients)(float *dx, const float *dy, const float *x, int rows, int width,
                                    int n, enum pooling pooling)
{
    if (pooling == POOLING_MAXIMUM)
        FOR_SIZE(max_gradients, dx, dy, x, rows, width);
    else
        FOR_SIZE(spread, dx, dy, 0.25f, rows, width);
}

void VECTOR_NAME(subsample_values)(float *y, const float *x, float weight, float bias, int rows,
                                   int width, int n)
{
    FOR_SIZE(sub_values, y, x, weight, bias, rows, width);
}

void VECTOR_NAME(subsample_gradients)(float *dx, float *dweight, float *dbias, const float *dy,
                                      const float *x, float weight, int rows, int width, int n)
{
    FOR_SIZE(sub_sums, dweight, dbias, dy, x, rows, width);
    if (dx)
        FOR_SIZE(spread, dx, dy, weight, rows, width);
}
