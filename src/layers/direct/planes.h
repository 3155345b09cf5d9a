/*
 * Convolution over whole maps at once: a map's rows, in the input's pitch, are one long run, and every tap
 * is the same run shifted. The last columns of each row, where the kernel would stick out, are worked out
 * in vain and dropped. So the vectors are long even for a single sample, and a table of connections costs
 * as many kernels as it has and no more. Unpadded, with stride 1.
 */
#ifndef PLANES_H
#define PLANES_H

#include "layers/contract.h"

/* Whether this serves a layer better than products of rows do. */
bool planes_pay(const struct layer *layer, int n, bool training);

/* Floats of workspace, for both directions; monotone in n. */
size_t planes_workspace_size(const struct layer *layer, int n);

/* z (out.c, out.h, out.w, n), without biases */
void planes_forward(float *z, const struct layer *layer, const struct layer_call *call);

/* dweights from dz, as z above, and call->dx if it is wanted. */
void planes_backward(float *dweights, const float *dz, const struct layer *layer,
                     const struct layer_call *call);

#endif
