/* From a dataset's bytes to a network's input. */
#ifndef BATCH_H
#define BATCH_H

#include <lenet5/network.h>
#include <stdint.h>

/*
 * x (1, input.h, input.w, n) from n images of bytes (rows, cols), no larger than the input: each is
 * centred, the border has byte 0, and x = scale * byte + shift.
 */
void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, int n);

#endif
