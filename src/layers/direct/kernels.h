/* The direct kernels as the templates define them; direct.h says what they compute. */
#ifndef KERNELS_H
#define KERNELS_H

#include "base/vector.h"
#include "geometry.h"

VECTOR_DECLARE(void, direct_forward,
               (float *z, size_t map, const float *weights, const struct geometry *g));
VECTOR_DECLARE(void, direct_forward_outputs,
               (float *z, size_t map, const float *wt, const struct geometry *g));
VECTOR_DECLARE(void, direct_weight_gradient,
               (float *sums, const float *dz, const struct row_block *b));
VECTOR_DECLARE(void, direct_reduce_lanes, (float *dweights, const float *sums, size_t count));
VECTOR_DECLARE(void, direct_input_gradient,
               (float *dx, const float *wt, const float *dz, const struct row_block *b));
VECTOR_DECLARE(void, direct_affine,
               (float *y, const float *b, const float *w, const float *x, size_t inputs,
                int outputs));
VECTOR_DECLARE(void, direct_affine_single,
               (float *y, const float *b, const float *w, const float *x, size_t inputs,
                int outputs));

#endif
