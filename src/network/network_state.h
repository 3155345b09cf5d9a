/* What the library itself sees of a network. */
#ifndef NETWORK_STATE_H
#define NETWORK_STATE_H

#include <lenet5/network.h>

#include "layer.h"

struct lenet5_network {
    struct lenet5_architecture architecture; /* a deep copy */
    struct layer *layers;                    /* architecture.layer_count of them */
    size_t *offsets;                         /* where each layer's parameters start */
    size_t parameter_count;
    float *parameters;
};

#endif
