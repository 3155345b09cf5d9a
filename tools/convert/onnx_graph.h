/* An ONNX graph as the layers of a network, with the tensors that hold their parameters. */
#ifndef ONNX_GRAPH_H
#define ONNX_GRAPH_H

#include <lenet5/network.h>

#include "formats/architecture_json.h"
#include "onnx.pb-c.h"

/* Where the parameters of a layer are. */
struct onnx_source {
    const Onnx__TensorProto *weights, *bias; /* bias NULL = zeros */
    bool transposed;                         /* a dense layer's weights are (inputs, outputs) */
};

struct onnx_graph {
    struct lenet5_layer layers[NETWORK_MAX_LAYERS];
    char names[NETWORK_MAX_LAYERS][ARCHITECTURE_NAME + 1];
    struct onnx_source sources[NETWORK_MAX_LAYERS];
    int count;
    struct lenet5_shape input, shape; /* what goes in, and what has come out so far */
};

/*
 * Follows the graph from its input to its end. Every tensor then has the values that its layer needs.
 * Errors: DATA, MEMORY.
 */
enum lenet5_status onnx_graph_read(struct onnx_graph *graph, const Onnx__GraphProto *message,
                                   const char *path, struct lenet5_error *error);

#endif
