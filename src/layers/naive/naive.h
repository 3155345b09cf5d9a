/* The naive backend: one obvious loop nest per operation, for every layer kind. */
#ifndef NAIVE_H
#define NAIVE_H

#include "layers/contract.h"

extern const struct layer_ops naive_conv, naive_avg_pool, naive_max_pool, naive_flatten,
    naive_dense, naive_tanh, naive_sigmoid, naive_relu, naive_dropout, naive_scaled_tanh,
    naive_subsample, naive_rbf;

#endif
