/* The outputs of the layers inside a network (features), and their principal components. */
#ifndef LENET5_FEATURES_H
#define LENET5_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "network.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Computes the output of one layer, counted from 0, for count images (count, rows, cols) of bytes:
 * features (count, out.c, out.h, out.w), where out is the layer's shape from lenet5_network_layer.
 * Layer -1 is the network's input. Runs on one thread and allocates its buffers on each call.
 * Errors: ARGUMENT (no such layer, images larger than the network's input), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_features(const struct lenet5_network *network, float *features,
                                              int layer, const uint8_t *images, size_t count,
                                              int rows, int cols, struct lenet5_error *error);

/*
 * Principal component analysis of features (count, size). projected (count, components) holds the
 * centred features along the directions of largest variance, the largest first; shares (components)
 * holds each direction's share of the total variance (0 where nothing varies). The sign of a direction
 * makes its entry of largest magnitude positive. Uses LAPACK's ssyevr.
 * Errors: ARGUMENT (count or size is 0; components is not 1 to size), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_principal_components(float *projected, float *shares,
                                                          int components, const float *features,
                                                          size_t count, int size,
                                                          struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
