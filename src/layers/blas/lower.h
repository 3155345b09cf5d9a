/*
 * im2col by rows: a convolution's input lowered so that every row of outputs is one SGEMM.
 *
 * Only the sideways shifts are written out: lowered row r of map c at tap kx is the padded input
 * row r as the output sees it through that tap, for all n samples, out.w * n long. The lowered rows
 * lie in the order (r, c, kx), so the Kh*C*Kw x out.w*n matrix of output row h is the contiguous
 * block that starts at row h * stride: neighbouring output rows overlap in memory and nothing is
 * copied twice. That is kernel.h times less to write than full im2col (compare Cho & Brand 2017,
 * "MEC").
 *
 * Where there is one output row they lie in the order (c, r, kx) instead: the weights' own.
 */
#ifndef LOWER_H
#define LOWER_H

#include "layers/contract.h"

/* Whether lowered rows lie in the order of the weights, which then serve as they are. */
bool lower_is_natural(const struct layer *layer);

/* Rows of the padded input that any output row sees. */
int lower_rows(const struct layer *layer);

/* Floats of one lowered row of all maps and taps, in.c * kernel.w * out.w * n, and of all rows. */
size_t lower_row_size(const struct layer *layer, int n);
size_t lower_size(const struct layer *layer, int n);

/* Rows first to last - 1 of lowered, each (c, kx, out.w, n), from x (in.c, in.h, in.w, n) */
void lower(float *lowered, const float *x, const struct layer *layer, int n, int first, int last);

/* The gradient: to dx is added what each element of those rows was copied from. */
void lower_gradient(float *dx, const float *dlowered, const struct layer *layer, int n, int first,
                    int last);

#endif
