#include "onnx_walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "files/little_endian.h"
#include "network/layer.h"
#include "onnx.h"

enum lenet5_status onnx_refuse(const struct onnx_walk *walk, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return fail(walk->error, LENET5_ERROR_DATA, "%s: node '%.64s' (%.32s): %s", walk->path,
                walk->node->name, walk->node->op_type, text);
}

static size_t value_count(const Onnx__TensorProto *tensor)
{
    return tensor->n_float_data ? tensor->n_float_data : tensor->raw_data.len / sizeof(float);
}

float onnx_tensor_value(const Onnx__TensorProto *tensor, size_t i)
{
    return tensor->n_float_data ? tensor->float_data[i]
                                : load_float(tensor->raw_data.data + i * sizeof(float));
}

const Onnx__TensorProto *onnx_find_tensor(const struct onnx_walk *walk, const char *name)
{
    for (size_t i = 0; i < walk->message->n_initializer; i++)
        if (strcmp(walk->message->initializer[i]->name, name) == 0)
            return walk->message->initializer[i];
    for (size_t i = 0; i < walk->message->n_node; i++) {
        const Onnx__NodeProto *node = walk->message->node[i];
        if (strcmp(node->op_type, "Constant") != 0 || node->n_output != 1 ||
            strcmp(node->output[0], name) != 0)
            continue;
        for (size_t k = 0; k < node->n_attribute; k++)
            if (strcmp(node->attribute[k]->name, "value") == 0)
                return node->attribute[k]->t;
    }
    return NULL;
}

enum lenet5_status onnx_take_tensor(const Onnx__TensorProto **tensor, const struct onnx_walk *walk,
                                    size_t i, size_t rank)
{
    const Onnx__TensorProto *found = i < walk->node->n_input
                                         ? onnx_find_tensor(walk, walk->node->input[i])
                                         : NULL;
    if (!found)
        return onnx_refuse(walk, "input %zu is no constant tensor", i);
    if (found->data_type != ONNX_FLOAT || found->data_location != 0)
        return onnx_refuse(walk, "tensor '%.64s' is not of float32 within the file", found->name);
    size_t count = 1;
    for (size_t k = 0; k < found->n_dims; k++)
        if (found->dims[k] < 1 || found->dims[k] > LAYER_MAX_VALUES ||
            __builtin_mul_overflow(count, (size_t)found->dims[k], &count))
            return onnx_refuse(walk, "tensor '%.64s' has a dimension out of range", found->name);
    if (found->n_dims != rank)
        return onnx_refuse(walk, "tensor '%.64s' has %zu dimensions, expected %zu", found->name,
                           found->n_dims, rank);
    if (count != value_count(found))
        return onnx_refuse(walk, "tensor '%.64s' has %zu values, its dimensions %zu", found->name,
                           value_count(found), count);
    *tensor = found;
    return LENET5_OK;
}

enum lenet5_status onnx_take_bias(const Onnx__TensorProto **bias, const struct onnx_walk *walk,
                                  size_t i, int outputs)
{
    if (i >= walk->node->n_input || walk->node->input[i][0] == '\0')
        return LENET5_OK;
    const enum lenet5_status status = onnx_take_tensor(bias, walk, i, 1);
    if (!status && value_count(*bias) != (size_t)outputs)
        return onnx_refuse(walk, "the bias has %zu values, expected %d", value_count(*bias),
                           outputs);
    return status;
}

static const Onnx__AttributeProto *attribute(const struct onnx_walk *walk, const char *name)
{
    for (size_t i = 0; i < walk->node->n_attribute; i++)
        if (strcmp(walk->node->attribute[i]->name, name) == 0)
            return walk->node->attribute[i];
    return NULL;
}

int64_t onnx_int(const struct onnx_walk *walk, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *found = attribute(walk, name);
    return found ? found->i : otherwise;
}

bool onnx_float_is_one(const struct onnx_walk *walk, const char *name)
{
    const Onnx__AttributeProto *found = attribute(walk, name);
    return !found || found->f == 1;
}

/* Two sizes, else both `otherwise`. */
static enum lenet5_status take_extent(struct lenet5_extent *extent, const struct onnx_walk *walk,
                                      const char *name, int least, int otherwise)
{
    const Onnx__AttributeProto *found = attribute(walk, name);
    *extent = (struct lenet5_extent){otherwise, otherwise};
    if (!found)
        return LENET5_OK;
    for (size_t i = 0; i < found->n_ints; i++)
        if (found->ints[i] < least || found->ints[i] > LAYER_MAX_SIDE)
            return onnx_refuse(walk, "%s is out of range", name);
    if (found->n_ints != 2)
        return onnx_refuse(walk, "%s has %zu numbers, expected 2", name, found->n_ints);
    *extent = (struct lenet5_extent){(int)found->ints[0], (int)found->ints[1]};
    return LENET5_OK;
}

static enum lenet5_status take_padding(struct lenet5_extent *padding, const struct onnx_walk *walk)
{
    const Onnx__AttributeProto *pads = attribute(walk, "pads"), *mode = attribute(walk, "auto_pad");
    *padding = (struct lenet5_extent){0, 0};
    if (mode && !(mode->s.len == 6 && memcmp(mode->s.data, "NOTSET", 6) == 0) &&
        !(mode->s.len == 5 && memcmp(mode->s.data, "VALID", 5) == 0))
        return onnx_refuse(walk, "auto_pad is neither NOTSET nor VALID");
    if (!pads)
        return LENET5_OK;
    if (pads->n_ints != 4 || pads->ints[0] != pads->ints[2] || pads->ints[1] != pads->ints[3] ||
        pads->ints[0] < 0 || pads->ints[1] < 0 || pads->ints[0] > LAYER_MAX_SIDE ||
        pads->ints[1] > LAYER_MAX_SIDE)
        return onnx_refuse(walk, "pads are not the same on both sides");
    *padding = (struct lenet5_extent){(int)pads->ints[0], (int)pads->ints[1]};
    return LENET5_OK;
}

enum lenet5_status onnx_take_window(struct lenet5_layer *desc, const struct onnx_walk *walk)
{
    struct lenet5_extent dilation;
    enum lenet5_status status;
    if ((status = take_extent(&desc->kernel, walk, "kernel_shape", 1, 0)) ||
        (status = take_extent(&desc->stride, walk, "strides", 1, 1)) ||
        (status = take_extent(&dilation, walk, "dilations", 1, 1)) ||
        (status = take_padding(&desc->padding, walk)))
        return status;
    if (dilation.h != 1 || dilation.w != 1)
        return onnx_refuse(walk, "dilations are not 1");
    if (onnx_int(walk, "ceil_mode", 0) != 0)
        return onnx_refuse(walk, "ceil_mode is not 0");
    return LENET5_OK;
}
