/* Derives the shapes, parameters and multiply-accumulates of a layer from its description. */
#include "layer.h"

#include "base/error.h"
#include "base/memory.h"
#include "names.h"

const char *lenet5_layer_kind_string(enum lenet5_layer_kind kind)
{
    return (unsigned)kind < LAYER_KINDS ? names_layer_kinds[kind] : "unknown";
}

static bool within(struct lenet5_extent extent, int low, int high)
{
    return extent.h >= low && extent.h <= high && extent.w >= low && extent.w <= high;
}

/* (in - kernel + 2 padding) / stride + 1, rounded down */
static int steps(int in, int kernel, int padding, int stride)
{
    int room = in + 2 * padding - kernel;
    return room < 0 ? 0 : room / stride + 1;
}

static enum lenet5_status init_window(struct layer *layer, int index, struct lenet5_error *error)
{
    struct lenet5_layer *desc = &layer->desc;
    bool conv = desc->kind == LENET5_LAYER_CONV;
    if (desc->stride.h == 0 && desc->stride.w == 0)
        desc->stride = conv ? (struct lenet5_extent){1, 1} : desc->kernel;
    if (!conv)
        desc->padding = (struct lenet5_extent){0, 0};
    if (!within(desc->kernel, 1, LAYER_MAX_SIDE) || !within(desc->stride, 1, LAYER_MAX_SIDE) ||
        !within(desc->padding, 0, LAYER_MAX_SIDE))
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "layer %d (%s): kernel %dx%d, stride %dx%d, padding %dx%d is out of range",
                    index, lenet5_layer_kind_string(desc->kind), desc->kernel.h, desc->kernel.w,
                    desc->stride.h, desc->stride.w, desc->padding.h, desc->padding.w);
    layer->out.h = steps(layer->in.h, desc->kernel.h, desc->padding.h, desc->stride.h);
    layer->out.w = steps(layer->in.w, desc->kernel.w, desc->padding.w, desc->stride.w);
    if (layer->out.h < 1 || layer->out.w < 1)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "layer %d (%s): a %dx%d kernel does not fit an input of %dx%d", index,
                    lenet5_layer_kind_string(desc->kind), desc->kernel.h, desc->kernel.w,
                    layer->in.h, layer->in.w);
    return LENET5_OK;
}

static enum lenet5_status init_conv(struct layer *layer, int index, struct lenet5_error *error)
{
    const struct lenet5_layer *desc = &layer->desc;
    layer->out.c = desc->outputs;
    enum lenet5_status status = init_window(layer, index, error);
    if (status)
        return status;
    size_t pairs = (size_t)desc->outputs * (size_t)layer->in.c;
    size_t window = (size_t)desc->kernel.h * (size_t)desc->kernel.w;
    if (pairs > LAYER_MAX_VALUES || pairs * window > LAYER_MAX_VALUES)
        return fail(error, LENET5_ERROR_ARGUMENT, "layer %d (conv): more than %d weights", index,
                    LAYER_MAX_VALUES);
    layer->kernels = memory_alloc(pairs, sizeof(*layer->kernels));
    if (!layer->kernels)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    int kernels = 0;
    for (size_t i = 0; i < pairs; i++)
        layer->kernels[i] = !desc->connections || desc->connections[i] ? kernels++ : -1;
    layer->weight_count = (size_t)kernels * window;
    layer->bias_count = (size_t)desc->outputs;
    layer->macs = layer->weight_count * (size_t)layer->out.h * (size_t)layer->out.w;
    layer->connections = (layer->weight_count + layer->bias_count) * (size_t)layer->out.h *
                         (size_t)layer->out.w;
    return LENET5_OK;
}

/* Poolings: the maps stay apart. */
static enum lenet5_status init_pool(struct layer *layer, int index, struct lenet5_error *error)
{
    const bool trainable = layer->desc.kind == LENET5_LAYER_SUBSAMPLE;
    const enum lenet5_status status = init_window(layer, index, error);
    if (status)
        return status;
    const size_t window = (size_t)layer->desc.kernel.h * (size_t)layer->desc.kernel.w;
    layer->weight_count = layer->bias_count = trainable ? (size_t)layer->in.c : 0;
    layer->connections = shape_size(layer->out) * (window + (trainable ? 1 : 0));
    return LENET5_OK;
}

static enum lenet5_status check_vector(const struct layer *layer, int index,
                                       struct lenet5_error *error)
{
    if (layer->in.h == 1 && layer->in.w == 1)
        return LENET5_OK;
    return fail(error, LENET5_ERROR_ARGUMENT,
                "layer %d (%s): the input is maps (%d, %d, %d), put a flatten layer before it",
                index, lenet5_layer_kind_string(layer->desc.kind), layer->in.c, layer->in.h,
                layer->in.w);
}

static enum lenet5_status init_dense(struct layer *layer, int index, struct lenet5_error *error)
{
    const enum lenet5_status status = check_vector(layer, index, error);
    if (status)
        return status;
    layer->out.c = layer->desc.outputs;
    layer->weight_count = (size_t)layer->desc.outputs * (size_t)layer->in.c;
    layer->bias_count = (size_t)layer->desc.outputs;
    layer->macs = layer->weight_count;
    layer->connections = layer->weight_count + layer->bias_count;
    return LENET5_OK;
}

static enum lenet5_status init_rbf(struct layer *layer, int index, struct lenet5_error *error)
{
    const enum lenet5_status status = check_vector(layer, index, error);
    if (status)
        return status;
    if (!layer->desc.codes)
        return fail(error, LENET5_ERROR_ARGUMENT, "layer %d (rbf): no codes", index);
    layer->out.c = layer->desc.outputs;
    layer->macs = layer->connections = (size_t)layer->desc.outputs * (size_t)layer->in.c;
    return LENET5_OK;
}

enum lenet5_status layer_init(struct layer *layer, const struct lenet5_layer *desc,
                              struct lenet5_shape in, int index, struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    *layer = (struct layer){.desc = *desc, .in = in, .out = in};
    bool has_outputs = desc->kind == LENET5_LAYER_CONV || desc->kind == LENET5_LAYER_DENSE ||
                       desc->kind == LENET5_LAYER_RBF;
    if (has_outputs && (desc->outputs < 1 || desc->outputs > LAYER_MAX_OUTPUTS))
        return fail(error, LENET5_ERROR_ARGUMENT, "layer %d (%s): %d outputs, expected 1 to %d",
                    index, lenet5_layer_kind_string(desc->kind), desc->outputs, LAYER_MAX_OUTPUTS);
    switch (desc->kind) {
    case LENET5_LAYER_CONV:
        status = init_conv(layer, index, error);
        break;
    case LENET5_LAYER_AVG_POOL:
    case LENET5_LAYER_MAX_POOL:
    case LENET5_LAYER_SUBSAMPLE:
        status = init_pool(layer, index, error);
        break;
    case LENET5_LAYER_FLATTEN:
        layer->out = (struct lenet5_shape){(int)shape_size(in), 1, 1};
        break;
    case LENET5_LAYER_DENSE:
        status = init_dense(layer, index, error);
        break;
    case LENET5_LAYER_RBF:
        status = init_rbf(layer, index, error);
        break;
    case LENET5_LAYER_DROPOUT:
        if (!(desc->rate >= 0 && desc->rate < 1))
            status = fail(error, LENET5_ERROR_ARGUMENT,
                          "layer %d (dropout): rate %g, expected 0 to below 1", index, desc->rate);
        break;
    case LENET5_LAYER_TANH:
    case LENET5_LAYER_SIGMOID:
    case LENET5_LAYER_RELU:
    case LENET5_LAYER_SCALED_TANH:
        break;
    default:
        status = fail(error, LENET5_ERROR_ARGUMENT, "layer %d: unknown kind %d", index,
                      (int)desc->kind);
    }
    if (!status && shape_size(layer->out) > LAYER_MAX_VALUES)
        status = fail(error, LENET5_ERROR_ARGUMENT, "layer %d (%s): more than %d outputs", index,
                      lenet5_layer_kind_string(desc->kind), LAYER_MAX_VALUES);
    if (status)
        layer_finish(layer);
    return status;
}

void layer_finish(struct layer *layer)
{
    memory_free(layer->kernels);
    layer->kernels = NULL;
}
