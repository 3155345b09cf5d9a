/* Which of OpenBLAS's kernels a CPU should get. */
#ifndef BLAS_CORE_H
#define BLAS_CORE_H

#include <stddef.h>
#include <string.h>

/* Floats per vector of a core's kernels: 16 with AVX-512, 8 with AVX2, 0 = fewer or unknown. */
static inline int blas_core_lanes(const char *core)
{
    static const struct {
        const char *core;
        int lanes;
    } known[] = {
        {"SkylakeX", 16}, {"Cooperlake", 16}, {"SapphireRapids", 16}, {"Haswell", 8}, {"Zen", 8}};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcmp(core, known[i].core) == 0)
            return known[i].lanes;
    return 0;
}

/* The core type that serves a CPU of these vectors (vector_cpu_lanes()) better than OpenBLAS's choice, NULL = none does. */
static inline const char *blas_core_better_than(const char *core, int cpu_lanes)
{
    if (!core || cpu_lanes < 8 || blas_core_lanes(core) >= cpu_lanes)
        return NULL;
    return cpu_lanes == 16 ? "SkylakeX" : "Haswell";
}

#endif
