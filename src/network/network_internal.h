/* The inside of a network, for the library only: the public functions are in lenet5/network.h. */
#ifndef NETWORK_INTERNAL_H
#define NETWORK_INTERNAL_H

#include <lenet5/network.h>

#include "layer.h"

enum { NETWORK_MAX_LAYERS = 64 };

struct lenet5_network {
    struct lenet5_architecture architecture; /* a deep copy */
    struct layer *layers;                    /* architecture.layer_count of them */
    size_t *offsets;                         /* where each layer's parameters start */
    size_t parameter_count;
    float *parameters;
};

/* The index of the first parameter that is not finite; parameter_count = all are finite. */
size_t network_first_not_finite(const struct lenet5_network *network);

#endif
