/* Distorted copies of training images, drawn anew whenever a sample is trained on. */
#ifndef AUGMENT_H
#define AUGMENT_H

#include <lenet5/trainer.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

/* Whether any knob of it is turned. */
bool augment_is_on(const struct lenet5_augmentation *augmentation);

/* Floats that augment_image works in, for output of (height, width) from images of (rows, cols). */
size_t augment_workspace_size(int height, int width, int rows, int cols);

/*
 * out (height, width): the image (rows, cols), no larger, centred and distorted by what the stream draws.
 * The ground is 0.
 */
void augment_image(uint8_t *out, int height, int width, const uint8_t *image, int rows, int cols,
                   const struct lenet5_augmentation *augmentation, struct rng *rng,
                   float *workspace);

#endif
