/*
 * Convolution straight from the maps, for the products that are too small for SGEMM: those with a
 * handful of outputs, as C1's, where OpenBLAS has no kernels without packing (elsewhere than on
 * AVX-512 it reaches a quarter of its speed on them), and those of a single image, whose rows are short.
 *
 * As the samples of a pixel lie side by side, a row of outputs sees a contiguous run of its input
 * through every tap: nothing is lowered and nothing is packed. Unpadded, with stride 1 and all
 * connections.
 */
#ifndef DIRECT_H
#define DIRECT_H

#include "../layer.h"

enum { DIRECT_LANES = 8 }; /* partial sums per gradient */

/* Whether these serve a layer better than this OpenBLAS does; gradients only if forward does too. */
bool direct_forward_pays(const struct layer *layer, int n, bool training);
bool direct_gradient_pays(const struct layer *layer);

/*
 * Whether the lanes of a vector are then better outputs than pixels: where there are many outputs and a
 * row is short.
 */
bool direct_wants_outputs(const struct layer *layer, int n);

/* z (outputs, out.w * n), its rows map apart: row h of the outputs, without biases. */
void direct_forward(float *z, size_t map, const float *weights, const float *x,
                    const struct layer *layer, int n, int h);

/* The same with outputs in the lanes: wt (taps, outputs) are the weights transposed. */
void direct_forward_outputs(float *z, size_t map, const float *wt, const float *x,
                            const struct layer *layer, int n, int h);

/* sums (weights, DIRECT_LANES) += the weights' gradient from row h, dz as z above */
void direct_gradient(float *sums, const float *dz, size_t map, const float *x,
                     const struct layer *layer, int n, int h);

/* dweights += each DIRECT_LANES of sums, added up in order */
void direct_fold(float *dweights, const float *sums, size_t count);

#endif
