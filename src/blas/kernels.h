/* Which of OpenBLAS's kernels a CPU should get. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>
#include <string.h>

#include "../vector.h"

/* The core type that serves this CPU better than the one that OpenBLAS chose, NULL = none does. */
static inline const char *kernels_better_than(const char *core)
{
    static const char *const fused[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake",
                                        "SapphireRapids"};
    for (size_t i = 0; core && i < sizeof(fused) / sizeof(*fused); i++)
        if (strcmp(core, fused[i]) == 0)
            return NULL;
    return vector_is_wide() ? "SkylakeX" : vector_is_fused() ? "Haswell" : NULL;
}

#endif
