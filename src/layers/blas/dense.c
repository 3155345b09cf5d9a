/*
 * Dense as three products on n vectors. Row-major: X (K, n), Y (M, n), W (M, K). A convolution whose
 * kernel is as large as its input is one, too.
 */
#include "blas.h"

#include <cblas.h>
#include <stdint.h>
#include <string.h>

#include "base/vector.h"
#include "layers/direct/direct.h"

/* A row of W meets x with so many sums: in one vector with AVX-512, in two elsewhere. */
enum { MOST_SUMS = 16, SINGLE_INPUTS = MOST_SUMS, SINGLE_OUTPUTS = 4 };

typedef int32_t wide_lanes_masks __attribute__((vector_size(WIDE_LANES * sizeof(int32_t))));
typedef int32_t narrow_lanes_masks __attribute__((vector_size(NARROW_LANES * sizeof(int32_t))));
typedef int32_t few_lanes_masks __attribute__((vector_size(FEW_LANES * sizeof(int32_t))));

static const int32_t places[MOST_SUMS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Neighbours in a and in b: in each half of the sums a's are left of b's. */
VECTOR_INLINE void add_neighbours(narrow_lanes *sums, const narrow_lanes *a, const narrow_lanes *b)
{
    *sums = __builtin_shufflevector(*a, *b, 0, 2, 8, 10, 4, 6, 12, 14) +
            __builtin_shufflevector(*a, *b, 1, 3, 9, 11, 5, 7, 13, 15);
}

/* A row's sums in eight. */
VECTOR_INLINE void halve_wide_lanes(narrow_lanes *half, const wide_lanes *sums)
{
    *half = __builtin_shufflevector(sums[0], sums[0], 0, 1, 2, 3, 4, 5, 6, 7) +
            __builtin_shufflevector(sums[0], sums[0], 8, 9, 10, 11, 12, 13, 14, 15);
}

VECTOR_INLINE void halve_narrow_lanes(narrow_lanes *half, const narrow_lanes *sums)
{
    *half = sums[0] + sums[1];
}

VECTOR_INLINE void halve_few_lanes(narrow_lanes *half, const few_lanes *sums)
{
    *half = __builtin_shufflevector(sums[0], sums[1], 0, 1, 2, 3, 4, 5, 6, 7);
}

/* The sums of four vectors. */
VECTOR_INLINE void fold(few_lanes *folded, const narrow_lanes sums[4])
{
    narrow_lanes pairs[2], all;
    add_neighbours(&pairs[0], &sums[0], &sums[1]);
    add_neighbours(&pairs[1], &sums[2], &sums[3]);
    add_neighbours(&all, &pairs[0], &pairs[1]);
    *folded = __builtin_shufflevector(all, all, 0, 1, 2, 3) +
              __builtin_shufflevector(all, all, 4, 5, 6, 7);
}

/* What affine() below does, in vectors of one width and four rows of W at a time. */
#define AFFINE(lanes, VECTORS)                                                                  \
    VECTOR_INLINE void lanes##_affine(float *y, const float *b, const float *w, const float *x, \
                                      int outputs, int inputs)                                  \
    {                                                                                           \
        enum { SIZE = sizeof(lanes) / sizeof(float), SUMS = VECTORS * SIZE };                   \
        const size_t size = (size_t)inputs, whole = size / SUMS * SUMS;                         \
        lanes last[VECTORS], weights, values;                                                   \
        lanes##_masks left;                                                                     \
        for (size_t v = 0; v < VECTORS; v++) {                                                  \
            memcpy(&last[v], x + size - SUMS + v * SIZE, sizeof(lanes));                        \
            memcpy(&left, places + v * SIZE, sizeof(left));                                     \
            left = left >= (int32_t)(SUMS + whole - size);                                      \
            last[v] = (lanes)((lanes##_masks)last[v] & left);                                   \
        }                                                                                       \
        for (int next = 0; next < outputs; next += SINGLE_OUTPUTS) {                            \
            const int o = next + SINGLE_OUTPUTS <= outputs ? next : outputs - SINGLE_OUTPUTS;   \
            const float *row = w + (size_t)o * size;                                            \
            lanes sums[4][VECTORS];                                                             \
            narrow_lanes halves[4];                                                             \
            few_lanes result, biases;                                                           \
            for (size_t i = 0; i < 4; i++)                                                      \
                for (size_t v = 0; v < VECTORS; v++)                                            \
                    sums[i][v] = (lanes){0};                                                    \
            for (size_t k = 0; k < whole; k += SUMS)                                            \
                for (size_t v = 0; v < VECTORS; v++) {                                          \
                    memcpy(&values, x + k + v * SIZE, sizeof(values));                          \
                    for (size_t i = 0; i < 4; i++) {                                            \
                        memcpy(&weights, row + i * size + k + v * SIZE, sizeof(weights));       \
                        sums[i][v] += weights * values;                                         \
                    }                                                                           \
                }                                                                               \
            for (size_t i = 0; i < 4; i++) {                                                    \
                for (size_t v = 0; v < VECTORS; v++) {                                          \
                    memcpy(&weights, row + (i + 1) * size - SUMS + v * SIZE, sizeof(weights));  \
                    sums[i][v] += weights * last[v];                                            \
                }                                                                               \
                halve_##lanes(&halves[i], sums[i]);                                             \
            }                                                                                   \
            fold(&result, halves);                                                              \
            memcpy(&biases, b + o, sizeof(biases));                                             \
            result += biases;                                                                   \
            memcpy(y + o, &result, sizeof(result));                                             \
        }                                                                                       \
    }

AFFINE(wide_lanes, 1)
AFFINE(narrow_lanes, 2)
AFFINE(few_lanes, 2)

/*
 * y (outputs) = b + W x. What a single image costs here is reading W once, for which OpenBLAS's SGEMV takes a third
 * longer. Needs SINGLE_INPUTS and SINGLE_OUTPUTS, or more. What is last, of inputs and outputs, ends where they end
 * and has some in common with what is before.
 */
VECTOR_INLINE void affine(float *y, const float *b, const float *w, const float *x, int outputs,
                          int inputs, int lanes)
{
    VECTOR_OF(lanes, affine, y, b, w, x, outputs, inputs);
}

VECTOR_BY_WIDTH(affine,
                (float *y, const float *b, const float *w, const float *x, int outputs, int inputs),
                y, b, w, x, outputs, inputs)

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = (int)shape_size(layer->in), outputs = layer->out.c, n = call->n;
    const float *bias = call->params + layer->weight_count;
    /* Training on single samples stays with SGEMV: another order of sums would end in other weights. */
    if (n == 1 && !call->training && inputs >= SINGLE_INPUTS && outputs >= SINGLE_OUTPUTS) {
        affine_by_width(call->y, bias, call->params, call->x, outputs, inputs);
        return;
    }
    if (n == 1) { /* y = b + W x */
        memcpy(call->y, bias, (size_t)outputs * sizeof(*bias));
        cblas_sgemv(CblasRowMajor, CblasNoTrans, outputs, inputs, 1, call->params, inputs, call->x,
                    1, 1, call->y, 1);
        return;
    }
    for (int o = 0; o < outputs; o++)
        vector_fill(call->y + (size_t)o * (size_t)n, bias[o], (size_t)n);
    /* Y = b + W X */
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, outputs, n, inputs, 1, call->params,
                inputs, call->x, n, 1, call->y, n);
}

/* dw (outputs, inputs) = dy x^T */
VECTOR_CLONES
static void outer_product(float *dw, const float *dy, const float *x, int outputs, int inputs)
{
    for (int o = 0; o < outputs; o++, dw += inputs) {
        const float d = dy[o];
#pragma omp simd
        for (int k = 0; k < inputs; k++)
            dw[k] = d * x[k];
    }
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = (int)shape_size(layer->in), outputs = layer->out.c, n = call->n;
    float *dbias = call->dparams + layer->weight_count, *xt = call->workspace;
    if (n == 1) { /* dW = dY X^T, dX = W^T dY */
        memcpy(dbias, call->dy, (size_t)outputs * sizeof(*dbias));
        outer_product(call->dparams, call->dy, call->x, outputs, inputs);
        if (call->dx)
            cblas_sgemv(CblasRowMajor, CblasTrans, outputs, inputs, 1, call->params, inputs,
                        call->dy, 1, 0, call->dx, 1);
        return;
    }
    /* dW = dY X^T, with X transposed beforehand: OpenBLAS is a third faster then */
    vector_transpose(xt, call->x, (size_t)n, inputs, n);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, outputs, inputs, n, 1, call->dy, n, xt,
                inputs, 0, call->dparams, inputs);
    for (int o = 0; o < outputs; o++)
        dbias[o] = vector_sum(call->dy + (size_t)o * (size_t)n, (size_t)n);
    if (call->dx) /* dX = W^T dY */
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, inputs, n, outputs, 1, call->params,
                    inputs, call->dy, n, 0, call->dx, n);
}

/* X^T (n, inputs) */
static size_t workspace_size(const struct layer *layer, int n)
{
    return shape_size(layer->in) * (size_t)n;
}

const struct layer_ops blas_dense = {
    .forward = forward, .backward = backward, .workspace_size = workspace_size};

static void forward_direct(const struct layer *layer, const struct layer_call *call)
{
    if (call->n == DIRECT_LANES)
        direct_affine(call->y, call->params + layer->weight_count, call->params, call->x,
                      shape_size(layer->in), layer->out.c);
    else
        forward(layer, call);
}

const struct layer_ops direct_dense = {
    .forward = forward_direct, .backward = backward, .workspace_size = workspace_size};
