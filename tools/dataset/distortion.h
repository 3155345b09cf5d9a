/* Named strengths of the distortion of training images. */
#ifndef DISTORTION_H
#define DISTORTION_H

#include <lenet5/lenet5.h>

/* For an option's choices: preset, off, light, default, strong, affine. */
extern const char *const distortion_names[];

/* The augmentation of the one in that place, which is not the first. */
struct lenet5_augmentation distortion_of(unsigned strength);

#endif
