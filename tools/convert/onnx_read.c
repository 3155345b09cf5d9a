/* An ONNX file to a network: the bytes, the graph, the metadata, the weights. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/input_file.h"
#include "files/little_endian.h"
#include "formats.h"
#include "formats/model_tensors.h"
#include "network/network_internal.h"
#include "onnx.h"
#include "onnx_graph.h"
#include "onnx_walk.h"
#include "weights.h"

enum { FILE_MAX = 1 << 28, OPSET_LEAST = 7, OPSET_MOST = 21 };

static enum lenet5_status read_file(unsigned char **bytes, size_t *size, const char *path,
                                    struct lenet5_error *error)
{
    int file;
    uint64_t length = 0;
    enum lenet5_status status = input_file_open(&file, &length, path, error);
    if (status)
        return status;
    *size = (size_t)length;
    *bytes = NULL;
    if (length > FILE_MAX)
        status = fail(error, LENET5_ERROR_DATA, "%s: has %" PRIu64 " bytes, expected at most %d",
                      path, length, FILE_MAX);
    else if (!(*bytes = memory_alloc(*size, 1)))
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    else
        status = input_file_read_all(*bytes, *size, file, path, error);
    close(file);
    if (status)
        memory_free(*bytes);
    return status;
}

static enum lenet5_status check_model(const Onnx__ModelProto *model, const char *path,
                                      struct lenet5_error *error)
{
    if (!model || !model->graph)
        return fail(error, LENET5_ERROR_DATA, "%s: not an ONNX model, or a damaged one", path);
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const int64_t version = model->opset_import[i]->version;
        if (model->opset_import[i]->domain[0] == '\0' &&
            (version < OPSET_LEAST || version > OPSET_MOST))
            return fail(error, LENET5_ERROR_DATA, "%s: opset %" PRId64 ", expected %d to %d", path,
                        version, OPSET_LEAST, OPSET_MOST);
    }
    return LENET5_OK;
}

static bool same_extent(struct lenet5_extent a, struct lenet5_extent b)
{
    return a.h == b.h && a.w == b.w;
}

static bool same_row(const struct lenet5_layer *desc, const struct lenet5_layer *found)
{
    const struct lenet5_extent one = {1, 1};
    struct lenet5_extent stride = desc->stride;
    if (stride.h == 0)
        stride = desc->kind == LENET5_LAYER_CONV ? one : desc->kernel;
    return desc->kind == found->kind && desc->outputs == found->outputs &&
           same_extent(desc->kernel, found->kernel) && same_extent(desc->padding, found->padding) &&
           (desc->kernel.h == 0 || same_extent(stride, found->stride));
}

/*
 * Whether the text describes the graph, but for names, connections and dropout: then what follows from
 * the text is no larger than the tensors that the file really has.
 */
static bool is_graph(const struct parsed_architecture *text, const struct onnx_graph *graph)
{
    const struct lenet5_architecture *architecture = &text->architecture;
    int k = 0;
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer *desc = &architecture->layers[i];
        if (desc->kind == LENET5_LAYER_DROPOUT)
            continue;
        if (k == graph->count || !same_row(desc, &graph->layers[k]) ||
            (desc->connections && text->widths[i] != (size_t)graph->sources[k].weights->dims[1]))
            return false;
        k++;
    }
    return k == graph->count && architecture->input.c == 1 &&
           architecture->input.h == graph->input.h && architecture->input.w == graph->input.w &&
           architecture->class_count == graph->shape.c;
}

static enum lenet5_status create_as_described(struct lenet5_network **network,
                                              const struct onnx_graph *graph, const char *json,
                                              const char *path, struct lenet5_error *error)
{
    struct lenet5_error detail;
    struct parsed_architecture *text = memory_alloc(1, sizeof(*text));
    if (!text)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    enum lenet5_status status = architecture_parse(text, json, path, error);
    if (status)
        goto free_text;
    if (!is_graph(text, graph))
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: the metadata entry \"" ONNX_METADATA "\" describes another graph than "
                      "the one it is with; remove it",
                      path);
    else if ((status = lenet5_network_create(network, &text->architecture, &detail)))
        status = model_refuse(error, status, path, &detail);
    architecture_destroy(text);
free_text:
    memory_free(text);
    return status;
}

static enum lenet5_status create(struct lenet5_network **network, const Onnx__ModelProto *model,
                                 const struct onnx_graph *graph, const char *path,
                                 struct lenet5_error *error)
{
    for (size_t i = 0; i < model->n_metadata_props; i++)
        if (strcmp(model->metadata_props[i]->key, ONNX_METADATA) == 0)
            return create_as_described(network, graph, model->metadata_props[i]->value, path,
                                       error);
    const struct lenet5_architecture architecture = {
        .name = model->graph->name,
        .input = graph->input,
        .scale = 1.0f / 255,
        .layers = graph->layers,
        .layer_count = graph->count,
        .class_count = graph->shape.c,
    };
    struct lenet5_error detail;
    const enum lenet5_status status = lenet5_network_create(network, &architecture, &detail);
    if (status)
        return fail(error, status == LENET5_ERROR_ARGUMENT ? LENET5_ERROR_DATA : status, "%s: %s",
                    path, detail.message);
    return LENET5_OK;
}

/* The values of one layer's tensors, in PyTorch's order. */
static void fill_layer(unsigned char *weights, unsigned char *bias, const struct layer *layer,
                       const struct onnx_source *source, size_t weight_count)
{
    const size_t outputs = (size_t)layer->desc.outputs, inputs = weight_count / outputs;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++)
            store_float(weights + (o * inputs + i) * sizeof(float),
                        onnx_tensor_value(source->weights,
                                          source->transposed ? i * outputs + o : o * inputs + i));
    for (size_t o = 0; o < outputs; o++)
        store_float(bias + o * sizeof(float),
                    source->bias ? onnx_tensor_value(source->bias, o) : 0);
}

static enum lenet5_status fill(struct lenet5_network *network, const struct onnx_graph *graph,
                               const char *path, struct lenet5_error *error)
{
    struct weights weights;
    enum lenet5_status status = weights_create(&weights, network, path, error);
    int k = 0;
    for (int i = 0; !status && i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        const struct safetensors_tensor *tensors[2];
        unsigned char *values[2];
        if (layer->desc.kind == LENET5_LAYER_DROPOUT)
            continue;
        const struct onnx_source *source = &graph->sources[k++];
        if (!layer->desc.name)
            continue;
        status = weights_take_layer(tensors, values, &weights, layer->desc.name, path, error);
        if (!status)
            fill_layer(values[0], values[1], layer, source, weights_count(tensors[0]));
    }
    if (!status)
        status = weights_put(network, &weights, path, error);
    weights_destroy(&weights);
    return status;
}

enum lenet5_status onnx_load(struct lenet5_network **network, const char *path,
                             struct lenet5_error *error)
{
    unsigned char *bytes;
    size_t size;
    *network = NULL;
    enum lenet5_status status = read_file(&bytes, &size, path, error);
    if (status)
        return status;
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    memory_free(bytes);
    struct onnx_graph *graph = memory_alloc(1, sizeof(*graph));
    status = graph ? check_model(model, path, error)
                   : fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    if (!status)
        status = onnx_graph_read(graph, model->graph, path, error);
    if (!status)
        status = create(network, model, graph, path, error);
    if (!status)
        status = fill(*network, graph, path, error);
    if (status) {
        lenet5_network_destroy(*network);
        *network = NULL;
    }
    memory_free(graph);
    onnx__model_proto__free_unpacked(model, NULL);
    return status;
}
