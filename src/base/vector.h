/*
 * Vector kernels for several CPUs. A kernel is a plain function in a template, NAME_tmpl.c, which includes
 * vector_tmpl.h. Meson compiles each template once per vector width: 16 floats for AVX-512, 8 for AVX2 with FMA, and 4
 * for any CPU. A header declares it by VECTOR_KERNEL; its callers get the build for this CPU.
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

/* Floats in the widest vectors of this CPU: 16, 8 or 4. */
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

/*
 * Declares the builds of a kernel, and defines name(), which calls the one for this CPU. parameters and arguments are
 * in brackets.
 */
#define VECTOR_KERNEL(name, parameters, arguments) \
    VECTOR_DECLARE(void, name, parameters);        \
    static inline void name parameters             \
    {                                              \
        VECTOR_CHOOSE(name) arguments;             \
    }

/* Inlined, so that arguments which are constants become constants in the loops. */
#define VECTOR_INLINE static inline __attribute__((always_inline))

/* y (count) += x; y (count) = value */
VECTOR_KERNEL(vector_add, (float *y, const float *x, size_t count), (y, x, count))
VECTOR_KERNEL(vector_fill, (float *y, float value, size_t count), (y, value, count))

/* sums (rows) = the sum of each row of x (rows, count) */
VECTOR_KERNEL(vector_row_sums, (float *sums, const float *x, int rows, size_t count),
              (sums, x, rows, count))

/* y (cols, rows) = the transpose of x (rows, cols), whose rows are pitch apart */
VECTOR_KERNEL(vector_transpose, (float *y, const float *x, size_t pitch, int rows, int cols),
              (y, x, pitch, rows, cols))

/* dw (outputs, inputs) = dy (outputs) x^T (inputs) */
VECTOR_KERNEL(vector_outer_product,
              (float *dw, const float *dy, const float *x, size_t inputs, int outputs),
              (dw, dy, x, inputs, outputs))

#endif
