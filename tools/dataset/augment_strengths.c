#include "augment_strengths.h"

#include <stddef.h>

const char *const augment_names[] = {"preset", "off", "light", "default", "strong", "affine", NULL};

struct lenet5_augmentation augment_strength(unsigned strength)
{
    static const struct lenet5_augmentation strengths[] = {
        /* rotation, scale, stretch, shear, translate, elastic, its sigma, erase, reserved */
        {0, 0, 0, 0, 0, 0, 4, 0, {0}},
        {7, 0.07, 0.07, 0.07, 1, 0.5, 4, 0, {0}},
        {10, 0.1, 0.1, 0.1, 1.5, 0.7, 4, 0, {0}},
        {15, 0.15, 0.15, 0.15, 2, 1, 4, 0, {0}},
        {0, 0.05, 0.05, 0.05, 1, 0, 4, 0, {0}}, /* the kinds of the 1998 paper */
    };
    return strengths[strength - 1];
}
