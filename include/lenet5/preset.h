/*
 * Presets: an architecture, its weight initialisation and its training settings under one name.
 *
 * "lenet5" is the default of lenet5-train; "lenet5-best" has the highest accuracy. "lecun1998" is the
 * system of the 1998 paper (docs/lecun1998.md), with 60,000 parameters and 326,520 multiply-accumulates.
 * The others repeat published descriptions of LeNet-5 (docs/seeds/) with the defaults of the frameworks
 * that these use. All but the paper's have 61,706 parameters and 416,520 multiply-accumulates.
 */
#ifndef LENET5_PRESET_H
#define LENET5_PRESET_H

#include <stdbool.h>

#include "network.h"
#include "trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A preset. Static and constant; only the library makes one, so that fields can be added. */
struct lenet5_preset {
    const char *name;    /* "lenet5" */
    const char *source;  /* where it is published, a few words */
    const char *summary; /* how it differs from the others, one sentence without a full stop */
    struct lenet5_architecture architecture;
    enum lenet5_init init;
    struct lenet5_training training;
    /* The test images are appended to the training images before the validation split (seed 0). */
    bool with_test;
};

/* The preset with this name; NULL = there is none. */
LENET5_API const struct lenet5_preset *lenet5_preset(const char *name);

/* All presets, i from 0; NULL past the last. */
LENET5_API const struct lenet5_preset *lenet5_preset_at(int i);

#ifdef __cplusplus
}
#endif
#endif
