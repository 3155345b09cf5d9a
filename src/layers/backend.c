/* The backends side by side: what is not overridden on the right is the naive operation. */
#include "layers/blas/blas.h"
#include "layers/naive/naive.h"
#include "network/names.h"

const struct layer_ops *layer_ops(enum lenet5_backend backend, enum lenet5_layer_kind kind)
{
    /* clang-format off */
    static const struct layer_ops *const table[LAYER_KINDS][LAYER_BACKENDS] = {
        /*                            naive                blas              direct */
        [LENET5_LAYER_CONV]        = {&naive_conv,         &blas_conv,       &direct_conv},
        [LENET5_LAYER_AVG_POOL]    = {&naive_avg_pool,     &blas_pool,       &blas_pool},
        [LENET5_LAYER_MAX_POOL]    = {&naive_max_pool,     &blas_pool,       &blas_pool},
        [LENET5_LAYER_FLATTEN]     = {&naive_flatten,      &naive_flatten,   &naive_flatten},
        [LENET5_LAYER_DENSE]       = {&naive_dense,        &blas_dense,      &direct_dense},
        [LENET5_LAYER_TANH]        = {&naive_tanh,         &blas_activation, &blas_activation},
        [LENET5_LAYER_SIGMOID]     = {&naive_sigmoid,      &blas_activation, &blas_activation},
        [LENET5_LAYER_RELU]        = {&naive_relu,         &blas_activation, &blas_activation},
        [LENET5_LAYER_DROPOUT]     = {&naive_dropout,      &naive_dropout,   &naive_dropout},
        [LENET5_LAYER_SCALED_TANH] = {&naive_scaled_tanh,  &blas_activation, &blas_activation},
        [LENET5_LAYER_SUBSAMPLE]   = {&naive_subsample,    &blas_subsample,  &blas_subsample},
        [LENET5_LAYER_RBF]         = {&naive_rbf,          &naive_rbf,       &naive_rbf},
    };
    /* clang-format on */
    return table[kind][backend];
}

const struct layer_ops *layer_ops_fused(enum lenet5_backend backend, const struct layer *layers,
                                        int count)
{
    const struct layer_ops *fused = NULL;
    if (backend != LENET5_BACKEND_NAIVE)
        fused = blas_fused(layers, count, backend == LENET5_BACKEND_DIRECT);
    return fused ? fused : layer_ops(backend, layers[0].desc.kind);
}

const char *lenet5_backend_string(enum lenet5_backend backend)
{
    return names_backends[backend];
}
