/*
 * Dense as three products on n vectors. Row-major: X (K, n), Y (M, n), W (M, K). Also for a convolution whose kernel is
 * as large as its input.
 */
#include <cblas.h>
#include <string.h>

#include "base/vector.h"
#include "blas.h"

void blas_dense_forward(const struct layer *layer, const struct layer_call *call)
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

void blas_dense_backward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = (int)shape_size(layer->in), outputs = layer->out.c, n = call->n;
    float *dbias = call->dparams + layer->weight_count, *xt = call->workspace;
    if (n == 1) { /* dW = dY X^T, dX = W^T dY */
        memcpy(dbias, call->dy, (size_t)outputs * sizeof(*dbias));
        vector_outer_product(call->dparams, call->dy, call->x, (size_t)inputs, outputs);
        if (call->dx)
            cblas_sgemv(CblasRowMajor, CblasTrans, outputs, inputs, 1, call->params, inputs,
                        call->dy, 1, 0, call->dx, 1);
        return;
    }
    /* dW = dY X^T, with X transposed beforehand: OpenBLAS is a third faster then */
    vector_transpose(xt, call->x, (size_t)n, inputs, n);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, outputs, inputs, n, 1, call->dy, n, xt,
                inputs, 0, call->dparams, inputs);
    vector_row_sums(dbias, call->dy, outputs, (size_t)n);
    if (call->dx) /* dX = W^T dY */
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, inputs, n, outputs, 1, call->params,
                    inputs, call->dy, n, 0, call->dx, n);
}

/* X^T (n, inputs) */
size_t blas_dense_workspace_size(const struct layer *layer, int n)
{
    return shape_size(layer->in) * (size_t)n;
}
