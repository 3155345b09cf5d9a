/* Shared by c_source.c (the file) and c_layers.c (its layers): the writer, constants, one function per layer. */
#ifndef C_SOURCE_H
#define C_SOURCE_H

#include <stdio.h>

#include "formats.h"
#include "network/layer.h"

struct c_writer {
    FILE *stream;
    const char *name; /* what every name in the file begins with */
    bool int8;
    float *values; /* room for the weights of the largest layer */
    float *scales; /* room for one number for each output of the largest layer */
};

/* The shortest constant that is the same float, with its f. */
void c_float(FILE *stream, float value);

/*
 * The constants and the function of a layer, "static void NAME_layerI(float *restrict y, const float *restrict
 * x)"; for activations "static void NAME_layerI(float *y)", which works in place. Nothing for flatten and
 * dropout. weights has PyTorch's shape, kernels that are not connected included.
 */
void c_layer(const struct c_writer *writer, const struct layer *layer, int index,
             const float *weights, const float *bias);

/* Whether the layer's function works in place, or there is none. */
bool c_in_place(enum lenet5_layer_kind kind);
bool c_nothing(enum lenet5_layer_kind kind);

#endif
