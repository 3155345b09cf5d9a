/* Named strengths of the distortion of training images. */
#ifndef AUGMENT_STRENGTHS_H
#define AUGMENT_STRENGTHS_H

#include <lenet5/lenet5.h>

/* For an option's choices: preset, off, light, default, strong, affine. */
extern const char *const augment_names[];

/* The augmentation of the one in that place, which is not the first. */
struct lenet5_augmentation augment_strength(unsigned strength);

#endif
