/*
 * im2col by rows: the input of a convolution copied so that every row of outputs is one SGEMM.
 *
 * Only the shifts along a row are written out: row r of map c at tap kx is row r of the padded input
 * as the outputs see it through that tap, for all n samples, out.w * n long. These im2col rows
 * lie in the order (r, c, kx), so the Kh*C*Kw x out.w*n matrix of output row h is the contiguous
 * block that starts at row h * stride: neighbouring output rows overlap in memory and nothing is
 * copied twice. That is kernel.h times less to write than full im2col (compare Cho & Brand 2017,
 * "MEC").
 *
 * Where there is one output row they lie in the order (c, r, kx) instead: that of the weights.
 */
#ifndef IM2COL_H
#define IM2COL_H

#include "base/vector.h"
#include "layers/contract.h"

/* Whether the im2col rows lie in the order of the weights, which then need no packing. */
static inline bool im2col_is_natural(const struct layer *layer)
{
    return (layer->in.c == 1 || layer->out.h == 1) && !layer->desc.connections;
}

/* Rows of the padded input that any output row sees. */
static inline int im2col_rows(const struct layer *layer)
{
    return (layer->out.h - 1) * layer->desc.stride.h + layer->desc.kernel.h;
}

/* Floats of one im2col row of all maps and taps, and of all rows. */
static inline size_t im2col_row_size(const struct layer *layer, int n)
{
    return (size_t)layer->in.c * (size_t)layer->desc.kernel.w * (size_t)layer->out.w * (size_t)n;
}

static inline size_t im2col_size(const struct layer *layer, int n)
{
    return (size_t)im2col_rows(layer) * im2col_row_size(layer, n);
}

/* columns: im2col rows first to last - 1, each (c, kx, out.w, n), from x (in.c, in.h, in.w, n) */
VECTOR_KERNEL(im2col,
              (float *columns, const float *x, const struct layer *layer, int n, int first,
               int last),
              (columns, x, layer, n, first, last))

/* dx += the gradient of those rows, each element where it was copied from */
VECTOR_KERNEL(im2col_gradient,
              (float *dx, const float *dcolumns, const struct layer *layer, int n, int first,
               int last),
              (dx, dcolumns, layer, n, first, last))

#endif
