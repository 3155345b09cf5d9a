/*
 * The layer contract: the operations of every layer kind on every backend.
 *
 * Maps of n samples are stored as (c, h, w, n), the samples innermost. A row of outputs, shifted by any number of
 * pixels, is then contiguous in memory for SGEMM and for vector loops. A vector of k features has the shape (k, 1, 1),
 * stored as (k, n), and flattening only changes the shape. All backends use this layout.
 *
 * Operations work on n samples, never allocate, never fail and never start a thread. The
 * caller asks for sizes once (saved_size, workspace_size, both monotone in n). It owns all buffers, aligned to
 * 64 bytes, with any contents before a call.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "network/layer.h"

enum { LAYER_BACKENDS = LENET5_BACKEND_DIRECT + 1 };

/*
 * Samples per forward and backward call; only the last call of a batch may have fewer. With 8 the overhead per call
 * shows; with 32 a LeNet-5's maps and im2col rows leave the second-level cache; 16 trained 5 to 15 % faster than 8 on
 * both core types measured. It decides the order of sums, so changing it changes the trained weights.
 */
enum { MICRO_BATCH = 16 };

/* Where a sample is in the training: with the seed, all that dropout depends on. */
struct layer_draw {
    uint64_t seed;
    uint32_t step, first; /* the optimizer step; the first sample's place in the batch */
};

/*
 * One call. Forward reads x and params; backward also reads y, dy and what forward left in saved.
 */
struct layer_call {
    const struct layer_ops *ops; /* those that make this call */
    int n;
    const float *params; /* weights, then biases */
    const float *x;      /* (in.c, in.h, in.w, n) */
    float *y;            /* (out.c, out.h, out.w, n) */
    const float *dy;     /* (out.c, out.h, out.w, n), the loss's gradient */
    float *dx;           /* (in.c, in.h, in.w, n), overwritten; NULL = not wanted */
    float *dparams;      /* as params, overwritten */
    void *saved;         /* from forward to backward of the same samples: im2col rows, masks */
    float *workspace;    /* free for use within one call */
    bool training;       /* forward: dropout is active, and a backward call will follow */
    struct layer_draw draw;
};

struct layer_ops {
    /*
     * How many layers run fused, 0 = 1: the layer given is the first, and the others follow it in memory. x and
     * params belong to the first, y to the last; only the first has parameters.
     */
    int fused;
    /* y may be x, and dx may be dy: the executor then gives both one buffer. */
    bool in_place;
    /* backward reads y, so that no later layer may overwrite it. */
    bool keeps_y;
    /* Mandatory. */
    void (*forward)(const struct layer *layer, const struct layer_call *call);
    void (*backward)(const struct layer *layer, const struct layer_call *call);
    /* Optional, NULL = 0: bytes of saved, floats of workspace for n samples. */
    size_t (*saved_size)(const struct layer *layer, int n);
    size_t (*workspace_size)(const struct layer *layer, int n);
    /* Convolutions: the algorithms that serve the layer, by use (conv_algorithm.c). */
    const struct conv_algorithm *const *conv_algorithms;
    /*
     * The curvature pass of the 1998 paper's appendix C needs no operation: curvature.c builds it from forward and
     * backward. A method that reads a layer's inputs and output gradients (Kronecker factors) finds them in the
     * executor between two backward calls.
     */
};

/* The operations of one layer, from the table in backend.c; a convolution stays one, even if it is dense. */
const struct layer_ops *layer_ops(enum lenet5_backend backend, const struct layer *layer);

/* The operations of the first of these count layers, fused with as many behind it as .fused says. */
const struct layer_ops *layer_ops_fused(enum lenet5_backend backend, const struct layer *layers,
                                        int count);

#endif
