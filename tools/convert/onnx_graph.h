/* An ONNX graph as rows of a network's table, with the tensors that fill them. */
#ifndef ONNX_GRAPH_H
#define ONNX_GRAPH_H

#include <lenet5/network.h>

#include "formats/architecture_json.h"
#include "onnx.pb-c.h"

/* A row with parameters: where they are. */
struct onnx_source {
    const Onnx__TensorProto *weights, *bias; /* bias NULL = zeros */
    bool transposed;                         /* a dense layer's weights are (inputs, outputs) */
};

struct onnx_graph {
    struct lenet5_layer rows[ARCHITECTURE_ROWS];
    char names[ARCHITECTURE_ROWS][ARCHITECTURE_NAME + 1];
    struct onnx_source sources[ARCHITECTURE_ROWS];
    int count;
    struct lenet5_shape input, shape; /* what goes in, and what has come out so far */
};

/*
 * Follows the graph from its input to its end. Every tensor then has the values that its row needs.
 * Errors: DATA, MEMORY.
 */
enum lenet5_status onnx_graph_read(struct onnx_graph *graph, const Onnx__GraphProto *message,
                                   const char *path, struct lenet5_error *error);

/* Value i of a float tensor. */
float onnx_tensor_value(const Onnx__TensorProto *tensor, size_t i);

#endif
