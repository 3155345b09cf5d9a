#include "conv_algorithm.h"

#include "blas/blas.h"
#include "direct/direct.h"
#include "direct/whole_map.h"
#include "shared/fused_conv.h"

const struct conv_algorithm conv_im2col = {blas_conv_forward, blas_conv_backward},
                            conv_direct = {direct_conv_forward, direct_conv_backward},
                            conv_whole_map = {whole_map_forward, whole_map_backward};

/* What a layer is like, found once per layer. */
enum kind {
    GENERAL, /* with padding or strides */
    SPARSE,  /* with a table of connections */
    SMALL,   /* few outputs and taps, as C1: too small a product for SGEMM */
    LARGE,
    KINDS,
};

/* What a call is like. Forward and backward of the same samples agree, because both are training. */
enum use {
    SHORT_MAPS, /* any, where whole_map would serve but a map is shorter than a vector */
    TRAIN_ONE,  /* one sample */
    TRAIN,      /* more */
    INFER_FEW,  /* the rows of outputs are short, as those of a single image: SGEMM would be slow */
    INFER,
    USES,
};

/* clang-format off */
static const struct conv_algorithm *const algorithms[LAYER_BACKENDS][KINDS][USES] = {
    [LENET5_BACKEND_BLAS] = {
        /*            SHORT_MAPS     TRAIN_ONE        TRAIN            INFER_FEW        INFER */
        [GENERAL] = {&conv_im2col,  &conv_im2col,    &conv_im2col,    &conv_im2col,    &conv_im2col},
        [SPARSE]  = {&conv_im2col,  &conv_whole_map, &conv_whole_map, &conv_whole_map, &conv_whole_map},
        [SMALL]   = {&conv_direct,  &conv_whole_map, &conv_direct,    &conv_direct,    &conv_direct},
        [LARGE]   = {&conv_im2col,  &conv_whole_map, &conv_im2col,    &conv_direct,    &conv_im2col},
    },
    [LENET5_BACKEND_DIRECT] = {
        [GENERAL] = {&conv_im2col,  &conv_im2col,    &conv_im2col,    &conv_im2col,    &conv_im2col},
        [SPARSE]  = {&conv_im2col,  &conv_whole_map, &conv_whole_map, &conv_whole_map, &conv_whole_map},
        [SMALL]   = {&conv_direct,  &conv_whole_map, &conv_direct,    &conv_direct,    &conv_direct},
        [LARGE]   = {&conv_direct,  &conv_whole_map, &conv_direct,    &conv_direct,    &conv_direct},
    },
};
/* clang-format on */

static enum kind kind_of(const struct layer *layer)
{
    if (!layer_is_plain(layer))
        return GENERAL;
    if (layer->desc.connections)
        return SPARSE;
    return layer->out.c <= 8 && layer_taps(layer) <= 64 ? SMALL : LARGE;
}

static enum use use_of(const struct layer *layer, const struct layer_call *call)
{
    const int width = layer->out.w * call->n;
    if (call->training)
        return call->n == 1 ? TRAIN_ONE : TRAIN;
    return width < 2 * VECTOR_MOST_LANES &&
                   (width >= VECTOR_MOST_LANES || layer->out.c % VECTOR_MOST_LANES == 0)
               ? INFER_FEW
               : INFER;
}

const struct conv_algorithm *convolution_algorithm(const struct layer *layer,
                                                   const struct layer_call *call)
{
    const struct conv_algorithm *const *by_use = call->ops->conv_algorithms;
    const struct conv_algorithm *chosen = by_use[use_of(layer, call)];
    return chosen == &conv_whole_map && !whole_map_can(layer, call->n) ? by_use[SHORT_MAPS]
                                                                       : chosen;
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    convolution_algorithm(layer, call)->forward(layer, call, call->ops->fused);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    convolution_algorithm(layer, call)->backward(layer, call, call->ops->fused);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* For every algorithm that can do the layer. */
static size_t saved_size(const struct layer *layer, int n)
{
    const size_t rows = blas_conv_saved_size(layer, n);
    if (kind_of(layer) == GENERAL)
        return rows * sizeof(float);
    return larger(rows, larger(whole_map_saved_size(layer, n), direct_conv_saved_size(layer, n))) *
           sizeof(float);
}

static size_t workspace_size(const struct layer *layer, int n)
{
    const size_t rows = blas_conv_workspace_size(layer, n);
    if (kind_of(layer) == GENERAL)
        return rows;
    return larger(rows,
                  larger(whole_map_workspace_size(layer, n), direct_conv_workspace_size(layer, n)));
}

#define CONV_OPS(backend, kind, count)                                                   \
    {                                                                                    \
        .fused = count, .keeps_y = count == 2, .forward = forward, .backward = backward, \
        .saved_size = saved_size, .workspace_size = workspace_size,                      \
        .conv_algorithms = algorithms[backend][kind]                                     \
    }
#define FUSED_OPS(backend, kind)                                                           \
    {                                                                                      \
        CONV_OPS(backend, kind, 1), CONV_OPS(backend, kind, 2), CONV_OPS(backend, kind, 3) \
    }
#define BACKEND_OPS(backend)                                                                \
    {                                                                                       \
        FUSED_OPS(backend, GENERAL), FUSED_OPS(backend, SPARSE), FUSED_OPS(backend, SMALL), \
            FUSED_OPS(backend, LARGE)                                                       \
    }

static const struct layer_ops ops[LAYER_BACKENDS][KINDS][3] = {
    [LENET5_BACKEND_BLAS] = BACKEND_OPS(LENET5_BACKEND_BLAS),
    [LENET5_BACKEND_DIRECT] = BACKEND_OPS(LENET5_BACKEND_DIRECT),
};

static int fused_count(const struct layer *layers, int count)
{
    if (count < 2 || !activation_of(layers[1].desc.kind))
        return 1;
    return count > 2 && pooling_of(&layers[2]) ? 3 : 2;
}

const struct layer_ops *convolution_ops(enum lenet5_backend backend, const struct layer *layers,
                                        int count)
{
    return &ops[backend][kind_of(layers)][fused_count(layers, count) - 1];
}

bool convolution_is_dense(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->kernel.h == layer->in.h && desc->kernel.w == layer->in.w && desc->padding.h == 0 &&
           desc->padding.w == 0 && !desc->connections;
}
