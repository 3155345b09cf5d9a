/* Activations over runs of values: for activation layers, and fused behind a convolution. */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include "base/vector.h"
#include "layers/contract.h"

enum activation {
    ACTIVATION_IDENTITY, /* f(x) = x */
    ACTIVATION_TANH,
    ACTIVATION_SIGMOID,
    ACTIVATION_RELU,
    ACTIVATION_SCALED_TANH,
};

/* ACTIVATION_IDENTITY where the kind is no activation. */
enum activation activation_of(enum lenet5_layer_kind kind);

/* y = f(x + bias), count values; y may be x */
VECTOR_KERNEL(activation_values,
              (float *y, const float *x, float bias, size_t count, enum activation activation),
              (y, x, bias, count, activation))

/* dx = dy f', f' computed from y; dx may be dy. *dbias += the sum of dx */
VECTOR_KERNEL(activation_gradients,
              (float *dx, float *dbias, const float *dy, const float *y, size_t count,
               enum activation activation),
              (dx, dbias, dy, y, count, activation))

/*
 * The same through average pooling over 2x2 windows: dy (rows, width, n), y (2 rows, 2 width, n), and dx like y, but
 * with its rows row floats apart. n is at most MICRO_BATCH.
 */
VECTOR_KERNEL(activation_gradients_average,
              (float *dx, size_t row, float *dbias, const float *dy, const float *y, int rows,
               int width, int n, enum activation activation),
              (dx, row, dbias, dy, y, rows, width, n, activation))

extern const struct layer_ops vector_activation;

#endif
