/*
 * Products with a handful of rows, as C1's 6 x 25: OpenBLAS has kernels for them only where it has
 * AVX-512; elsewhere it packs about as much as it multiplies and reaches a quarter of its speed. These
 * kernels need no packing. With AVX2 they are 1.7 times (forward) and 3.7 times (gradient) as fast as
 * SGEMM on C1, and slower than it with AVX-512, so conv.c asks before it uses them.
 */
#ifndef NARROW_H
#define NARROW_H

#include <stdbool.h>
#include <stddef.h>

enum { NARROW_LANES = 8 }; /* partial sums per gradient */

/* Whether these serve a W (outputs, k) better than this OpenBLAS does. */
bool narrow_pays(int outputs, int k);

/* Y (outputs, n), rows y_step apart, += W (outputs, k) L (k, n) */
void narrow_forward(float *y, size_t y_step, const float *w, const float *l, int outputs, int k,
                    int n);

/* sums (k, outputs, NARROW_LANES) += L (k, n) dY^T, dY (outputs, n) with rows dy_step apart */
void narrow_gradient(float *sums, const float *l, const float *dy, size_t dy_step, int outputs,
                     int k, int n);

/* gradient (count) = each NARROW_LANES of sums, added up in order */
void narrow_fold(float *gradient, const float *sums, size_t count);

#endif
