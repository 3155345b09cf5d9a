/* The walk along a graph's chain of nodes, and what a node has, as the walk wants it. */
#ifndef ONNX_WALK_H
#define ONNX_WALK_H

#include "onnx_graph.h"

struct onnx_walk {
    struct onnx_graph *graph;
    const Onnx__GraphProto *message;
    const Onnx__NodeProto *node;
    const char *value; /* the name of what the last node gave */
    bool ended;        /* by a softmax */
    const char *path;
    struct lenet5_error *error;
};

/* The complaint about a node; returns DATA. */
__attribute__((format(printf, 2, 3))) enum lenet5_status onnx_refuse(const struct onnx_walk *walk,
                                                                     const char *format, ...);

/* The constant tensor of this name: an initializer or a Constant node's; NULL = none. */
const Onnx__TensorProto *onnx_find_tensor(const struct onnx_walk *walk, const char *name);

/*
 * Each takes something of the current node or says what is wrong with it. Errors: DATA.
 */

/* Input i, a float tensor of that rank which has all its values. */
enum lenet5_status onnx_take_tensor(const Onnx__TensorProto **tensor, const struct onnx_walk *walk,
                                    size_t i, size_t rank);

/* One value per output, where there is an input i at all. */
enum lenet5_status onnx_take_bias(struct onnx_source *source, const struct onnx_walk *walk,
                                  size_t i, int outputs);

/* Kernel (0 = not given), stride and padding. */
enum lenet5_status onnx_take_window(struct lenet5_layer *desc, const struct onnx_walk *walk);

int64_t onnx_int(const struct onnx_walk *walk, const char *attribute, int64_t otherwise);
bool onnx_float_is_one(const struct onnx_walk *walk, const char *attribute);

#endif
