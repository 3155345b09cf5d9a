/* From a dataset's bytes to a network's input. */
#ifndef BATCH_H
#define BATCH_H

#include <lenet5/network.h>
#include <stdint.h>

#include "layers/contract.h"

/* How far an image is moved, in pixels. */
struct batch_shift {
    int down, right;
};

/*
 * x (1, input.h, input.w, n) from n images of bytes (rows, cols), no larger than the input: each is
 * centred or enlarged, as the architecture says, and then moved by its shift (n of them; NULL = none),
 * what is not covered has byte 0, and x = scale * byte + shift. n is at most MICRO_BATCH.
 */
void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, const struct batch_shift *shifts,
                int n);

/*
 * *shift is what makes the mean of these samples' inputs 0, instead of the architecture's: indices are
 * of the dataset, NULL = its first count.
 * Errors: MEMORY.
 */
enum lenet5_status batch_centring(float *shift, const struct lenet5_architecture *architecture,
                                  const struct lenet5_dataset *dataset, const uint32_t *indices,
                                  size_t count, struct lenet5_error *error);

#endif
