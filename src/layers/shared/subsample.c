/* Subsampling in vectors, where the windows are 2x2 and tile the maps, as the paper's do. */
#include "base/vector.h"
#include "layers/blas/blas.h"
#include "layers/naive/naive.h"

static bool is_plain(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->kernel.h == 2 && desc->kernel.w == 2 && desc->stride.h == 2 &&
           desc->stride.w == 2 && layer->in.h % 2 == 0 && layer->in.w % 2 == 0;
}

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

VECTOR_CLONES
static void values(float *y, const float *x, float weight, float bias, int h, int w, int n)
{
    if (n == 1)
        map_values(y, x, weight, bias, h, w, 1);
    else
        map_values(y, x, weight, bias, h, w, n);
}

VECTOR_CLONES
static void sums(float *dw, float *db, const float *dy, const float *x, int h, int w, int n)
{
    if (n == 1)
        map_sums(dw, db, dy, x, h, w, 1);
    else
        map_sums(dw, db, dy, x, h, w, n);
}

VECTOR_CLONES
static void spread(float *dx, const float *dy, float weight, int h, int w, int n)
{
    if (n == 1)
        map_spread(dx, dy, weight, h, w, 1);
    else
        map_spread(dx, dy, weight, h, w, n);
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const float *bias = call->params + layer->weight_count;
    const size_t map = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)call->n;
    if (!is_plain(layer)) {
        naive_subsample.forward(layer, call);
        return;
    }
    for (int c = 0; c < layer->out.c; c++)
        values(call->y + (size_t)c * map, call->x + 4 * (size_t)c * map, call->params[c], bias[c],
               layer->out.h, layer->out.w, call->n);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const size_t map = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)call->n;
    float *dbias = call->dparams + layer->weight_count;
    if (!is_plain(layer)) {
        naive_subsample.backward(layer, call);
        return;
    }
    for (int c = 0; c < layer->out.c; c++) {
        const float *dy = call->dy + (size_t)c * map;
        sums(&call->dparams[c], &dbias[c], dy, call->x + 4 * (size_t)c * map, layer->out.h,
             layer->out.w, call->n);
        if (call->dx)
            spread(call->dx + 4 * (size_t)c * map, dy, call->params[c], layer->out.h, layer->out.w,
                   call->n);
    }
}

const struct layer_ops blas_subsample = {.forward = forward, .backward = backward};
