/*
 * Loops for the compiler's vectoriser. A function marked VECTOR_CLONES is compiled for AVX-512, for
 * AVX2 with FMA, and for any x86-64, and the loader picks the one this CPU can run; elsewhere it is
 * compiled once. Its loops are marked `#pragma omp simd`, which also allows sums to be reordered.
 *
 * Loops over vectors of a certain width come by VECTOR_BY_WIDTH: once for each width.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef HAVE_TARGET_CLONES
#define VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define VECTOR_WIDE   __attribute__((target("arch=x86-64-v4")))
#define VECTOR_NARROW __attribute__((target("arch=x86-64-v3")))
#else
#define VECTOR_CLONES
#define VECTOR_WIDE
#define VECTOR_NARROW
#endif

/* A loop that the functions marked above share: inlined, so that it becomes part of each clone. */
#define VECTOR_INLINE static inline __attribute__((always_inline))

/*
 * Before a loop with a constant number of turns over vectors that have to stay in registers, at most 8 or 24: the
 * compiler unrolls it before it decides which do.
 */
#define VECTOR_UNROLL      _Pragma("GCC unroll 8")
#define VECTOR_UNROLL_TILE _Pragma("GCC unroll 24")

/*
 * What fills a register of AVX-512, of AVX2, and of any x86-64 or ARM: the compiler keeps a vector in memory where the
 * CPU has none so wide.
 */
enum { WIDE_LANES = 16, NARROW_LANES = 8, FEW_LANES = 4 };
typedef float wide_lanes __attribute__((vector_size(WIDE_LANES * sizeof(float))));
typedef float narrow_lanes __attribute__((vector_size(NARROW_LANES * sizeof(float))));
typedef float few_lanes __attribute__((vector_size(FEW_LANES * sizeof(float))));

/* The same, anywhere in memory. */
typedef float wide_lanes_at
    __attribute__((vector_size(WIDE_LANES * sizeof(float)), aligned(4), may_alias));
typedef float narrow_lanes_at
    __attribute__((vector_size(NARROW_LANES * sizeof(float)), aligned(4), may_alias));
typedef float few_lanes_at
    __attribute__((vector_size(FEW_LANES * sizeof(float)), aligned(4), may_alias));

/* No more lanes than this: for tests, which so see what other CPUs do. */
extern int vector_most_lanes;

/* How many lanes VECTOR_BY_WIDTH takes here. */
static inline int vector_lanes(void)
{
#if defined(HAVE_TARGET_CLONES)
    if (vector_most_lanes >= WIDE_LANES && __builtin_cpu_supports("x86-64-v4"))
        return WIDE_LANES;
    if (vector_most_lanes >= NARROW_LANES && __builtin_cpu_supports("x86-64-v3"))
        return NARROW_LANES;
    return FEW_LANES;
#elif defined(__AVX512VL__)
    return WIDE_LANES;
#elif defined(__AVX2__)
    return NARROW_LANES;
#else
    return FEW_LANES;
#endif
}

/* Of three functions that differ in their vectors, wide_lanes_NAME and so on, the one of so many lanes, a constant. */
#define VECTOR_OF(lanes, name, ...)                               \
    ((lanes) == WIDE_LANES     ? wide_lanes_##name(__VA_ARGS__)   \
     : (lanes) == NARROW_LANES ? narrow_lanes_##name(__VA_ARGS__) \
                               : few_lanes_##name(__VA_ARGS__))

/*
 * name_by_width(), which calls name(..., lanes), inlined, with this CPU's lanes as a constant. parameters are in
 * brackets, and what follows hands them on.
 */
#define VECTOR_BY_WIDTH(name, parameters, ...)         \
    VECTOR_WIDE static void name##_wide parameters     \
    {                                                  \
        name(__VA_ARGS__, WIDE_LANES);                 \
    }                                                  \
    VECTOR_NARROW static void name##_narrow parameters \
    {                                                  \
        name(__VA_ARGS__, NARROW_LANES);               \
    }                                                  \
    static void name##_few parameters                  \
    {                                                  \
        name(__VA_ARGS__, FEW_LANES);                  \
    }                                                  \
    static void name##_by_width parameters             \
    {                                                  \
        const int lanes = vector_lanes();              \
        if (lanes == WIDE_LANES)                       \
            name##_wide(__VA_ARGS__);                  \
        else if (lanes == NARROW_LANES)                \
            name##_narrow(__VA_ARGS__);                \
        else                                           \
            name##_few(__VA_ARGS__);                   \
    }

/* The sum of count values; y += x; y = value. */
float vector_sum(const float *x, size_t count);
void vector_add(float *y, const float *x, size_t count);
void vector_fill(float *y, float value, size_t count);

/* y (cols, rows) = the transpose of x (rows, cols), whose rows are pitch apart */
void vector_transpose(float *y, const float *x, size_t pitch, int rows, int cols);

#endif
