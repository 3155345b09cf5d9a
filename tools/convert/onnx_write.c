/*
 * A network as an ONNX model: its layers become nodes, one after the other, and its tensors initializers
 * that point into the weights. Dropout does nothing at inference and is left out.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/atomic_file.h"
#include "formats.h"
#include "formats/architecture_json.h"
#include "formats/model_tensors.h"
#include "onnx.h"
#include "onnx.pb-c.h"
#include "weights.h"

enum {
    NODES = NETWORK_MAX_LAYERS + 1, /* and a softmax */
    ATTRIBUTES = 3,
    NAME = SAFETENSORS_NAME,
};

const char *onnx_operator(enum lenet5_layer_kind kind)
{
    static const char *const operators[] = {
        [LENET5_LAYER_CONV] = "Conv",        [LENET5_LAYER_AVG_POOL] = "AveragePool",
        [LENET5_LAYER_MAX_POOL] = "MaxPool", [LENET5_LAYER_FLATTEN] = "Flatten",
        [LENET5_LAYER_DENSE] = "Gemm",       [LENET5_LAYER_TANH] = "Tanh",
        [LENET5_LAYER_SIGMOID] = "Sigmoid",  [LENET5_LAYER_RELU] = "Relu",
        [LENET5_LAYER_DROPOUT] = NULL,
    };
    return operators[kind];
}

struct attribute {
    Onnx__AttributeProto message;
    int64_t ints[4];
};

struct node {
    Onnx__NodeProto message;
    char name[NAME], in[NAME], out[NAME];
    char *inputs[3], *outputs[1];
    struct attribute attributes[ATTRIBUTES];
    Onnx__AttributeProto *attribute_list[ATTRIBUTES];
};

/* The message and all that it points to. */
struct model {
    struct weights weights;
    struct node nodes[NODES];
    Onnx__NodeProto *node_list[NODES];
    Onnx__TensorProto tensors[SAFETENSORS_TENSORS];
    Onnx__TensorProto *tensor_list[SAFETENSORS_TENSORS];
    Onnx__GraphProto graph;
    Onnx__OperatorSetIdProto opset, *opset_list[1];
    Onnx__StringStringEntryProto metadata, *metadata_list[1];
    Onnx__ModelProto message;
};

static Onnx__AttributeProto *add_attribute(struct node *node, char *name, int type)
{
    assert(node->message.n_attribute < ATTRIBUTES);
    struct attribute *attribute = &node->attributes[node->message.n_attribute];
    attribute->message = (Onnx__AttributeProto)ONNX__ATTRIBUTE_PROTO__INIT;
    attribute->message.name = name;
    attribute->message.type = type;
    attribute->message.ints = attribute->ints;
    node->attribute_list[node->message.n_attribute++] = &attribute->message;
    return &attribute->message;
}

static void add_ints(struct node *node, char *name, int count, const int64_t *values)
{
    Onnx__AttributeProto *attribute = add_attribute(node, name, ONNX_INTS);
    attribute->n_ints = (size_t)count;
    memcpy(attribute->ints, values, (size_t)count * sizeof(*values));
}

static void add_int(struct node *node, char *name, int64_t value)
{
    add_attribute(node, name, ONNX_INT)->i = value;
}

static void add_window(struct node *node, const struct lenet5_layer *desc)
{
    const int64_t h = desc->padding.h, w = desc->padding.w;
    add_ints(node, "kernel_shape", 2, (const int64_t[]){desc->kernel.h, desc->kernel.w});
    add_ints(node, "strides", 2, (const int64_t[]){desc->stride.h, desc->stride.w});
    if (desc->kind == LENET5_LAYER_CONV)
        add_ints(node, "pads", 4, (const int64_t[]){h, w, h, w});
}

/* The next node of the chain, with the name of what it reads. */
static struct node *add_node(struct model *model, const char *operator, const char * name)
{
    const size_t i = model->graph.n_node++;
    struct node *node = &model->nodes[i];
    node->message = (Onnx__NodeProto)ONNX__NODE_PROTO__INIT;
    snprintf(node->name, sizeof(node->name), "%s", name);
    snprintf(node->in, sizeof(node->in), "%s", i ? model->nodes[i - 1].out : "input");
    snprintf(node->out, sizeof(node->out), "%.100s.%zu", name, i);
    node->inputs[0] = node->in;
    node->outputs[0] = node->out;
    node->message.name = node->name;
    node->message.op_type = (char *)operator;
    node->message.n_input = node->message.n_output = 1;
    node->message.input = node->inputs;
    node->message.output = node->outputs;
    node->message.attribute = node->attribute_list;
    model->node_list[i] = &node->message;
    return node;
}

/* The layer's tensors, as initializers and as inputs of its node. */
static void add_tensors(struct model *model, struct node *node, const struct layer *layer)
{
    struct safetensors_tensor pair[2];
    const int count = tensors_of_layer(pair, &layer->desc, layer->in);
    for (int k = 0; k < count; k++) {
        struct safetensors *file = &model->weights.file;
        struct safetensors_tensor *found =
            &file->tensors[safetensors_find(file, pair[k].name) - file->tensors];
        Onnx__TensorProto *tensor = &model->tensors[model->graph.n_initializer];
        *tensor = (Onnx__TensorProto)ONNX__TENSOR_PROTO__INIT;
        tensor->n_dims = (size_t)found->shape.rank;
        tensor->dims = found->shape.sizes;
        tensor->data_type = ONNX_FLOAT;
        tensor->name = found->name;
        tensor->raw_data.len = found->end - found->begin;
        tensor->raw_data.data = model->weights.data + found->begin;
        model->tensor_list[model->graph.n_initializer++] = tensor;
        node->inputs[node->message.n_input++] = found->name;
    }
}

static void add_layer(struct model *model, const struct layer *layer, int i)
{
    const struct lenet5_layer *desc = &layer->desc;
    char name[NAME];
    if (desc->kind == LENET5_LAYER_DROPOUT)
        return;
    snprintf(name, sizeof(name), "%s%d", lenet5_layer_kind_string(desc->kind), i);
    struct node *node = add_node(model, onnx_operator(desc->kind), desc->name ? desc->name : name);
    switch (desc->kind) {
    case LENET5_LAYER_CONV:
    case LENET5_LAYER_AVG_POOL:
    case LENET5_LAYER_MAX_POOL:
        add_window(node, desc);
        break;
    case LENET5_LAYER_DENSE:
        add_int(node, "transB", 1);
        break;
    case LENET5_LAYER_FLATTEN:
        add_int(node, "axis", 1);
        break;
    default:
        break;
    }
    add_tensors(model, node, layer);
}

/* A float tensor (N, ...), with all that its description consists of. */
struct value {
    Onnx__ValueInfoProto message, *list[1];
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension dims[4], *dim_list[4];
};

static void describe(struct value *value, char *name, int rank, const int *sizes)
{
    value->message = (Onnx__ValueInfoProto)ONNX__VALUE_INFO_PROTO__INIT;
    value->type = (Onnx__TypeProto)ONNX__TYPE_PROTO__INIT;
    value->tensor = (Onnx__TypeProto__Tensor)ONNX__TYPE_PROTO__TENSOR__INIT;
    value->shape = (Onnx__TensorShapeProto)ONNX__TENSOR_SHAPE_PROTO__INIT;
    for (int i = 0; i < rank; i++) {
        Onnx__TensorShapeProto__Dimension *dim = &value->dims[i];
        *dim = (Onnx__TensorShapeProto__Dimension)ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT;
        dim->value_case = i ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                            : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        if (i)
            dim->dim_value = sizes[i];
        else
            dim->dim_param = "N";
        value->dim_list[i] = dim;
    }
    value->shape.n_dim = (size_t)rank;
    value->shape.dim = value->dim_list;
    value->tensor.elem_type = ONNX_FLOAT;
    value->tensor.shape = &value->shape;
    value->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    value->type.tensor_type = &value->tensor;
    value->message.name = name;
    value->message.type = &value->type;
    value->list[0] = &value->message;
}

static void fill(struct model *model, const struct lenet5_network *network, char *metadata,
                 bool softmax)
{
    const struct lenet5_architecture *architecture = &network->architecture;
    model->graph = (Onnx__GraphProto)ONNX__GRAPH_PROTO__INIT;
    model->graph.name = architecture->name[0] ? (char *)architecture->name : "lenet5";
    model->graph.node = model->node_list;
    model->graph.initializer = model->tensor_list;
    for (int i = 0; i < architecture->layer_count; i++)
        add_layer(model, &network->layers[i], i);
    if (softmax)
        add_int(add_node(model, "Softmax", "softmax"), "axis", 1);
    strcpy(model->nodes[model->graph.n_node - 1].out, softmax ? "probabilities" : "logits");

    model->opset = (Onnx__OperatorSetIdProto)ONNX__OPERATOR_SET_ID_PROTO__INIT;
    model->opset.version = ONNX_OPSET;
    model->opset_list[0] = &model->opset;
    model->metadata = (Onnx__StringStringEntryProto)ONNX__STRING_STRING_ENTRY_PROTO__INIT;
    model->metadata.key = ONNX_METADATA;
    model->metadata.value = metadata;
    model->metadata_list[0] = &model->metadata;

    model->message = (Onnx__ModelProto)ONNX__MODEL_PROTO__INIT;
    model->message.ir_version = ONNX_IR;
    model->message.producer_name = "lenet5";
    model->message.producer_version = PROGRAM_VERSION;
    model->message.graph = &model->graph;
    model->message.n_opset_import = model->message.n_metadata_props = 1;
    model->message.opset_import = model->opset_list;
    model->message.metadata_props = model->metadata_list;
}

static enum lenet5_status pack(const struct model *model, const char *path,
                               struct lenet5_error *error)
{
    const size_t size = onnx__model_proto__get_packed_size(&model->message);
    unsigned char *bytes = memory_alloc(size, 1);
    if (!bytes)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    onnx__model_proto__pack(&model->message, bytes);
    const enum lenet5_status status = atomic_file_write(path, bytes, size, error);
    memory_free(bytes);
    return status;
}

enum lenet5_status onnx_save(const struct lenet5_network *network, const char *path, bool softmax,
                             struct lenet5_error *error)
{
    const struct lenet5_shape input = network->architecture.input;
    struct value in, out;
    enum lenet5_status status = LENET5_ERROR_MEMORY;
    struct model *model = memory_alloc(1, sizeof(*model));
    char *metadata = architecture_print(network);
    if (!model || !metadata) {
        fail(error, status, "%s: out of memory", path);
        goto out;
    }
    status = weights_of(&model->weights, network, path, error);
    if (status)
        goto out;
    fill(model, network, metadata, softmax);
    describe(&in, "input", 4, (const int[]){0, input.c, input.h, input.w});
    describe(&out, model->nodes[model->graph.n_node - 1].out, 2,
             (const int[]){0, network->architecture.class_count});
    model->graph.n_input = model->graph.n_output = 1;
    model->graph.input = in.list;
    model->graph.output = out.list;
    status = pack(model, path, error);
    weights_destroy(&model->weights);
out:
    memory_free(metadata);
    memory_free(model);
    return status;
}
