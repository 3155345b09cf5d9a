/* The parameters' places in the arenas: the same in each, in the layout of the forward pass. */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "layer.h"

enum {
    PARAMETERS = 2 * LAYERS, /* each layer's weights, then its bias; a pooling layer's are empty */
    ARENA = 1 << 17,         /* floats, enough for 61,706 parameters in oneDNN's padded layouts */
    MAX_PARAMETER = 120 * 400,
};

/* Zeros at first, except weights, which the owner sets and frees. */
struct parameters {
    struct parameter {
        dnnl_memory_desc_t layout, plain;
        size_t at, count; /* count without padding */
    } list[PARAMETERS];
    size_t used;    /* floats of an arena */
    float *weights; /* (ARENA) */
};

/* Parameter p in weights. The first call for p chooses its place; later calls return the same. */
dnnl_memory_t parameters_place(struct parameters *parameters, int p,
                               const dnnl_memory_desc_t *layout, const dnnl_memory_desc_t *plain);

/* Parameter p in the given arena. */
dnnl_memory_t parameters_memory(const struct parameters *parameters, int p, float *arena);

/* From an arena to plain (out, in, kernel, kernel) or (out). p is not a pooling layer's. */
void parameters_read(const struct parameters *parameters, int p, float *plain, float *arena);

/* Weights uniform within 1 / sqrt(inputs of a unit), as PyTorch starts. */
void parameters_initialise(const struct parameters *parameters);

#endif
