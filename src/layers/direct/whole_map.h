/*
 * Whole-map convolution: a map's rows, in the input's pitch, are one long run, and every tap is the same run shifted.
 * The last columns of each row, where the kernel would reach over the edge, are computed in vain and dropped. So the
 * vectors are long even for a single sample, and a table of connections costs as many kernels as it has and no more.
 * Without padding, with stride 1.
 */
#ifndef WHOLE_MAP_H
#define WHOLE_MAP_H

#include "layers/contract.h"

/* Whether a layer's maps of n samples are long enough for a vector. */
bool whole_map_can(const struct layer *layer, int n);

/* The contract's two operations, fused with the layers behind as in direct.h. */
void whole_map_forward(const struct layer *layer, const struct layer_call *call, int fused);
void whole_map_backward(const struct layer *layer, const struct layer_call *call, int fused);

/* Floats of saved and workspace for both; monotone in n. */
size_t whole_map_saved_size(const struct layer *layer, int n);
size_t whole_map_workspace_size(const struct layer *layer, int n);

#endif
