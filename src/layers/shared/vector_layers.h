/* Layers in vector loops without BLAS, which the blas and the direct backend share. */
#ifndef VECTOR_LAYERS_H
#define VECTOR_LAYERS_H

#include "layers/contract.h"

extern const struct layer_ops vector_activation, vector_pool, vector_subsample;

#endif
