/*
 * Dense as three products on n vectors. Row-major: X (K, n), Y (M, n), W (M, K). A convolution whose
 * kernel is as large as its input is one, too.
 */
#include "blas.h"

#include <cblas.h>
#include <stdint.h>
#include <string.h>

#include "../vector.h"

enum { LANES = 16 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t masks __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef float eight __attribute__((vector_size(8 * sizeof(float))));
typedef float four __attribute__((vector_size(4 * sizeof(float))));

/* Neighbours in a and in b: in each half of the sums a's are left of b's. */
VECTOR_INLINE void add_neighbours(eight *sums, const eight *a, const eight *b)
{
    *sums = __builtin_shufflevector(*a, *b, 0, 2, 8, 10, 4, 6, 12, 14) +
            __builtin_shufflevector(*a, *b, 1, 3, 9, 11, 5, 7, 13, 15);
}

/* The sums of four vectors. */
VECTOR_INLINE void fold(four *folded, const lanes sums[4])
{
    eight half[4], pairs[2], all;
    for (int i = 0; i < 4; i++)
        half[i] = __builtin_shufflevector(sums[i], sums[i], 0, 1, 2, 3, 4, 5, 6, 7) +
                  __builtin_shufflevector(sums[i], sums[i], 8, 9, 10, 11, 12, 13, 14, 15);
    add_neighbours(&pairs[0], &half[0], &half[1]);
    add_neighbours(&pairs[1], &half[2], &half[3]);
    add_neighbours(&all, &pairs[0], &pairs[1]);
    *folded = __builtin_shufflevector(all, all, 0, 1, 2, 3) +
              __builtin_shufflevector(all, all, 4, 5, 6, 7);
}

/*
 * y (outputs) = b + W x. What a single image costs here is reading W once, for which OpenBLAS's SGEMV takes a third
 * longer. Needs LANES inputs and four outputs, or more. What is last, of inputs and outputs, ends where they end
 * and has some in common with what is before.
 */
VECTOR_CLONES
static void affine(float *y, const float *b, const float *w, const float *x, int outputs,
                   int inputs)
{
    const size_t size = (size_t)inputs, whole = size / LANES * LANES;
    masks left = {0, 1, 2,  3,  4,  5,  6,  7,
                  8, 9, 10, 11, 12, 13, 14, 15}; /* of x, in the last vector */
    lanes last, weights, values;
    memcpy(&last, x + size - LANES, sizeof(last));
    left = left >= (int32_t)(LANES + whole - size);
    last = (lanes)((masks)last & left);

    for (int next = 0; next < outputs; next += 4) {
        const int o = next + 4 <= outputs ? next : outputs - 4;
        const float *row = w + (size_t)o * size;
        lanes sums[4];
        four result, biases;
        for (size_t i = 0; i < 4; i++)
            sums[i] = (lanes){0};
        for (size_t k = 0; k < whole; k += LANES) {
            memcpy(&values, x + k, sizeof(values));
            for (size_t i = 0; i < 4; i++) {
                memcpy(&weights, row + i * size + k, sizeof(weights));
                sums[i] += weights * values;
            }
        }
        for (size_t i = 0; i < 4; i++) {
            memcpy(&weights, row + (i + 1) * size - LANES, sizeof(weights));
            sums[i] += weights * last;
        }
        fold(&result, sums);
        memcpy(&biases, b + o, sizeof(biases));
        result += biases;
        memcpy(y + o, &result, sizeof(result));
    }
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = (int)shape_size(layer->in), outputs = layer->out.c, n = call->n;
    const float *bias = call->params + layer->weight_count;
    /* Training on single samples stays with SGEMV: another order of sums would end in other weights. */
    if (n == 1 && !call->training && inputs >= LANES && outputs >= 4) {
        affine(call->y, bias, call->params, call->x, outputs, inputs);
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
    float *dbias = call->dparams + layer->weight_count, *xt = call->scratch;
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
static size_t scratch_size(const struct layer *layer, int n)
{
    return shape_size(layer->in) * (size_t)n;
}

const struct layer_ops blas_dense = {
    .forward = forward, .backward = backward, .scratch_size = scratch_size};
