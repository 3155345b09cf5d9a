/*
 * Loops for the compiler's vectoriser. A function marked VECTOR_CLONES is compiled for AVX-512, for
 * AVX2 with FMA, and for any x86-64, and the loader picks the one this CPU can run; elsewhere it is
 * compiled once. Its loops are marked `#pragma omp simd`, which also allows sums to be reordered.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef HAVE_TARGET_CLONES
#define VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTOR_CLONES
#endif

/* A loop that the functions marked above share: inlined, so that it becomes part of each clone. */
#define VECTOR_INLINE static inline __attribute__((always_inline))

/*
 * Before a loop with a constant number of turns over vectors that have to stay in registers, at most this many: the
 * compiler unrolls it before it decides which do.
 */
#define VECTOR_UNROLL _Pragma("GCC unroll 8")

/*
 * What fills a register of AVX-512 and of AVX2. The compiler keeps a vector in memory where the CPU has none so
 * wide; so what is worth it comes for both, and vector_is_wide() chooses.
 */
enum { WIDE_LANES = 16, NARROW_LANES = 8 };
typedef float wide_lanes __attribute__((vector_size(WIDE_LANES * sizeof(float))));
typedef float narrow_lanes __attribute__((vector_size(NARROW_LANES * sizeof(float))));

/* Whether the functions marked above run with the 32 registers of AVX-512. */
static inline bool vector_is_wide(void)
{
#ifdef HAVE_TARGET_CLONES
    return __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

/* The sum of count values; y += x; y = value. */
float vector_sum(const float *x, size_t count);
void vector_add(float *y, const float *x, size_t count);
void vector_fill(float *y, float value, size_t count);

/* y (cols, rows) = the transpose of x (rows, cols), whose rows are pitch apart */
void vector_transpose(float *y, const float *x, size_t pitch, int rows, int cols);

#endif
