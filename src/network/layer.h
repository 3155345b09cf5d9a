/*
 * The layer contract: what every layer kind offers on every backend.
 *
 * Maps of n samples are stored as (c, h, w, n): the samples' values of one pixel lie side by side, so
 * that a row of outputs, shifted by any number of pixels, is one contiguous run for SGEMM and for
 * vector loops. A vector of k features is the shape (k, 1, 1), stored as (k, n), without a special
 * case; flattening changes nothing but the shape. All backends use this layout.
 *
 * Operations work on n samples, never allocate, never fail and never start a thread. Sizes are
 * asked once (stash_size, scratch_size, both monotone in n); all buffers are the caller's, aligned
 * to 64 bytes, and may hold anything before a call.
 */
#ifndef LAYER_H
#define LAYER_H

#include <lenet5/network.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAYER_KINDS = LENET5_LAYER_RBF + 1,
    LAYER_BACKENDS = LENET5_BACKEND_DIRECT + 1,
    /* Above these a network is a mistake or an attack; below, no product of sizes overflows. */
    LAYER_MAX_OUTPUTS = 1 << 16,
    LAYER_MAX_SIDE = LENET5_MAX_SIDE,
    LAYER_MAX_VALUES = 1 << 26, /* of one sample's maps, or of one layer's weights */
};

/* A row of the table with what follows from it; constant once the network is made. */
struct layer {
    struct lenet5_layer desc; /* defaults filled in */
    struct lenet5_shape in, out;
    size_t weight_count, bias_count; /* the parameters: weights, then biases */
    size_t macs, connections;
    /* conv: (outputs, in.c), which kernel (h, w) of the weights joins the two maps, -1 = none. */
    int *kernels;
};

/* The 1998 paper's squashing function is HEIGHT tanh(STRETCH x). */
#define SCALED_TANH_HEIGHT  1.7159f
#define SCALED_TANH_STRETCH (2.0f / 3.0f)

/* What dropout draws from: nothing but where the sample stands in the course of training. */
struct layer_draw {
    uint64_t seed;
    uint32_t step, first; /* the optimizer step; the first sample's place in the batch */
};

/*
 * One call. Forward reads x and params; backward also reads y, dy and what forward left in stash.
 */
struct layer_call {
    int n;
    const float *params; /* weights, then biases */
    const float *x;      /* (in.c, in.h, in.w, n) */
    float *y;            /* (out.c, out.h, out.w, n) */
    const float *dy;     /* (out.c, out.h, out.w, n), the loss's gradient */
    float *dx;           /* (in.c, in.h, in.w, n), overwritten; NULL = not wanted */
    float *dparams;      /* as params, overwritten */
    void *stash;         /* forward -> backward of the same samples: lowered rows, masks */
    float *scratch;      /* free for use within one call */
    bool training;       /* forward: dropout is active, and a backward call will follow */
    struct layer_draw draw;
};

struct layer_ops {
    /*
     * How many rows of the table this serves at once, 0 = 1: the layer given is the first of them, the
     * others follow it in memory. x and params are the first one's, y the last one's; only the first
     * has parameters.
     */
    int span;
    /* y may be x, and dx may be dy: the executor then gives both one buffer. */
    bool in_place;
    /* backward reads y, so that no later layer may overwrite it. */
    bool keeps_y;
    /* Mandatory. */
    void (*forward)(const struct layer *layer, const struct layer_call *call);
    void (*backward)(const struct layer *layer, const struct layer_call *call);
    /* Optional, NULL = 0: bytes of stash, floats of scratch for n samples. */
    size_t (*stash_size)(const struct layer *layer, int n);
    size_t (*scratch_size)(const struct layer *layer, int n);
    /*
     * The squared pass of the 1998 paper's appendix C needs no slot: curvature.c makes it of the two
     * above. A method that reads a layer's inputs and output gradients (Kronecker factors) finds them in
     * the executor between two backward calls.
     */
};

/* The tables, side by side in backend.c: every kind has an entry on every backend. */
const struct layer_ops *layer_ops(enum lenet5_backend backend, enum lenet5_layer_kind kind);

/* What runs the first of these count layers, and with them as many more as its span says. */
const struct layer_ops *layer_ops_fused(enum lenet5_backend backend, const struct layer *layers,
                                        int count);

/*
 * Fills in layer from its row and input shape; place is the row's number for the message. The
 * kernels index is allocated; layer_finish frees it.
 * Errors: ARGUMENT, MEMORY.
 */
enum lenet5_status layer_init(struct layer *layer, const struct lenet5_layer *desc,
                              struct lenet5_shape in, int place, struct lenet5_error *error);
void layer_finish(struct layer *layer);

/* Values per sample. */
static inline size_t shape_size(struct lenet5_shape shape)
{
    return (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
}

/* What one output of a convolution sees: the products of its sum, where it is fully connected. */
static inline size_t layer_taps(const struct layer *layer)
{
    return (size_t)layer->in.c * (size_t)layer->desc.kernel.h * (size_t)layer->desc.kernel.w;
}

/* A convolution whose windows lie side by side, pixel by pixel, all within the input. */
static inline bool layer_is_plain(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->stride.h == 1 && desc->stride.w == 1 && desc->padding.h == 0 && desc->padding.w == 0;
}

/* Where element w of row h of map c of sample i lies in a buffer of n samples. */
static inline size_t shape_at(struct lenet5_shape shape, int n, int c, int h, int w, int i)
{
    return (((size_t)c * (size_t)shape.h + (size_t)h) * (size_t)shape.w + (size_t)w) * (size_t)n +
           (size_t)i;
}

#endif
