/*
 * Products without SGEMM.
 *
 * Convolution straight from the maps, without lowering and without packing. As the samples of a pixel lie
 * side by side, a row of outputs sees a contiguous run of its input through every tap, so sums stay in registers
 * over all taps. Unpadded, with stride 1 and all connections.
 *
 * The blas backend has it where a product is too small for SGEMM: a handful of outputs, as C1's, or the short
 * rows of a single image. The direct backend has it for every layer it can do.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include "base/vector.h"
#include "layers/contract.h"

enum { DIRECT_LANES = WIDE_LANES }; /* partial sums per gradient */

/* Whether these can do a layer at all, and whether they serve it better than SGEMM does. */
bool direct_can(const struct layer *layer);
bool direct_pays(const struct layer *layer, int n, bool training);

/* The contract's two operations for that layer and, with span > 1, its activation and pooling; span <= 3. */
void direct_forward_maps(const struct layer *layer, const struct layer_call *call, int span);
void direct_backward_maps(const struct layer *layer, const struct layer_call *call, int span);

/* Floats of saved and workspace for both; monotone in n. */
size_t direct_saved_size(const struct layer *layer, int n);
size_t direct_workspace_size(const struct layer *layer, int n);

/* The kernels. A map of z has rows of out.w * n, and maps are map floats apart. */

/* z: row h of the outputs, without biases. */
void direct_forward(float *z, size_t map, const float *weights, const float *x,
                    const struct layer *layer, int n, int h);

/*
 * The same with outputs in a vector's lanes, better where there are many outputs and rows are short, and a
 * multiple of DIRECT_LANES: wt (taps, outputs) are the weights transposed.
 */
bool direct_wants_outputs(const struct layer *layer, int n);
void direct_forward_outputs(float *z, size_t map, const float *wt, const float *x,
                            const struct layer *layer, int n, int h);

/*
 * sums (weights, DIRECT_LANES) += the weights' gradient from `rows` rows of outputs from h on; those from
 * row 0 on begin the sums. A row of dz is row floats behind the one before.
 */
void direct_gradient(float *sums, const float *dz, size_t map, size_t row, const float *x,
                     const struct layer *layer, int n, int h, int rows);

/*
 * y (outputs, DIRECT_LANES) = b + W x, for DIRECT_LANES samples: a dense layer whose sums stay in registers over all
 * inputs. OpenBLAS's product with so few columns reaches 0.7 of the CPU's speed; those of the gradients 0.85.
 */
void direct_affine(float *y, const float *b, const float *w, const float *x, size_t inputs,
                   int outputs);

/* dweights = each DIRECT_LANES of sums, added up in order */
void direct_fold(float *dweights, const float *sums, size_t count);

/* wt (kernel.h, outputs, kernel.w, inputs) from the weights (outputs, inputs, kernel.h, kernel.w) */
void direct_turn(float *wt, const float *weights, const struct layer *layer);

/*
 * dx += the input's gradient from those rows, which have to come in their order: those that no row before has seen
 * begin there. Before and behind each row of dz are direct_edge() zeros, and the rest of the last vector is behind the
 * last of them; wt as above.
 */
void direct_input_gradient(float *dx, const float *wt, const float *dz, size_t map, size_t row,
                           const struct layer *layer, int n, int h, int rows);

/* Floats that a kernel sees beyond either end of a row of dz here: (kernel.w - 1) * n, or none. */
size_t direct_edge(const struct layer *layer, int n);

#endif
