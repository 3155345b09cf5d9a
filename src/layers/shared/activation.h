/* Activations over runs of values: for activation layers, and fused behind a convolution. */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <lenet5/network.h>
#include <stddef.h>

#include "base/vector.h"
#include "layers/contract.h"

struct activation {
    /* y = f(x + bias), count values; y may be x */
    void (*values)(float *y, const float *x, float bias, size_t count);
    /* dx = dy f', f' computed from y; dx may be dy. Returns the sum of dx, the bias's gradient. */
    float (*gradients)(float *dx, const float *dy, const float *y, size_t count);
    /*
     * The same through average pooling over 2x2 windows: dy (rows, width, n), y (2 rows, 2 width, n), and dx like y,
     * but with its rows row floats apart. n is at most MICRO_BATCH.
     */
    float (*after_average)(float *dx, size_t row, const float *dy, const float *y, int rows,
                           int width, int n);
};

/* NULL where the kind is no activation. */
const struct activation *activation_of(enum lenet5_layer_kind kind);

/* f(x) = x */
const struct activation *activation_identity(void);

/* The kernels. */
enum {
    ACTIVATION_IDENTITY,
    ACTIVATION_TANH,
    ACTIVATION_SIGMOID,
    ACTIVATION_RELU,
    ACTIVATION_SCALED_TANH,
    ACTIVATIONS,
};
VECTOR_DECLARE(const struct activation, activations, [ACTIVATIONS]);

#endif
