/*
 * im2col by rows: a convolution's input lowered so that every row of outputs is one SGEMM.
 *
 * Only the sideways shifts are written out: lowered row r of map c at tap kx is the padded input
 * row r as the output sees it through that tap, for all n samples, n * out.w long. The lowered rows
 * lie in the order (r, c, kx), so the C*Kh*Kw x n*out.w matrix of output row h is the contiguous
 * block that starts at row h * stride: neighbouring output rows overlap in memory and nothing is
 * copied twice. That is kernel.h times less to write than full im2col (compare Cho & Brand 2017,
 * "MEC").
 */
#ifndef LOWER_H
#define LOWER_H

#include "../layer.h"

/* Floats of one lowered row, in.c * kernel.w * n * out.w, and of all of them. */
size_t lower_row_size(const struct layer *layer, int n);
size_t lower_size(const struct layer *layer, int n);

/* lowered (r, c, kx, n, out.w) from x (in.c, in.h, n, in.w) */
void lower(float *lowered, const float *x, const struct layer *layer, int n);

/* The gradient: dx is overwritten by the sum of what each of its elements was copied to. */
void lower_gradient(float *dx, const float *dlowered, const struct layer *layer, int n);

#endif
