/* The choice of the vector width. */
#include "vector.h"

#include <stdbool.h>

#include "vector_math.h"

const float vector_math_eight = 8;

int vector_lanes = 4;

/* By single features: clang 14 does not know the names of the levels, x86-64-v3 and x86-64-v4. */
int vector_cpu_lanes(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (v3 && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd"))
        return 16;
    if (v3)
        return 8;
#endif
    return 4;
}

/* Before the constructors of programs, which may set less. */
__attribute__((constructor(101))) static void choose_lanes(void)
{
    vector_lanes = vector_cpu_lanes();
}
