/* Subsampling over 2x2 windows that tile a map. */
#include "base/vector_tmpl.h"
#include "subsample.h"

/* One map: y (h, w, n) from x (2 h, 2 w, n) */
VECTOR_INLINE void map_values(float *y, const float *x, float weight, float bias, int h, int w,
                              int n)
{
    const size_t row = 2 * (size_t)w * (size_t)n;
    for (int r = 0; r < h; r++, x += 2 * row)
        for (int p = 0; p < w; p++, y += n) {
            const float *upper = x + 2 * p * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++)
                y[i] = weight * (upper[i] + upper[i + n] + (lower[i] + lower[i + n])) + bias;
        }
}

/* One map: the coefficient's gradient, dy times the windows' sums, and the bias's. */
VECTOR_INLINE void map_sums(float *dw, float *db, const float *dy, const float *x, int h, int w,
                            int n)
{
    const size_t row = 2 * (size_t)w * (size_t)n;
    float products = 0, sum = 0;
    for (int r = 0; r < h; r++, x += 2 * row)
        for (int p = 0; p < w; p++, dy += n) {
            const float *upper = x + 2 * p * n, *lower = upper + row;
#pragma omp simd reduction(+ : products, sum)
            for (int i = 0; i < n; i++) {
                products += dy[i] * (upper[i] + upper[i + n] + (lower[i] + lower[i + n]));
                sum += dy[i];
            }
        }
    *dw = products;
    *db = sum;
}

/* One map: dx is overwritten. */
VECTOR_INLINE void map_spread(float *dx, const float *dy, float weight, int h, int w, int n)
{
    const size_t row = 2 * (size_t)w * (size_t)n;
    for (int r = 0; r < h; r++, dx += 2 * row)
        for (int p = 0; p < w; p++, dy += n) {
            float *upper = dx + 2 * p * n, *lower = upper + row;
#pragma omp simd
            for (int i = 0; i < n; i++) {
                const float d = weight * dy[i];
                upper[i] = d;
                upper[i + n] = d;
                lower[i] = d;
                lower[i + n] = d;
            }
        }
}

void VECTOR_NAME(subsample_values)(float *y, const float *x, float weight, float bias, int h, int w,
                                   int n)
{
    if (n == 1)
        map_values(y, x, weight, bias, h, w, 1);
    else
        map_values(y, x, weight, bias, h, w, n);
}

void VECTOR_NAME(subsample_sums)(float *dw, float *db, const float *dy, const float *x, int h,
                                 int w, int n)
{
    if (n == 1)
        map_sums(dw, db, dy, x, h, w, 1);
    else
        map_sums(dw, db, dy, x, h, w, n);
}

void VECTOR_NAME(subsample_spread)(float *dx, const float *dy, float weight, int h, int w, int n)
{
    if (n == 1)
        map_spread(dx, dy, weight, h, w, 1);
    else
        map_spread(dx, dy, weight, h, w, n);
}
