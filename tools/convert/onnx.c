#include "onnx.h"

#include <stddef.h>

const char *onnx_operator(enum lenet5_layer_kind kind)
{
    static const char *const operators[] = {
        [LENET5_CONV] = "Conv",        [LENET5_AVG_POOL] = "AveragePool",
        [LENET5_MAX_POOL] = "MaxPool", [LENET5_FLATTEN] = "Flatten",
        [LENET5_DENSE] = "Gemm",       [LENET5_TANH] = "Tanh",
        [LENET5_SIGMOID] = "Sigmoid",  [LENET5_RELU] = "Relu",
        [LENET5_DROPOUT] = NULL,
    };
    return operators[kind];
}
