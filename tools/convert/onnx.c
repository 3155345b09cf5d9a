#include "onnx.h"

#include <stddef.h>

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
