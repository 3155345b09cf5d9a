/*
 * A network is one table of rows. Shapes, parameters and multiply-accumulates follow from it.
 *
 * Shapes are written (n, c, h, w): samples, feature maps, height, width. A vector of k features is
 * (n, k, 1, 1).
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

/* What a row of the table does. */
enum lenet5_layer_kind {
    LENET5_LAYER_CONV, /* cross-correlation with a bias per output map, as PyTorch and the paper */
    LENET5_LAYER_AVG_POOL, /* mean over a window; windows that do not fit are dropped */
    LENET5_LAYER_MAX_POOL, /* largest of a window, the first one of equals */
    LENET5_LAYER_FLATTEN,  /* (c, h, w) to one vector, in that order */
    LENET5_LAYER_DENSE,    /* y = W x + b; the input is a vector */
    LENET5_LAYER_TANH,
    LENET5_LAYER_SIGMOID,
    LENET5_LAYER_RELU,
    LENET5_LAYER_DROPOUT, /* inverted: kept units are scaled by 1 / (1 - rate); identity at inference */
    /* The three below are the 1998 paper's. */
    LENET5_LAYER_SCALED_TANH, /* y = 1.7159 tanh(2/3 x): equation 6, f(1) = 1 and f(-1) = -1 */
    LENET5_LAYER_SUBSAMPLE, /* the sum over a window times a coefficient plus a bias, both per map */
    /* y = -sum (x - code)^2, the negative of equation 7: of a vector, towards a fixed vector of +1 and -1
     * for each output. So the nearest code has the largest output, as with logits. No parameters. */
    LENET5_LAYER_RBF,
};

/* Maps: channels, height and width in pixels; a vector of k features is (k, 1, 1). */
struct lenet5_shape {
    int c, h, w;
};

/* Height and width of a kernel, a stride or a padding, pixels. */
struct lenet5_extent {
    int h, w;
};

/* One row of a network's table. Fields that a kind does not use are left zero. */
struct lenet5_layer {
    enum lenet5_layer_kind kind;
    /* conv, dense, subsample: its tensors are NAME.weight and NAME.bias; NULL = conv1, conv2, fc1,
     * subsample1, ... */
    const char *name;
    int outputs;                  /* conv: feature maps; dense, rbf: features */
    struct lenet5_extent kernel;  /* conv, pooling, subsample: the window */
    struct lenet5_extent stride;  /* 0 = 1 for conv, else the window */
    struct lenet5_extent padding; /* conv: zeros added on every side */
    float rate;                   /* dropout: the share of units set to zero, in [0, 1) */
    /* conv: (outputs, input maps), non-zero where an output map sees an input map; NULL = all. The
     * 1998 paper's Table I is one. Kernels that the table leaves out are no parameters. */
    const uint8_t *connections;
    const uint8_t *codes;               /* rbf: (outputs, inputs), non-zero = +1, zero = -1 */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* How an image that is smaller than the network's input becomes as large. */
enum lenet5_fit {
    LENET5_FIT_PAD, /* centred; the border has byte 0 */
    /* Enlarged: bilinear between pixel centres, rounded to bytes after rows and after columns, as
     * Pillow's BILINEAR and so torchvision's Resize do it (seed 4). */
    LENET5_FIT_RESIZE,
};

/*
 * Everything that makes a network but its weights. An image of bytes, made as large as the input,
 * becomes the input x = scale * byte + shift.
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

/* "conv", "avg_pool", "max_pool", ...: the words of model files; static. */
LENET5_API const char *lenet5_layer_kind_string(enum lenet5_layer_kind kind);

/* The complete paths through every layer; all are always there. */
enum lenet5_backend {
    LENET5_BACKEND_NAIVE, /* plain loops: the specification */
    LENET5_BACKEND_BLAS,  /* im2col and SGEMM through OpenBLAS, vectorised element-wise work */
    /* the same, but unpadded convolutions of stride 1 straight from the maps, and dense layers forward
       without SGEMM: faster on most CPUs, and less in need of OpenBLAS's kernels for them */
    LENET5_BACKEND_DIRECT,
};

/* "naive", "blas" or "direct"; static. */
LENET5_API const char *lenet5_backend_string(enum lenet5_backend backend);

struct lenet5_network;

/*
 * Copies the architecture and works out its shapes; the parameters are zero until they are
 * initialised, loaded or written. The caller destroys *network.
 * Errors: ARGUMENT (a row that does not fit the one before it, or a last layer that is not a vector
 * of class_count features; the message names the row), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_network_create(struct lenet5_network **network,
                                                    const struct lenet5_architecture *architecture,
                                                    struct lenet5_error *error);

/* A second network with the same architecture and parameters. Errors: MEMORY. */
LENET5_API enum lenet5_status lenet5_network_copy(struct lenet5_network **copy,
                                                  const struct lenet5_network *network,
                                                  struct lenet5_error *error);

/* Accepts NULL. */
LENET5_API void lenet5_network_destroy(struct lenet5_network *network);

/* The architecture as created, defaults filled in; owned by the network. */
LENET5_API const struct lenet5_architecture *
lenet5_network_architecture(const struct lenet5_network *network);

/*
 * How the weights start. fan_in and fan_out count the window of a convolution. Subsampling coefficients
 * start at 1 / window, as the average, except where the kind says otherwise.
 */
enum lenet5_init {
    LENET5_INIT_GLOROT,     /* U(+-sqrt(6 / (fan_in + fan_out))), biases 0: Keras */
    LENET5_INIT_HE,         /* N(0, 2 / fan_in), biases 0 */
    LENET5_INIT_LECUN,      /* N(0, 1 / fan_in), biases 0 */
    LENET5_INIT_PYTORCH,    /* U(+-1 / sqrt(fan_in)), biases too */
    LENET5_INIT_ORTHOGONAL, /* rows or columns of (outputs, fan_in) orthonormal, biases 0 */
    /* U(+-2.4 / fan_in), biases 0: the 1998 paper's appendix A. fan_in is that of each unit: under a
     * table of connections, of the maps it sees; of a subsampling coefficient, the window. */
    LENET5_INIT_LECUN1998,
};

/*
 * Sets all parameters. The same kind and seed give the same values on one machine with one build;
 * HE and LECUN go through libm's logarithm and cosine, and ORTHOGONAL through LAPACK's QR.
 * Errors: ARGUMENT, MEMORY.
 */
LENET5_API enum lenet5_status lenet5_network_initialise(struct lenet5_network *network,
                                                        enum lenet5_init kind, uint64_t seed,
                                                        struct lenet5_error *error);

/* How many parameters all layers have together. */
LENET5_API size_t lenet5_network_parameter_count(const struct lenet5_network *network);

/*
 * All parameters as one vector in table order, weights before biases, owned by the network. They must not be
 * changed while a trainer or classifier works with it.
 */
LENET5_API float *lenet5_network_parameters(struct lenet5_network *network);

/* The same, to be read. */
LENET5_API const float *lenet5_network_weights(const struct lenet5_network *network);

/* SHA-256 of the parameters' bytes (float32, little-endian), in hex. */
LENET5_API void lenet5_network_sha256(const struct lenet5_network *network, char hex[65]);

/* One row with what follows from it. */
struct lenet5_layer_info {
    struct lenet5_layer layer;   /* as in the architecture */
    struct lenet5_shape in, out; /* per sample */
    size_t parameters;
    size_t macs;          /* multiply-accumulates per sample, forward; 0 where none is counted */
    size_t weight_offset; /* where its weights start in the parameter vector */
    size_t weight_count, bias_count;
    /* As the paper counts: every input of every output, biases included; 0 for what changes no size. */
    size_t connections;
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/* i counts from 0 to architecture->layer_count - 1. */
LENET5_API struct lenet5_layer_info lenet5_network_layer(const struct lenet5_network *network,
                                                         int i);

/* Multiply-accumulates of one forward pass of one sample. */
LENET5_API size_t lenet5_network_macs(const struct lenet5_network *network);

/* All rows' connections, as lenet5_layer_info counts them. */
LENET5_API size_t lenet5_network_connections(const struct lenet5_network *network);

#ifdef __cplusplus
}
#endif
#endif
