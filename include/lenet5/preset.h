/*
 * Presets: an architecture, how its weights start, and how it is trained, under one name.
 *
 * "lenet5" is the default recipe of lenet5-train, and "lenet5-best" the one for the most digits read
 * correctly. "lecun1998" is the system of the 1998 paper (docs/lecun1998.md), 60,000 parameters and 326,520
 * multiply-accumulates. Those of other names repeat published write-ups of LeNet-5, the seeds of this
 * project (docs/seeds/), with the defaults of the frameworks they use. All but the paper's have 61,706
 * parameters and 416,520 multiply-accumulates.
 */
#ifndef LENET5_PRESET_H
#define LENET5_PRESET_H

#include <stdbool.h>

#include "network.h"
#include "trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A network by name, with the recipe that trains it. */
struct lenet5_preset {
    const char *name;
    const char *source;  /* where it comes from, a few words */
    const char *summary; /* what is particular, one sentence without a full stop */
    struct lenet5_architecture architecture;
    enum lenet5_init init;
    struct lenet5_training training;
    /* The test images are appended to those for training before any are held out (seed 0). */
    bool with_test;
};

/* By its name; static. NULL = no such name. */
LENET5_API const struct lenet5_preset *lenet5_preset(const char *name);

/* All of them, i from 0; NULL past the last. */
LENET5_API const struct lenet5_preset *lenet5_preset_at(int i);

#ifdef __cplusplus
}
#endif
#endif
