#include "onnx_graph.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "network/layer.h"
#include "onnx.h"
#include "onnx_walk.h"

enum {
    MOST = 1024
}; /* nodes, and tensors: far more than 64 layers need, and still searched at once */

/* "conv1" of "conv1.weight", unless another layer has it. */
static void take_name(struct lenet5_layer *desc, const struct onnx_walk *walk,
                      const Onnx__TensorProto *weights)
{
    static const char suffix[] = ".weight";
    const size_t length = strlen(weights->name);
    struct onnx_graph *graph = walk->graph;
    if (length < sizeof(suffix) || length - sizeof(suffix) + 1 > ARCHITECTURE_NAME ||
        strcmp(weights->name + length - sizeof(suffix) + 1, suffix) != 0)
        return;
    char *name = graph->names[graph->count];
    memcpy(name, weights->name, length - sizeof(suffix) + 1);
    name[length - sizeof(suffix) + 1] = '\0';
    for (int i = 0; i < graph->count; i++)
        if (graph->layers[i].name && strcmp(graph->layers[i].name, name) == 0)
            return;
    desc->name = name;
}

/* Adds a layer and derives its output shape. */
static enum lenet5_status add_layer(const struct onnx_walk *walk, const struct lenet5_layer *desc,
                                    const struct onnx_source *source)
{
    struct onnx_graph *graph = walk->graph;
    struct lenet5_error detail;
    struct layer layer;
    if (graph->count == NETWORK_MAX_LAYERS)
        return onnx_refuse(walk, "more than %d layers", NETWORK_MAX_LAYERS);
    if (layer_init(&layer, desc, graph->shape, graph->count, &detail))
        return onnx_refuse(walk, "%.200s", detail.message);
    graph->shape = layer.out;
    layer_finish(&layer);
    graph->sources[graph->count] = *source;
    graph->layers[graph->count++] = *desc;
    return LENET5_OK;
}

static enum lenet5_status read_conv(struct onnx_walk *walk)
{
    struct lenet5_layer desc = {.kind = LENET5_LAYER_CONV};
    struct onnx_source source = {.weights = NULL};
    enum lenet5_status status = onnx_take_window(&desc, walk);
    if (!status)
        status = onnx_take_tensor(&source.weights, walk, 1, 4);
    if (status)
        return status;
    const int64_t *dims = source.weights->dims;
    if (onnx_int(walk, "group", 1) != 1)
        return onnx_refuse(walk, "group is not 1");
    if (dims[1] != walk->graph->shape.c || dims[0] > LAYER_MAX_OUTPUTS ||
        dims[2] > LAYER_MAX_SIDE || dims[3] > LAYER_MAX_SIDE ||
        (desc.kernel.h && (dims[2] != desc.kernel.h || dims[3] != desc.kernel.w)))
        return onnx_refuse(walk, "the weights do not have the shape of %d maps and the kernel",
                           walk->graph->shape.c);
    desc.outputs = (int)dims[0];
    desc.kernel = (struct lenet5_extent){(int)dims[2], (int)dims[3]};
    take_name(&desc, walk, source.weights);
    status = onnx_take_bias(&source.bias, walk, 2, desc.outputs);
    return status ? status : add_layer(walk, &desc, &source);
}

static enum lenet5_status read_pool(struct onnx_walk *walk)
{
    struct lenet5_layer desc = {.kind = strcmp(walk->node->op_type, "MaxPool") == 0
                                            ? LENET5_LAYER_MAX_POOL
                                            : LENET5_LAYER_AVG_POOL};
    const enum lenet5_status status = onnx_take_window(&desc, walk);
    if (status)
        return status;
    if (desc.padding.h || desc.padding.w)
        return onnx_refuse(walk, "a padded pooling layer");
    return add_layer(walk, &desc, &(struct onnx_source){.weights = NULL});
}

/* A dense layer with weights (outputs, inputs) or, transposed, (inputs, outputs). */
static enum lenet5_status read_dense(struct onnx_walk *walk, bool transposed, size_t bias)
{
    struct lenet5_layer desc = {.kind = LENET5_LAYER_DENSE};
    struct onnx_source source = {.transposed = transposed};
    enum lenet5_status status = onnx_take_tensor(&source.weights, walk, 1, 2);
    if (status)
        return status;
    const int64_t *dims = source.weights->dims;
    const int64_t inputs = dims[transposed ? 0 : 1], outputs = dims[transposed ? 1 : 0];
    if (inputs != walk->graph->shape.c || outputs > LAYER_MAX_OUTPUTS)
        return onnx_refuse(walk, "the weights are (%lld, %lld), the input has %d features",
                           (long long)dims[0], (long long)dims[1], walk->graph->shape.c);
    desc.outputs = (int)outputs;
    take_name(&desc, walk, source.weights);
    status = onnx_take_bias(&source.bias, walk, bias, desc.outputs);
    return status ? status : add_layer(walk, &desc, &source);
}

static enum lenet5_status read_gemm(struct onnx_walk *walk)
{
    if (!onnx_float_is_one(walk, "alpha") || !onnx_float_is_one(walk, "beta") ||
        onnx_int(walk, "transA", 0) != 0)
        return onnx_refuse(walk, "expected alpha and beta 1, and transA 0");
    return read_dense(walk, onnx_int(walk, "transB", 0) == 0, 2);
}

static enum lenet5_status read_matmul(struct onnx_walk *walk)
{
    return read_dense(walk, true, SIZE_MAX);
}

/* The bias behind a MatMul. */
static enum lenet5_status read_add(struct onnx_walk *walk)
{
    struct onnx_graph *graph = walk->graph;
    const int last = graph->count - 1;
    if (last < 0 || graph->layers[last].kind != LENET5_LAYER_DENSE || graph->sources[last].bias)
        return onnx_refuse(walk, "expected behind a MatMul only");
    return onnx_take_bias(&graph->sources[last].bias, walk, 1, graph->layers[last].outputs);
}

static enum lenet5_status read_flatten(struct onnx_walk *walk)
{
    if (onnx_int(walk, "axis", 1) != 1)
        return onnx_refuse(walk, "axis is not 1");
    return add_layer(walk, &(struct lenet5_layer){.kind = LENET5_LAYER_FLATTEN},
                     &(struct onnx_source){.weights = NULL});
}

/* (N, anything) is a flatten; that the sizes agree, the next layer finds. */
static enum lenet5_status read_reshape(struct onnx_walk *walk)
{
    const Onnx__TensorProto *shape = walk->node->n_input == 2
                                         ? onnx_find_tensor(walk, walk->node->input[1])
                                         : NULL;
    if (!shape || shape->data_type != ONNX_INT64 || shape->n_dims != 1 || shape->dims[0] != 2)
        return onnx_refuse(walk, "expected a constant shape (N, features)");
    return read_flatten(walk);
}

/* PyTorch writes one that adds nothing before each AveragePool. */
static enum lenet5_status read_pad(struct onnx_walk *walk)
{
    const Onnx__TensorProto *pads = walk->node->n_input > 1
                                        ? onnx_find_tensor(walk, walk->node->input[1])
                                        : NULL;
    bool adds = !pads || pads->data_type != ONNX_INT64;
    for (size_t i = 0; !adds && i < pads->n_int64_data; i++)
        adds = pads->int64_data[i] != 0;
    for (size_t i = 0; !adds && i < pads->raw_data.len; i++)
        adds = pads->raw_data.data[i] != 0;
    return adds ? onnx_refuse(walk, "expected constant pads of 0; others belong to Conv")
                : LENET5_OK;
}

static enum lenet5_status read_activation(struct onnx_walk *walk)
{
    struct lenet5_layer desc = {.kind = LENET5_LAYER_TANH};
    while (strcmp(onnx_operator(desc.kind), walk->node->op_type) != 0)
        desc.kind++;
    return add_layer(walk, &desc, &(struct onnx_source){.weights = NULL});
}

static enum lenet5_status skip(struct onnx_walk *walk)
{
    (void)walk;
    return LENET5_OK;
}

static enum lenet5_status end(struct onnx_walk *walk)
{
    walk->ended = true;
    return LENET5_OK;
}

static const struct {
    const char *name;
    enum lenet5_status (*read)(struct onnx_walk *walk);
} operators[] = {
    {"Conv", read_conv},          {"AveragePool", read_pool}, {"MaxPool", read_pool},
    {"Gemm", read_gemm},          {"MatMul", read_matmul},    {"Add", read_add},
    {"Flatten", read_flatten},    {"Reshape", read_reshape},  {"Tanh", read_activation},
    {"Sigmoid", read_activation}, {"Relu", read_activation},  {"Dropout", skip},
    {"Identity", skip},           {"Pad", read_pad},          {"Softmax", end},
    {"LogSoftmax", end},
};

static enum lenet5_status read_node(struct onnx_walk *walk)
{
    const Onnx__NodeProto *node = walk->node;
    size_t i = 0;
    assert(walk->value);
    while (i < sizeof(operators) / sizeof(operators[0]) &&
           strcmp(operators[i].name, node->op_type) != 0)
        i++;
    if (i == sizeof(operators) / sizeof(operators[0]) || node->domain[0])
        return onnx_refuse(walk, "an operator that no layer here stands for");
    if (node->n_input < 1 || node->n_output < 1 || strcmp(node->input[0], walk->value) != 0)
        return onnx_refuse(walk,
                           "does not read the result of the node before it; expected one chain");
    if (walk->ended)
        return onnx_refuse(walk, "comes behind a softmax, which can only be the end");
    walk->value = node->output[0];
    return operators[i].read(walk);
}

/* The one input that is no initializer: (N, 1, h, w). */
static enum lenet5_status read_input(struct onnx_walk *walk)
{
    const Onnx__ValueInfoProto *input = NULL;
    for (size_t i = 0; i < walk->message->n_input; i++) {
        if (onnx_find_tensor(walk, walk->message->input[i]->name))
            continue;
        if (input)
            return fail(walk->error, LENET5_ERROR_DATA, "%s: the graph has more than one input",
                        walk->path);
        input = walk->message->input[i];
    }
    const Onnx__TypeProto *type = input ? input->type : NULL;
    const Onnx__TensorShapeProto *shape = type &&
                                                  type->value_case ==
                                                      ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
                                                  type->tensor_type->elem_type == ONNX_FLOAT
                                              ? type->tensor_type->shape
                                              : NULL;
    int64_t sizes[4] = {0};
    for (size_t i = 1; shape && shape->n_dim == 4 && i < 4; i++)
        if (shape->dim[i]->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
            sizes[i] = shape->dim[i]->dim_value;
    if (sizes[1] != 1 || sizes[2] < 1 || sizes[3] < 1 || sizes[2] > LAYER_MAX_SIDE ||
        sizes[3] > LAYER_MAX_SIDE)
        return fail(walk->error, LENET5_ERROR_DATA,
                    "%s: the graph's input is not float32 of shape (N, 1, h, w), h and w of 1 to "
                    "%d",
                    walk->path, LAYER_MAX_SIDE);
    walk->value = input->name;
    walk->graph->input = walk->graph->shape = (struct lenet5_shape){1, (int)sizes[2],
                                                                    (int)sizes[3]};
    return LENET5_OK;
}

enum lenet5_status onnx_graph_read(struct onnx_graph *graph, const Onnx__GraphProto *message,
                                   const char *path, struct lenet5_error *error)
{
    struct onnx_walk walk = {.graph = graph, .message = message, .path = path, .error = error};
    if (message->n_node > MOST || message->n_input > MOST || message->n_initializer > MOST)
        return fail(error, LENET5_ERROR_DATA, "%s: a graph of more than %d nodes or tensors", path,
                    MOST);
    enum lenet5_status status = read_input(&walk);
    graph->count = 0;
    for (size_t i = 0; !status && i < message->n_node; i++) {
        walk.node = message->node[i];
        if (strcmp(walk.node->op_type, "Constant") != 0)
            status = read_node(&walk);
    }
    if (status)
        return status;
    if (graph->count == 0 || message->n_output != 1 ||
        strcmp(message->output[0]->name, walk.value) != 0)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: the graph's output is not the result of its last node", path);
    return LENET5_OK;
}
