/*
 * Whole-map convolution: a map's rows, in the input's pitch, are one long run, and every tap is the same run shifted.
 * The last columns of each row, where the kernel would reach over the edge, are computed in vain and dropped. So the
 * vectors are long even for a single sample, and a table of connections costs as many kernels as it has and no more.
 * Without padding, with stride 1.
 */
#ifndef WHOLE_MAP_H
#define WHOLE_MAP_H

#include "base/vector.h"
#include "layers/contract.h"

/* Whether a layer's maps of n samples are long enough for a vector. */
bool whole_map_can(const struct layer *layer, int n);

/* The contract's two operations, fused with the layers behind as in direct.h. */
void whole_map_forward(const struct layer *layer, const struct layer_call *call, int fused);
void whole_map_backward(const struct layer *layer, const struct layer_call *call, int fused);

/* Floats of saved and workspace for both; monotone in n. */
size_t whole_map_saved_size(const struct layer *layer, int n);
size_t whole_map_workspace_size(const struct layer *layer, int n);

/* The kernels. */

/* The sizes of one call, in floats. */
struct whole_map {
    size_t pitch, map; /* a row and a map of the input */
    size_t reach;      /* from a window's first tap to its last */
    size_t run;        /* of outputs in the input's pitch: map - reach */
    size_t room;       /* of a run with reach zeros before and behind it */
    size_t width;      /* of a row of outputs */
    int kernel_h, kernel_w, taps, n;
};

/*
 * One map z (length) as the sum over count maps x, which are apart floats from each other: map i has the kernel of
 * number links[i * step], -1 = none.
 */
VECTOR_KERNEL(whole_map_correlate,
              (float *z, const float *x, size_t apart, const float *w, const int *links, int step,
               int count, const struct whole_map *m, size_t length),
              (z, x, apart, w, links, step, count, m, length))

/* dw (kernel.h, kernel.w) of the kernel between a map x and a run dz. */
VECTOR_KERNEL(whole_map_weight_gradient,
              (float *dw, const float *dz, const float *x, const struct whole_map *m),
              (dw, dz, x, m))

/* Floats of the widest vector here: with more the runs of a single sample are too short. */
enum { WHOLE_MAP_MOST_LANES = 8 };

#endif
