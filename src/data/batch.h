/* Converts images of bytes into the input of a network. */
#ifndef BATCH_H
#define BATCH_H

#include <lenet5/network.h>
#include <stdint.h>

#include "base/vector.h"
#include "layers/contract.h"
#include "resize.h"

/* How far an image is moved, in pixels. */
struct batch_shift {
    int down, right;
};

/*
 * Fills x (1, input.h, input.w, n) from n images of bytes (rows, cols), no larger than the input. Each is
 * centred or enlarged, as architecture->fit says, and moved by its element of shifts (n; NULL = none);
 * pixels that it does not cover have byte 0. Then x = scale * byte + shift. n is at most MICRO_BATCH.
 */
void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, const struct batch_shift *shifts,
                int n);

/*
 * Computes the *shift that makes the mean input of the given samples 0, to replace the architecture's:
 * indices (count) into the dataset; NULL = its first count samples.
 * Errors: MEMORY.
 */
enum lenet5_status batch_centring(float *shift, const struct lenet5_architecture *architecture,
                                  const struct lenet5_dataset *dataset, const uint32_t *indices,
                                  size_t count, struct lenet5_error *error);

/* Where one image's pixels go in the input, and which of them. */
struct batch_window {
    int top, left;        /* of the image in the input, before anything is cut off */
    int from, to, height; /* the columns that stay; the rows there are */
};

/* batch_load() with windows (n) and cols known. resize is how images are enlarged, NULL = not at all. */
VECTOR_KERNEL(batch_place,
              (float *x, const struct lenet5_architecture *architecture,
               const uint8_t *const *images, const struct batch_window *windows,
               const struct resize *resize, int cols, int n),
              (x, architecture, images, windows, resize, cols, n))

#endif
