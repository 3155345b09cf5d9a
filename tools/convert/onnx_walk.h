/* Reads tensors and attributes of the current node while a graph's chain of nodes is followed. */
#ifndef ONNX_WALK_H
#define ONNX_WALK_H

#include <lenet5/network.h>

#include "onnx.pb-c.h"

struct onnx_graph;

struct onnx_walk {
    struct onnx_graph *graph;
    const Onnx__GraphProto *message;
    const Onnx__NodeProto *node;
    const char *value; /* the name of what the last node gave */
    bool ended;        /* by a softmax */
    const char *path;
    struct lenet5_error *error;
};

/* Fails with a message that names the current node; returns DATA. */
__attribute__((format(printf, 2, 3))) enum lenet5_status onnx_refuse(const struct onnx_walk *walk,
                                                                     const char *format, ...);

/* The constant tensor of this name: an initializer or a Constant node's; NULL = none. */
const Onnx__TensorProto *onnx_find_tensor(const struct onnx_walk *walk, const char *name);

/* Value i of a float tensor. */
float onnx_tensor_value(const Onnx__TensorProto *tensor, size_t i);

/* Input i of the current node, a float tensor of the given rank with all its values. Errors: DATA. */
enum lenet5_status onnx_take_tensor(const Onnx__TensorProto **tensor, const struct onnx_walk *walk,
                                    size_t i, size_t rank);

/* Input i as a bias, one value per output; *bias is unchanged where the node has no input i. Errors: DATA. */
enum lenet5_status onnx_take_bias(const Onnx__TensorProto **bias, const struct onnx_walk *walk,
                                  size_t i, int outputs);

/* The node's kernel (0 = not given), stride and padding. Errors: DATA. */
enum lenet5_status onnx_take_window(struct lenet5_layer *desc, const struct onnx_walk *walk);

/* An integer attribute, or otherwise where the node does not have it. */
int64_t onnx_int(const struct onnx_walk *walk, const char *attribute, int64_t otherwise);
/* Whether a float attribute is 1 or missing. */
bool onnx_float_is_one(const struct onnx_walk *walk, const char *attribute);

#endif
