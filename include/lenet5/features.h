/* What a network sees on the way from an image to its logits. */
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
 * The values that row `row` of the table gives for count images (count, rows, cols) of bytes: features
 * (count, out.c, out.h, out.w), of the shape that lenet5_network_layer tells; row -1 gives the input
 * itself. Works on one thread, with buffers of its own.
 * Errors: ARGUMENT (no such row, images larger than the network's input), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_features(const struct lenet5_network *network, float *features,
                                              int row, const uint8_t *images, size_t count,
                                              int rows, int cols, struct lenet5_error *error);

/*
 * Principal components: projected (count, components) are the centred rows of features (count, size)
 * along the directions of their largest variances, the largest first, and shares (components) what
 * part of the whole variance lies in each (0 where nothing varies). A direction's sign is the one that
 * makes its largest entry positive. Through LAPACK's ssyevr.
 * Errors: ARGUMENT (no features; components not 1 to size), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_principal_components(float *projected, float *shares,
                                                          int components, const float *features,
                                                          size_t count, int size,
                                                          struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
