#include "dense_algorithm.h"

#include "blas/blas.h"
#include "direct/direct.h"

static bool is_single_inference(const struct layer *layer, const struct layer_call *call)
{
    /* Training on single samples stays with SGEMV: another order of sums would give other weights. */
    return call->n == 1 && !call->training && shape_size(layer->in) >= SINGLE_INPUTS &&
           layer->out.c >= SINGLE_OUTPUTS;
}

static void blas_forward(const struct layer *layer, const struct layer_call *call)
{
    if (is_single_inference(layer, call))
        direct_affine_single(call->y, call->params + layer->weight_count, call->params, call->x,
                             shape_size(layer->in), layer->out.c);
    else
        blas_dense_forward(layer, call);
}

static void direct_forward_dense(const struct layer *layer, const struct layer_call *call)
{
    if (call->n == MICRO_BATCH)
        direct_affine(call->y, call->params + layer->weight_count, call->params, call->x,
                      shape_size(layer->in), layer->out.c);
    else
        blas_forward(layer, call);
}

const struct layer_ops blas_dense = {.forward = blas_forward,
                                     .backward = blas_dense_backward,
                                     .workspace_size = blas_dense_workspace_size};

const struct layer_ops direct_dense = {.forward = direct_forward_dense,
                                       .backward = blas_dense_backward,
                                       .workspace_size = blas_dense_workspace_size};
