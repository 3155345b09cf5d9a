/* A layer with what follows from its description and its input: shapes, parameters, counts. */
#ifndef LAYER_H
#define LAYER_H

#include <lenet5/network.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAYER_KINDS = LENET5_LAYER_RBF + 1,
    /* Above these a network is a mistake or an attack; below, no product of sizes overflows. */
    LAYER_MAX_OUTPUTS = 1 << 16,
    LAYER_MAX_SIDE = LENET5_MAX_SIDE,
    LAYER_MAX_VALUES = 1 << 26, /* of one sample's maps, or of one layer's weights */
};

/* A layer of a network with its derived shapes and counts; immutable once the network exists. */
struct layer {
    struct lenet5_layer desc; /* defaults filled in */
    struct lenet5_shape in, out;
    size_t weight_count, bias_count; /* the parameters: weights, then biases */
    size_t macs, connections;
    /* conv: (outputs, in.c), which kernel (h, w) of the weights joins the two maps, -1 = none. */
    int *kernels;
};

/* The 1998 paper's squashing function is HEIGHT tanh(STRETCH x). */
#define SCALED_TANH_HEIGHT  1.7159f
#define SCALED_TANH_STRETCH (2.0f / 3.0f)

/*
 * Fills in layer from its description and input shape; index counts from 0, for messages. The
 * kernels index is allocated; layer_finish frees it.
 * Errors: ARGUMENT, MEMORY.
 */
enum lenet5_status layer_init(struct layer *layer, const struct lenet5_layer *desc,
                              struct lenet5_shape in, int index, struct lenet5_error *error);
void layer_finish(struct layer *layer);

/* Values per sample. */
static inline size_t shape_size(struct lenet5_shape shape)
{
    return (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
}

/* What one output of a convolution sees: the products of its sum, where it is fully connected. */
static inline size_t layer_taps(const struct layer *layer)
{
    return (size_t)layer->in.c * (size_t)layer->desc.kernel.h * (size_t)layer->desc.kernel.w;
}

/* A convolution whose windows lie side by side, pixel by pixel, all within the input. */
static inline bool layer_is_plain(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->stride.h == 1 && desc->stride.w == 1 && desc->padding.h == 0 &&
           desc->padding.w == 0;
}

/* Where element w of row h of map c of sample i lies in a buffer of n samples. */
static inline size_t shape_at(struct lenet5_shape shape, int n, int c, int h, int w, int i)
{
    return (((size_t)c * (size_t)shape.h + (size_t)h) * (size_t)shape.w + (size_t)w) * (size_t)n +
           (size_t)i;
}

#endif
