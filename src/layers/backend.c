/* Which operations serve each layer kind on each backend. Where the right columns name a naive operation, nothing faster is needed. */
#include "contract.h"
#include "conv_algorithm.h"
#include "dense_algorithm.h"
#include "naive/naive.h"
#include "network/names.h"
#include "shared/activation.h"
#include "shared/pooling.h"

const struct layer_ops *layer_ops(enum lenet5_backend backend, const struct layer *layer)
{
    /* NULL: conv_algorithm.c chooses. */
    /* clang-format off */
    static const struct layer_ops *const table[LAYER_KINDS][LAYER_BACKENDS] = {
        /*                            naive                blas              direct */
        [LENET5_LAYER_CONV]        = {&naive_conv,         NULL,              NULL},
        [LENET5_LAYER_AVG_POOL]    = {&naive_avg_pool,     &vector_pool,       &vector_pool},
        [LENET5_LAYER_MAX_POOL]    = {&naive_max_pool,     &vector_pool,       &vector_pool},
        [LENET5_LAYER_FLATTEN]     = {&naive_flatten,      &naive_flatten,   &naive_flatten},
        [LENET5_LAYER_DENSE]       = {&naive_dense,        &blas_dense,      &direct_dense},
        [LENET5_LAYER_TANH]        = {&naive_activation,  &vector_activation, &vector_activation},
        [LENET5_LAYER_SIGMOID]     = {&naive_activation,  &vector_activation, &vector_activation},
        [LENET5_LAYER_RELU]        = {&naive_activation,  &vector_activation, &vector_activation},
        [LENET5_LAYER_DROPOUT]     = {&naive_dropout,      &naive_dropout,   &naive_dropout},
        [LENET5_LAYER_SCALED_TANH] = {&naive_activation,  &vector_activation, &vector_activation},
        [LENET5_LAYER_SUBSAMPLE]   = {&naive_subsample,    &vector_subsample,  &vector_subsample},
        [LENET5_LAYER_RBF]         = {&naive_rbf,          &naive_rbf,       &naive_rbf},
    };
    /* clang-format on */
    const struct layer_ops *ops = table[layer->desc.kind][backend];
    return ops ? ops : convolution_ops(backend, layer, 1);
}

const struct layer_ops *layer_ops_fused(enum lenet5_backend backend, const struct layer *layers,
                                        int count)
{
    if (backend == LENET5_BACKEND_NAIVE || layers->desc.kind != LENET5_LAYER_CONV)
        return layer_ops(backend, layers);
    if (convolution_is_dense(layers))
        return backend == LENET5_BACKEND_DIRECT ? &direct_dense : &blas_dense;
    return convolution_ops(backend, layers, count);
}

const char *lenet5_backend_string(enum lenet5_backend backend)
{
    return names_backends[backend];
}
