/*
 * A network is a list of layers and the parameters of those that have any. Shapes and counts of
 * parameters and multiply-accumulates follow from the list.
 *
 * Shapes are written (c, h, w), per sample: feature maps, height, width. A vector of k features is
 * (k, 1, 1).
 */
#ifndef LENET5_NETWORK_H
#define LENET5_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataset.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The function of a layer. */
enum lenet5_layer_kind {
    LENET5_LAYER_CONV, /* cross-correlation with a bias per output map, as PyTorch and the paper */
    LENET5_LAYER_AVG_POOL, /* mean over a window; windows that do not fit are dropped */
    LENET5_LAYER_MAX_POOL, /* maximum over a window, the first of equals */
    LENET5_LAYER_FLATTEN,  /* (c, h, w) to one vector, in that order */
    LENET5_LAYER_DENSE,    /* y = W x + b; the input is a vector */
    LENET5_LAYER_TANH,
    LENET5_LAYER_SIGMOID,
    LENET5_LAYER_RELU,
    LENET5_LAYER_DROPOUT, /* inverted: kept units are scaled by 1 / (1 - rate); identity at inference */
    /* The next three are those of LeCun et al. 1998. */
    LENET5_LAYER_SCALED_TANH, /* y = 1.7159 tanh(2/3 x): equation 6, f(1) = 1 and f(-1) = -1 */
    LENET5_LAYER_SUBSAMPLE, /* sum over a window times a coefficient plus a bias, one of each per map */
    /* y = -sum (x - code)^2, the negative of equation 7. The input is a vector; each output has a fixed
     * code, a vector of +1 and -1. The nearest code has the largest output, as with logits. No
     * parameters. */
    LENET5_LAYER_RBF,
};

/* Feature maps (channels), height and width in pixels; a vector of k features is (k, 1, 1). */
struct lenet5_shape {
    int c, h, w;
};

/* Height and width of a kernel, a stride or a padding, pixels. */
struct lenet5_extent {
    int h, w;
};

/* The description of a layer. Fields that a kind does not use are 0. */
struct lenet5_layer {
    enum lenet5_layer_kind kind;
    /* conv, dense, subsample: its tensors are NAME.weight and NAME.bias; NULL = conv1, conv2, fc1,
     * subsample1, ... */
    const char *name;
    int outputs;                  /* conv: feature maps; dense, rbf: features */
    struct lenet5_extent kernel;  /* conv, pooling, subsample: the window */
    struct lenet5_extent stride;  /* 0 = default: 1 for conv, the window for the others */
    struct lenet5_extent padding; /* conv: zeros added on every side */
    float rate;                   /* dropout: the share of units set to zero, in [0, 1) */
    /* conv: (outputs, input maps), non-zero where an output map is connected to an input map;
     * NULL = all. Table I of the 1998 paper is one. Unconnected kernels are no parameters. */
    const uint8_t *connections;
    const uint8_t *codes;               /* rbf: (outputs, inputs), non-zero = +1, zero = -1 */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* How an image smaller than the network's input is fitted to it. */
enum lenet5_fit {
    LENET5_FIT_PAD, /* centred; the border has byte 0 */
    /* Enlarged: bilinear between pixel centres, rounded to bytes after rows and after columns, as
     * Pillow's BILINEAR and so torchvision's Resize do it (seed 4). */
    LENET5_FIT_RESIZE,
};

/*
 * A network without its weights. An image of bytes is fitted to the input's size and becomes the input
 * x = scale * byte + shift.
 */
struct lenet5_architecture {
    const char *name;
    struct lenet5_shape input; /* (1, 32, 32) */
    enum lenet5_fit fit;
    float scale, shift;
    const struct lenet5_layer *layers;
    int layer_count;
    const char *const *classes; /* class names, one per output; NULL = "0", "1", ... */
    int class_count;
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* The name of a kind in model files: "conv", "avg_pool", "max_pool", ...; static. */
LENET5_API const char *lenet5_layer_kind_string(enum lenet5_layer_kind kind);

/* The implementations of all layers; every build has all of them. */
enum lenet5_backend {
    LENET5_BACKEND_NAIVE, /* plain loops: the specification that the others are tested against */
    LENET5_BACKEND_BLAS,  /* im2col and SGEMM through OpenBLAS, vectorised element-wise work */
    /* as BLAS, but unpadded convolutions of stride 1 and the forward pass of dense layers run without
     * SGEMM: faster on most CPUs, and less dependent on OpenBLAS's kernels for the CPU */
    LENET5_BACKEND_DIRECT,
};

/* The name of a backend: "naive", "blas" or "direct"; static. */
LENET5_API const char *lenet5_backend_string(enum lenet5_backend backend);

/* An architecture with its derived shapes, and the parameters. */
struct lenet5_network;

/*
 * Copies the architecture and derives its shapes; all parameters are 0 until they are initialised, loaded
 * or written. The caller destroys *network.
 * Errors: ARGUMENT (a field is out of range; a layer does not accept the output of the one before it; the
 * last layer's output is not a vector of class_count features; the message gives the layer), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_network_create(struct lenet5_network **network,
                                                    const struct lenet5_architecture *architecture,
                                                    struct lenet5_error *error);

/*
 * Creates a second network with the same architecture and parameters. The caller destroys *copy.
 * Errors: MEMORY.
 */
LENET5_API enum lenet5_status lenet5_network_copy(struct lenet5_network **copy,
                                                  const struct lenet5_network *network,
                                                  struct lenet5_error *error);

/* Frees the network and its parameters. Accepts NULL. */
LENET5_API void lenet5_network_destroy(struct lenet5_network *network);

/* The architecture with all defaults filled in; owned by the network. */
LENET5_API const struct lenet5_architecture *
lenet5_network_architecture(const struct lenet5_network *network);

/*
 * The distribution of the initial weights. fan_in and fan_out are the inputs and outputs of a unit, the
 * window of a convolution included. Subsampling coefficients start at 1 / window, which makes an average,
 * unless the kind says otherwise.
 */
enum lenet5_init {
    LENET5_INIT_GLOROT,     /* U(+-sqrt(6 / (fan_in + fan_out))), biases 0: Keras */
    LENET5_INIT_HE,         /* N(0, 2 / fan_in), biases 0 */
    LENET5_INIT_LECUN,      /* N(0, 1 / fan_in), biases 0 */
    LENET5_INIT_PYTORCH,    /* U(+-1 / sqrt(fan_in)), biases too: PyTorch's default */
    LENET5_INIT_ORTHOGONAL, /* rows or columns of (outputs, fan_in) orthonormal, biases 0 */
    /* U(+-2.4 / fan_in), biases 0: the 1998 paper's appendix A. fan_in is each unit's own: with a
     * table of connections it counts the connected maps; for a subsampling coefficient, the window. */
    LENET5_INIT_LECUN1998,
};

/*
 * Sets all parameters. The same kind and seed give the same values on one machine with one build; other
 * machines may differ where libm (HE, LECUN) or LAPACK's QR factorisation (ORTHOGONAL) differs.
 * Errors: ARGUMENT (unknown kind), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_network_initialise(struct lenet5_network *network,
                                                        enum lenet5_init kind, uint64_t seed,
                                                        struct lenet5_error *error);

/* The number of parameters of all layers together. */
LENET5_API size_t lenet5_network_parameter_count(const struct lenet5_network *network);

/*
 * All parameters (parameter_count) in the order of the layers, weights before biases; owned by the
 * network. Do not change them while a trainer or classifier runs.
 */
LENET5_API float *lenet5_network_parameters(struct lenet5_network *network);

/* The same vector, read-only. */
LENET5_API const float *lenet5_network_weights(const struct lenet5_network *network);

/* Writes the SHA-256 of the parameters' bytes (float32, little-endian) as 64 hex digits and a NUL. */
LENET5_API void lenet5_network_sha256(const struct lenet5_network *network, char hex[65]);

/* A layer with its derived shapes and counts. */
struct lenet5_layer_info {
    struct lenet5_layer layer;   /* as in the architecture; its pointers are the network's */
    struct lenet5_shape in, out; /* per sample */
    size_t parameters;
    size_t macs; /* multiply-accumulates per sample, forward; 0 for layers that are not counted */
    size_t weight_offset; /* index of its first weight in the parameter vector */
    size_t weight_count, bias_count;
    /* Counted as in the 1998 paper: the inputs of all outputs, biases included; 0 for layers that the paper
     * does not count, such as activations. */
    size_t connections;
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* Layer i, from 0 to architecture->layer_count - 1. */
LENET5_API struct lenet5_layer_info lenet5_network_layer(const struct lenet5_network *network,
                                                         int i);

/* Multiply-accumulates of one forward pass of one sample. */
LENET5_API size_t lenet5_network_macs(const struct lenet5_network *network);

/* The connections of all layers, counted as in lenet5_layer_info. */
LENET5_API size_t lenet5_network_connections(const struct lenet5_network *network);

#ifdef __cplusplus
}
#endif
#endif
