/* The backends side by side: what is not overridden on the right is the naive operation. */
#include "layers/blas/blas.h"
#include "layers/naive/naive.h"

const struct layer_ops *layer_ops(enum lenet5_backend backend, enum lenet5_layer_kind kind)
{
    /* clang-format off */
    static const struct layer_ops *const table[LAYER_KINDS][LAYER_BACKENDS] = {
        /*                      LENET5_NAIVE        LENET5_BLAS       LENET5_DIRECT    */
        [LENET5_CONV]        = {&naive_conv,         &blas_conv,       &direct_conv},
        [LENET5_AVG_POOL]    = {&naive_avg_pool,     &blas_pool,       &blas_pool},
        [LENET5_MAX_POOL]    = {&naive_max_pool,     &blas_pool,       &blas_pool},
        [LENET5_FLATTEN]     = {&naive_flatten,      &naive_flatten,   &naive_flatten},
        [LENET5_DENSE]       = {&naive_dense,        &blas_dense,      &direct_dense},
        [LENET5_TANH]        = {&naive_tanh,         &blas_activation, &blas_activation},
        [LENET5_SIGMOID]     = {&naive_sigmoid,      &blas_activation, &blas_activation},
        [LENET5_RELU]        = {&naive_relu,         &blas_activation, &blas_activation},
        [LENET5_DROPOUT]     = {&naive_dropout,      &naive_dropout,   &naive_dropout},
        [LENET5_SCALED_TANH] = {&naive_scaled_tanh,  &blas_activation, &blas_activation},
        [LENET5_SUBSAMPLE]   = {&naive_subsample,    &blas_subsample,  &blas_subsample},
        [LENET5_RBF]         = {&naive_rbf,          &naive_rbf,       &naive_rbf},
    };
    /* clang-format on */
    return table[kind][backend];
}

const struct layer_ops *layer_ops_fused(enum lenet5_backend backend, const struct layer *layers,
                                        int count)
{
    const struct layer_ops *fused = backend == LENET5_NAIVE
                                        ? NULL
                                        : blas_fused(layers, count, backend == LENET5_DIRECT);
    return fused ? fused : layer_ops(backend, layers[0].row.kind);
}

const char *lenet5_backend_string(enum lenet5_backend backend)
{
    static const char *const names[] = {"naive", "blas", "direct"};
    return names[backend];
}
