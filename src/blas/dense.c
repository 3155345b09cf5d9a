/* Dense as three products on n vectors. Row-major: X (K, n), Y (M, n), W (M, K). */
#include "blas.h"

#include <cblas.h>
#include <string.h>

#include "../vector.h"

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.c, outputs = layer->out.c, n = call->n;
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

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.c, outputs = layer->out.c, n = call->n;
    float *dbias = call->dparams + layer->weight_count, *xt = call->scratch;
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
    return (size_t)layer->in.c * (size_t)n;
}

const struct layer_ops blas_dense = {
    .forward = forward, .backward = backward, .scratch_size = scratch_size};
