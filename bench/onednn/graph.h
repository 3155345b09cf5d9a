/* The network's passes over a micro-batch, and a graph's share of a batch in micro-batches. */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdint.h>

#include "parameters.h"

/* How a batch is split: batch = graphs * micro_batches * micro_batch. */
struct plan {
    bool trains;
    int batch, graphs, micro_batches, micro_batch;
};

/* Only the thread that built it can run it. */
struct graph {
    const struct plan *plan;
    const struct parameters *parameters;
    int share;
    struct program refresh, forward, backward; /* refresh reorders weights after an update */
    struct node {                              /* of a layer, for its backward pass */
        const_dnnl_primitive_desc_t forward;
        dnnl_memory_t x, w, y; /* w is NULL in a pooling layer */
    } nodes[LAYERS];
    dnnl_memory_t x, logits;
    float *dlogits; /* (micro_batch, CLASSES) */
    dnnl_stream_t stream;
    float *gradient, *sum; /* arenas: of this micro-batch, and with those before it */
    double loss;           /* sum over the samples of this step */
};

/*
 * The graph starts as zeros, is for one share of plan->graphs, and keeps the plan and the parameters.
 * Graphs of the same parameters are built in turn.
 */
void graph_build(struct graph *graph, const struct plan *plan, struct parameters *parameters,
                 int share);

/*
 * Its share of a batch: logits (batch, CLASSES), x (batch, 1, SIDE, SIDE), labels (batch). Training
 * leaves the share's part of the gradient in sum, and its loss.
 */
void graph_run(struct graph *graph, float *logits, const float *x, const uint8_t *labels);

#endif
