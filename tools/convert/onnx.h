/* Shared by reading and writing ONNX: its constants, and the operator of each kind of layer. */
#ifndef ONNX_H
#define ONNX_H

#include <lenet5/network.h>

enum {
    ONNX_IR = 7, /* of ONNX 1.8, which brought opset 13: what today's readers all know */
    ONNX_OPSET = 13,
    ONNX_FLOAT = 1, /* TensorProto.DataType */
    ONNX_INT64 = 7,
    ONNX_INT = 2, /* AttributeProto.AttributeType */
    ONNX_INTS = 7,
};

/* The key of the entry that is docs/model-file.md's JSON text, as in a model file. */
#define ONNX_METADATA "lenet5"

/* "Conv" for LENET5_LAYER_CONV; NULL for dropout, which is left out. */
const char *onnx_operator(enum lenet5_layer_kind kind);

#endif
