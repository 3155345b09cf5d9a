/* The table of layer shapes for the tests of equivalence and gradients and for the benchmark. */
#ifndef CASES_H
#define CASES_H

#include <lenet5/network.h>

struct layer_case {
    const char *name;
    struct lenet5_layer desc;
    struct lenet5_shape in;
    int n;
};

/* Which of 3 input maps each of 4 output maps sees; one sees none. */
static const uint8_t sparse_connections[4 * 3] = {1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1};

/* The 1998 paper's Table I: which of S2's maps each of C3's sees. */
static const uint8_t table_i[16 * 6] = {
    1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1,
    0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0,
    1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1,
};

/* Codes of 3 outputs for 7 inputs. */
static const uint8_t rbf_codes[3 * 7] = {1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0,
                                         1, 0, 1, 1, 1, 1, 0, 0, 0, 1};

/* The layers of LeNet-5 first: bench/ times these, up to the first with n = 1. */
static const struct layer_case layer_cases[] = {
    {"C1 6@5x5", {LENET5_LAYER_CONV, .outputs = 6, .kernel = {5, 5}}, {1, 32, 32}, 16},
    {"C1 tanh", {.kind = LENET5_LAYER_TANH}, {6, 28, 28}, 16},
    {"C1 sigmoid", {.kind = LENET5_LAYER_SIGMOID}, {6, 28, 28}, 16},
    {"C1 relu", {.kind = LENET5_LAYER_RELU}, {6, 28, 28}, 16},
    {"S2 avg_pool 2x2", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {6, 28, 28}, 16},
    {"S2 max_pool 2x2", {LENET5_LAYER_MAX_POOL, .kernel = {2, 2}}, {6, 28, 28}, 16},
    {"C3 16@5x5", {LENET5_LAYER_CONV, .outputs = 16, .kernel = {5, 5}}, {6, 14, 14}, 16},
    {"S4 avg_pool 2x2", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {16, 10, 10}, 16},
    {"flatten", {.kind = LENET5_LAYER_FLATTEN}, {16, 5, 5}, 16},
    {"C5 dense 120", {LENET5_LAYER_DENSE, .outputs = 120}, {400, 1, 1}, 16},
    {"C5 conv 120@5x5", {LENET5_LAYER_CONV, .outputs = 120, .kernel = {5, 5}}, {16, 5, 5}, 16},
    {"F6 dense 84", {LENET5_LAYER_DENSE, .outputs = 84}, {120, 1, 1}, 16},
    {"out dense 10", {LENET5_LAYER_DENSE, .outputs = 10}, {84, 1, 1}, 16},
    {"dropout", {LENET5_LAYER_DROPOUT, .rate = 0.2f}, {120, 1, 1}, 16},
    /* One sample, micro-batches that are not full, and shapes that no LeNet-5 has. */
    {"C1 one sample", {LENET5_LAYER_CONV, .outputs = 6, .kernel = {5, 5}}, {1, 32, 32}, 1},
    {"C3 one sample", {LENET5_LAYER_CONV, .outputs = 16, .kernel = {5, 5}}, {6, 14, 14}, 1},
    {"dense one sample", {LENET5_LAYER_DENSE, .outputs = 120}, {400, 1, 1}, 1},
    {"F6 one sample", {LENET5_LAYER_DENSE, .outputs = 84}, {120, 1, 1}, 1},
    {"out one sample", {LENET5_LAYER_DENSE, .outputs = 10}, {84, 1, 1}, 1},
    {"dense 31 to 5 one sample", {LENET5_LAYER_DENSE, .outputs = 5}, {31, 1, 1}, 1},
    {"dense 16 to 4 one sample", {LENET5_LAYER_DENSE, .outputs = 4}, {16, 1, 1}, 1},
    {"dense 15 to 3 one sample", {LENET5_LAYER_DENSE, .outputs = 3}, {15, 1, 1}, 1},
    {"S2 avg_pool one sample", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {6, 28, 28}, 1},
    {"S4 avg_pool one sample", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {16, 10, 10}, 1},
    {"S4 max_pool one sample", {LENET5_LAYER_MAX_POOL, .kernel = {2, 2}}, {16, 10, 10}, 1},
    {"avg_pool 7 wide one sample", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {1, 4, 14}, 1},
    {"avg_pool 1 wide one sample", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {1, 18, 2}, 1},
    {"conv 1x1", {LENET5_LAYER_CONV, .outputs = 3, .kernel = {1, 1}}, {2, 4, 5}, 3},
    {"conv padding 2",
     {LENET5_LAYER_CONV, .outputs = 4, .kernel = {5, 5}, .padding = {2, 2}},
     {3, 7, 9},
     3},
    {"conv wide padding",
     {LENET5_LAYER_CONV, .outputs = 2, .kernel = {2, 3}, .padding = {3, 4}, .stride = {2, 3}},
     {2, 3, 2},
     2},
    {"conv stride 2",
     {LENET5_LAYER_CONV, .outputs = 4, .kernel = {3, 3}, .stride = {2, 2}},
     {3, 9, 8},
     5},
    {"conv 1x4 stride 3x1",
     {LENET5_LAYER_CONV, .outputs = 5, .kernel = {1, 4}, .stride = {3, 1}, .padding = {0, 1}},
     {2, 8, 6},
     2},
    {"conv 5x2 padding 1x0",
     {LENET5_LAYER_CONV, .outputs = 2, .kernel = {5, 2}, .stride = {1, 2}, .padding = {1, 0}},
     {3, 6, 7},
     4},
    {"conv table",
     {LENET5_LAYER_CONV, .outputs = 4, .kernel = {3, 2}, .connections = sparse_connections},
     {3, 6, 5},
     3},
    {"conv table padded",
     {LENET5_LAYER_CONV, .outputs = 4, .kernel = {3, 3}, .padding = {1, 1}, .stride = {2, 2},
      .connections = sparse_connections},
     {3, 5, 6},
     2},
    {"avg_pool 3x2 stride 2x1",
     {LENET5_LAYER_AVG_POOL, .kernel = {3, 2}, .stride = {2, 1}},
     {2, 8, 5},
     3},
    {"avg_pool odd", {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}}, {3, 7, 5}, 3},
    {"max_pool 3x3 stride 2",
     {LENET5_LAYER_MAX_POOL, .kernel = {3, 3}, .stride = {2, 2}},
     {2, 9, 7},
     3},
    {"max_pool odd", {LENET5_LAYER_MAX_POOL, .kernel = {2, 2}}, {3, 5, 7}, 3},
    {"flatten 120x1x1", {.kind = LENET5_LAYER_FLATTEN}, {120, 1, 1}, 5},
    {"dense 1 to 1", {LENET5_LAYER_DENSE, .outputs = 1}, {1, 1, 1}, 3},
    {"dense 17 to 33", {LENET5_LAYER_DENSE, .outputs = 33}, {17, 1, 1}, 7},
    {"tanh maps", {.kind = LENET5_LAYER_TANH}, {3, 5, 7}, 3},
    {"dropout maps", {LENET5_LAYER_DROPOUT, .rate = 0.5f}, {2, 3, 4}, 5},
    /* The 1998 paper's layers. */
    {"C3 Table I",
     {LENET5_LAYER_CONV, .outputs = 16, .kernel = {5, 5}, .connections = table_i},
     {6, 14, 14},
     16},
    {"C3 Table I, one sample",
     {LENET5_LAYER_CONV, .outputs = 16, .kernel = {5, 5}, .connections = table_i},
     {6, 14, 14},
     1},
    {"conv 2x7 one sample", {LENET5_LAYER_CONV, .outputs = 3, .kernel = {2, 7}}, {2, 6, 11}, 1},
    {"conv 1x1 one sample", {LENET5_LAYER_CONV, .outputs = 2, .kernel = {1, 1}}, {3, 5, 3}, 1},
    {"conv table one sample",
     {LENET5_LAYER_CONV, .outputs = 4, .kernel = {3, 2}, .connections = sparse_connections},
     {3, 6, 5},
     1},
    {"C5 conv one sample", {LENET5_LAYER_CONV, .outputs = 120, .kernel = {5, 5}}, {16, 5, 5}, 1},
    {"scaled_tanh", {.kind = LENET5_LAYER_SCALED_TANH}, {3, 5, 7}, 3},
    {"S2 subsample", {LENET5_LAYER_SUBSAMPLE, .kernel = {2, 2}}, {6, 28, 28}, 16},
    {"S2 subsample one sample", {LENET5_LAYER_SUBSAMPLE, .kernel = {2, 2}}, {6, 28, 28}, 1},
    {"subsample 3x2 stride 2x1",
     {LENET5_LAYER_SUBSAMPLE, .kernel = {3, 2}, .stride = {2, 1}},
     {2, 8, 5},
     3},
    {"rbf", {LENET5_LAYER_RBF, .outputs = 3, .codes = rbf_codes}, {7, 1, 1}, 5},
};

enum { LAYER_CASES = sizeof(layer_cases) / sizeof(*layer_cases) };

#endif
