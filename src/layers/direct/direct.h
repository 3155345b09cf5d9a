/*
 * Convolution and dense layers without BLAS, by kernels that keep their sums in registers.
 *
 * A convolution reads its maps as they are, without im2col and without packing. The samples of a pixel are adjacent,
 * so a row of outputs sees a contiguous run of its input through every tap. Without padding, with stride 1 and
 * all connections. conv_algorithm.c and dense.c say where these kernels serve better than SGEMM.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include "base/vector.h"
#include "layers/contract.h"

/* Partial sums of each weight's gradient, one for each lane of the widest vector; narrower ones use the first. */
enum { PARTIAL_SUMS = VECTOR_MOST_LANES };

/*
 * The contract's two operations for a convolution, fused with the layers behind it: fused = 1 alone, 2 with its
 * activation, 3 with pooling, too.
 */
void direct_conv_forward(const struct layer *layer, const struct layer_call *call, int fused);
void direct_conv_backward(const struct layer *layer, const struct layer_call *call, int fused);

/* Floats of saved and workspace for both; monotone in n. */
size_t direct_conv_saved_size(const struct layer *layer, int n);
size_t direct_conv_workspace_size(const struct layer *layer, int n);

/* The kernels. A map of z has rows of out.w * n, and maps are map floats apart. */

/* z: row h of the outputs, without biases. */
void direct_forward(float *z, size_t map, const float *weights, const float *x,
                    const struct layer *layer, int n, int h);

/*
 * The same with the outputs in a vector's lanes. wt (taps, outputs) are the weights transposed. Faster where there are
 * many outputs and rows are short; the outputs are a multiple of the widest vector's lanes.
 */
bool direct_wants_outputs(const struct layer *layer, int n);
void direct_forward_outputs(float *z, size_t map, const float *wt, const float *x,
                            const struct layer *layer, int n, int h);

/*
 * sums (weights, PARTIAL_SUMS) += the weights' gradient from `rows` rows of outputs from h on; those from
 * row 0 on begin the sums. A row of dz is row floats behind the one before.
 */
void direct_weight_gradient(float *sums, const float *dz, size_t map, size_t row, const float *x,
                            const struct layer *layer, int n, int h, int rows);

/* dweights (count) = each PARTIAL_SUMS of sums, added in order */
VECTOR_KERNEL(direct_reduce_lanes, (float *dweights, const float *sums, size_t count),
              (dweights, sums, count))

/* wt (kernel.h, outputs, kernel.w, inputs) from the weights (outputs, inputs, kernel.h, kernel.w) */
void direct_transpose_weights(float *wt, const float *weights, const struct layer *layer);

/*
 * dx += the input's gradient from those rows. Blocks of rows come in their order; rows of dx that no block before has
 * reached begin here. Before and behind each row of dz are direct_edge() zeros, and behind the last row the rest of a
 * vector; wt as above.
 */
void direct_input_gradient(float *dx, const float *wt, const float *dz, size_t map, size_t row,
                           const struct layer *layer, int n, int h, int rows);

/* Floats that a kernel sees beyond either end of a row of dz here: (kernel.w - 1) * n, or none. */
size_t direct_edge(const struct layer *layer, int n);

/*
 * y (outputs, MICRO_BATCH) = b + W x for MICRO_BATCH samples: a dense layer. With so few columns OpenBLAS's SGEMM
 * reaches 0.7 of the CPU's peak; in the gradients' products it reaches 0.85.
 */
void direct_affine(float *y, const float *b, const float *w, const float *x, size_t inputs,
                   int outputs);

/*
 * y (outputs) = b + W x for one sample. Reading W once is its cost, for which OpenBLAS's SGEMV takes a third longer.
 * inputs and outputs are at least SINGLE_INPUTS and SINGLE_OUTPUTS.
 */
enum { SINGLE_INPUTS = 16, SINGLE_OUTPUTS = 4 };
VECTOR_KERNEL(direct_affine_single,
              (float *y, const float *b, const float *w, const float *x, size_t inputs,
               int outputs),
              (y, b, w, x, inputs, outputs))

#endif
