#include "names.h"

#include <stddef.h>
#include <string.h>

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
const char *const names_layer_kinds[] = {
    "conv", "avg_pool", "max_pool",    "flatten",   "dense", "tanh", "sigmoid",
    "relu", "dropout",  "scaled_tanh", "subsample", "rbf",   NULL};

int names_index(const char *const *names, const char *name)
{
    for (int i = 0; name && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}
