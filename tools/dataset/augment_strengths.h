/* Named strengths of augmentation. */
#ifndef AUGMENT_STRENGTHS_H
#define AUGMENT_STRENGTHS_H

#include <lenet5/lenet5.h>

/* For an option's choices: preset, off, light, default, strong, affine. */
extern const char *const augment_names[];

/* The values of augment_names[strength]; strength is at least 1. */
struct lenet5_augmentation augment_strength(unsigned strength);

#endif
