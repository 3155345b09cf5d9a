/*
 * Dense as three products on n vectors. Row-major: X (K, n), Y (M, n), W (M, K). A convolution whose
 * kernel is as large as its input is one, too.
 */
#include "blas.h"

#include <cblas.h>
#include <string.h>

#include "../vector.h"

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = (int)shape_size(layer->in), outputs = layer->out.c, n = call->n;
    const float *bias = call->params + layer->weight_count;
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
