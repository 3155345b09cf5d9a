/* The network's passes over a micro-batch, and a graph's share of a batch in micro-batches. */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdint.h>

#include "layer.h"

enum {
    PARAMETERS = 2 * LAYERS, /* each layer's weights, then its bias; a pooling layer's are empty */
    ARENA = 1 << 17,         /* floats, enough for 61,706 parameters in oneDNN's padded layouts */
};

enum arena { WEIGHTS, VELOCITIES, GRADIENTS, ARENAS };

/* The parameters, which all graphs share, and how a batch is split. */
struct model {
    bool trains;
    int batch, graph_count, micro_batches, micro_batch; /* batch = the product of the others */
    struct graph *graphs;                               /* (graph_count), one per thread */
    struct parameter {                                  /* its place is the same in each arena */
        dnnl_memory_desc_t layout, plain;
        size_t at, count; /* count without padding */
    } parameters[PARAMETERS];
    size_t used;           /* floats of an arena */
    float *arenas[ARENAS]; /* (ARENA) in the layout of the forward pass */
    float *logits;         /* (batch, CLASSES) of the last run */
};

/* Only the thread that built it can run it. */
struct graph {
    struct model *model;
    int share;
    struct program refresh, forward, backward; /* refresh reorders weights after an update */
    struct node {                              /* of a layer, for its backward pass */
        const_dnnl_primitive_desc_t forward;
        dnnl_memory_t x, w, y; /* w is NULL in a pooling layer */
    } nodes[LAYERS];
    dnnl_memory_t x, logits;
    float *dlogits;        /* (micro_batch, CLASSES) */
    float *gradient, *sum; /* arenas: of this micro-batch, and with those before it */
    double loss;           /* sum over the samples of this step */
};

/* Parameter p in the given arena. */
dnnl_memory_t parameter_memory(const struct model *model, int p, float *arena);

/*
 * The graph starts as zeros, is for one share of the model's graphs, and keeps the model. The graphs of
 * a model are built in turn; the first one chooses the parameters' places.
 */
void graph_build(struct graph *graph, struct model *model, int share);

/*
 * Its share of a batch: x (batch, 1, SIDE, SIDE), labels (batch). Training leaves the share's part of
 * the gradient in sum, and its loss.
 */
void graph_run(struct graph *graph, const float *x, const uint8_t *labels);

#endif
