/*
 * For templates only: the width that this object is compiled for.
 *
 * Everything in a template is static except the kernels, whose names VECTOR_NAME ends in _vec16, _vec8 or _vec4: the
 * linker must never merge code for AVX-512 into what runs on other CPUs.
 */
#ifndef VECTOR_TMPL_H
#define VECTOR_TMPL_H

#include <string.h>

#include "vector.h"

/* LANES, the floats of a vector, comes from Meson. */
#if LANES == 16
#define VECTOR_NAME(name) name##_vec16
#elif LANES == 8
#define VECTOR_NAME(name) name##_vec8
#elif LANES == 4
#define VECTOR_NAME(name) name##_vec4
#else
#error "LANES must be 16, 8 or 4"
#endif

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

/* The same, anywhere in memory. */
typedef float vec_unaligned
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

typedef float vec4 __attribute__((vector_size(4 * sizeof(float))));
typedef float vec8 __attribute__((vector_size(8 * sizeof(float))));

/*
 * Before a loop over vectors that have to stay in registers, with a constant number of at most 8 or 24 iterations: the
 * compiler unrolls it before it assigns registers.
 */
#ifdef __clang__
#define VECTOR_UNROLL      _Pragma("unroll 8")
#define VECTOR_UNROLL_TILE _Pragma("unroll 24")
#else
#define VECTOR_UNROLL      _Pragma("GCC unroll 8")
#define VECTOR_UNROLL_TILE _Pragma("GCC unroll 24")
#endif

#endif
