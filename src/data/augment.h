/* Augmentation: copies of training images with random changes, drawn again each time. */
#ifndef AUGMENT_H
#define AUGMENT_H

#include <lenet5/trainer.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

/* Whether any of the changes is on. */
bool augment_is_on(const struct lenet5_augmentation *augmentation);

/* Floats of workspace for augment_image, for output (height, width) from images (rows, cols). */
size_t augment_workspace_size(int height, int width, int rows, int cols);

/*
 * Writes to out (height, width) the image (rows, cols), which is no larger, centred and distorted by
 * parameters drawn from rng. The background is 0.
 */
void augment_image(uint8_t *out, int height, int width, const uint8_t *image, int rows, int cols,
                   const struct lenet5_augmentation *augmentation, struct rng *rng,
                   float *workspace);

#endif
