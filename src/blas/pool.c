/*
 * Pooling over 2x2 windows that tile the maps, as every LeNet-5 has it: two input rows of all n
 * samples become one output row, in one contiguous loop. Other windows go to the naive operation.
 */
#include "blas.h"

#include "../naive/naive.h"
#include "../vector.h"

static bool tiles(const struct layer *layer)
{
    const struct lenet5_layer *row = &layer->row;
    return row->kernel.h == 2 && row->kernel.w == 2 && row->stride.h == 2 && row->stride.w == 2 &&
           layer->in.h % 2 == 0 && layer->in.w % 2 == 0;
}

/* A pair of rows (2, 2 count) to one row (count), and back. */
VECTOR_CLONES
void blas_avg_pairs(float *y, const float *x, size_t count)
{
    const float *upper = x, *lower = x + 2 * count;
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = 0.25f * (upper[2 * i] + upper[2 * i + 1] + (lower[2 * i] + lower[2 * i + 1]));
}

VECTOR_CLONES
void blas_avg_pairs_gradient(float *dx, const float *dy, size_t count)
{
    float *upper = dx, *lower = dx + 2 * count;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        float share = 0.25f * dy[i];
        upper[2 * i] = share;
        upper[2 * i + 1] = share;
        lower[2 * i] = share;
        lower[2 * i + 1] = share;
    }
}

/*
 * The winner's place in the window is kept, 0 to 3; the first of equals wins, as in the naive path.
 */
VECTOR_CLONES
void blas_max_pairs(float *y, int32_t *winners, const float *x, size_t count)
{
    const float *upper = x, *lower = x + 2 * count;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        float best = upper[2 * i];
        int32_t winner = 0;
        winner = upper[2 * i + 1] > best ? 1 : winner;
        best = upper[2 * i + 1] > best ? upper[2 * i + 1] : best;
        winner = lower[2 * i] > best ? 2 : winner;
        best = lower[2 * i] > best ? lower[2 * i] : best;
        winner = lower[2 * i + 1] > best ? 3 : winner;
        best = lower[2 * i + 1] > best ? lower[2 * i + 1] : best;
        y[i] = best;
        winners[i] = winner;
    }
}

VECTOR_CLONES
void blas_max_pairs_gradient(float *dx, const float *dy, const int32_t *winners, size_t count)
{
    float *upper = dx, *lower = dx + 2 * count;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        upper[2 * i] = winners[i] == 0 ? dy[i] : 0;
        upper[2 * i + 1] = winners[i] == 1 ? dy[i] : 0;
        lower[2 * i] = winners[i] == 2 ? dy[i] : 0;
        lower[2 * i + 1] = winners[i] == 3 ? dy[i] : 0;
    }
}

/* Pairs of rows are 4 * count apart, all maps in one run of out.c * out.h of them. */
static size_t row_count(const struct layer *layer)
{
    return (size_t)layer->out.c * (size_t)layer->out.h;
}

static size_t row_size(const struct layer *layer, const struct layer_call *call)
{
    return (size_t)call->n * (size_t)layer->out.w;
}

static void avg_forward(const struct layer *layer, const struct layer_call *call)
{
    const size_t count = row_size(layer, call);
    if (!tiles(layer)) {
        naive_avg_pool.forward(layer, call);
        return;
    }
    for (size_t r = 0; r < row_count(layer); r++)
        blas_avg_pairs(call->y + r * count, call->x + r * 4 * count, count);
}

static void avg_backward(const struct layer *layer, const struct layer_call *call)
{
    const size_t count = row_size(layer, call);
    if (!tiles(layer)) {
        naive_avg_pool.backward(layer, call);
        return;
    }
    for (size_t r = 0; call->dx && r < row_count(layer); r++)
        blas_avg_pairs_gradient(call->dx + r * 4 * count, call->dy + r * count, count);
}

static size_t max_stash_size(const struct layer *layer, int n)
{
    return naive_max_pool.stash_size(layer, n);
}

static void max_forward(const struct layer *layer, const struct layer_call *call)
{
    const size_t count = row_size(layer, call);
    int32_t *winners = call->stash;
    if (!tiles(layer)) {
        naive_max_pool.forward(layer, call);
        return;
    }
    for (size_t r = 0; r < row_count(layer); r++)
        blas_max_pairs(call->y + r * count, winners + r * count, call->x + r * 4 * count, count);
}

static void max_backward(const struct layer *layer, const struct layer_call *call)
{
    const size_t count = row_size(layer, call);
    const int32_t *winners = call->stash;
    if (!tiles(layer)) {
        naive_max_pool.backward(layer, call);
        return;
    }
    for (size_t r = 0; call->dx && r < row_count(layer); r++)
        blas_max_pairs_gradient(call->dx + r * 4 * count, call->dy + r * count, winners + r * count,
                                count);
}

const struct layer_ops blas_avg_pool = {.forward = avg_forward, .backward = avg_backward};

const struct layer_ops blas_max_pool = {
    .forward = max_forward, .backward = max_backward, .stash_size = max_stash_size};
