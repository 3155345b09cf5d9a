#include "names.h"

#include <stddef.h>

const char *const names_backends[] = {"naive", "blas", "direct", NULL};
const char *const names_losses[] = {
    "cross-entropy", "bce-softmax", "bce-logits", "cross-entropy-twice",
    "mse",           "distance",    "map",        NULL};
const char *const names_optimizers[] = {"sgd", "adam", "adamw", "sdlm", NULL};
const char *const names_schedules[] = {"constant",   "step",      "cosine", "one-cycle",
                                       "triangular", "lecun1998", NULL};
const char *const names_inits[] = {"glorot",     "he",        "lecun", "pytorch",
                                   "orthogonal", "lecun1998", NULL};
const char *const names_holdouts[] = {"random", "last", NULL};
const char *const names_keeps[] = {"best", "last", NULL};
const char *const names_centrings[] = {"none", "train", "each", NULL};
const char *const names_splits[] = {"train", "test", NULL};
const char *const names_fits[] = {"pad", "resize", NULL};
