/* Dense as three SGEMMs on n vectors. Row-major: X (n, K), Y (n, M), W (M, K). */
#include "blas.h"

#include <cblas.h>
#include <string.h>

#include "../vector.h"

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.w, outputs = layer->out.w;
    const float *bias = call->params + layer->weight_count;
    for (int i = 0; i < call->n; i++)
        memcpy(call->y + (size_t)i * (size_t)outputs, bias, (size_t)outputs * sizeof(*bias));
    /* Y = b + X W^T */
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, call->n, outputs, inputs, 1, call->x,
                inputs, call->params, inputs, 1, call->y, outputs);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int inputs = layer->in.w, outputs = layer->out.w;
    float *dbias = call->dparams + layer->weight_count;
    /* dW += dY^T X */
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, outputs, inputs, call->n, 1, call->dy,
                outputs, call->x, inputs, 1, call->dparams, inputs);
    for (int i = 0; i < call->n; i++)
        vector_add(dbias, call->dy + (size_t)i * (size_t)outputs, (size_t)outputs);
    if (call->dx) /* dX = dY W */
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, call->n, inputs, outputs, 1,
                    call->dy, outputs, call->params, inputs, 0, call->dx, inputs);
}

const struct layer_ops blas_dense = {.forward = forward, .backward = backward};
