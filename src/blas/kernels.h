/* Which of OpenBLAS's kernels a CPU should get. */
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>
#include <string.h>

/* The core type that serves this CPU better than the one that OpenBLAS chose, NULL = none does. */
static inline const char *kernels_better_than(const char *core)
{
    static const char *const fused[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake",
                                        "SapphireRapids"};
    for (size_t i = 0; core && i < sizeof(fused) / sizeof(*fused); i++)
        if (strcmp(core, fused[i]) == 0)
            return NULL;
#ifdef __x86_64__ /* whatever the loops of this library were compiled for */
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "Haswell";
#endif
    return NULL;
}

#endif
