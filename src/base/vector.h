/*
 * Vector kernels for several CPUs. A kernel is a plain function in a template, NAME_tmpl.c, which includes
 * vector_tmpl.h. Meson compiles each template once per vector width: 16 floats for AVX-512, 8 for AVX2 with FMA, and 4
 * for any CPU. VECTOR_DECLARE declares the builds of a kernel, and VECTOR_CHOOSE takes the one for this CPU.
 */
#ifndef VECTOR_H
#define VECTOR_H

#include <stddef.h>

/* The widest vector of all builds: sizes of buffers and orders of sums refer to it. */
enum { VECTOR_MOST_LANES = 16 };

/*
 * Floats per vector in the kernels that VECTOR_CHOOSE takes: 16, 8 or 4. Set to the CPU's when the library is loaded;
 * tests set fewer.
 */
extern int vector_lanes;

/* The widest vectors that this CPU has and for which a build may exist: 16, 8 or 4. */
int vector_cpu_lanes(void);

/* An object or a function, declarator such as (int x) or [3], in each build. */
#define VECTOR_DECLARE(type, name, declarator) \
    extern type name##_vec4 declarator;        \
    extern type name##_vec8 declarator;        \
    extern type name##_vec16 declarator

#ifdef HAVE_VECTOR_WIDTHS
#define VECTOR_CHOOSE(name) \
    (vector_lanes == 16 ? name##_vec16 : vector_lanes == 8 ? name##_vec8 : name##_vec4)
#else
#define VECTOR_CHOOSE(name) name##_vec4
#endif

/* For loops that are no templates yet: the loader picks the build. */
#ifdef HAVE_TARGET_CLONES
#define VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTOR_CLONES
#endif

/* Inlined, so that arguments which are constants become constants in the loops. */
#define VECTOR_INLINE static inline __attribute__((always_inline))

/* The sum of count values; y += x; y = value. */
float vector_sum(const float *x, size_t count);
void vector_add(float *y, const float *x, size_t count);
void vector_fill(float *y, float value, size_t count);

/* y (cols, rows) = the transpose of x (rows, cols), whose rows are pitch apart */
void vector_transpose(float *y, const float *x, size_t pitch, int rows, int cols);

/* dw (outputs, inputs) = dy (outputs) x^T (inputs) */
void vector_outer_product(float *dw, const float *dy, const float *x, size_t inputs, int outputs);

VECTOR_DECLARE(float, vector_sum, (const float *x, size_t count));
VECTOR_DECLARE(void, vector_add, (float *y, const float *x, size_t count));
VECTOR_DECLARE(void, vector_fill, (float *y, float value, size_t count));
VECTOR_DECLARE(void, vector_transpose,
               (float *y, const float *x, size_t pitch, int rows, int cols));
VECTOR_DECLARE(void, vector_outer_product,
               (float *dw, const float *dy, const float *x, size_t inputs, int outputs));

#endif
