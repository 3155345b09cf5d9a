/*
 * A convolution, the activation behind it and 2x2 pooling behind that in one sweep: a few rows of outputs, a
 * strip, go through all of them while they are in cache, and backward the same way. What works out the sums
 * themselves is the caller's: products of lowered rows (conv.c), or kernels that need none (direct.h).
 *
 * A strip is Z (outputs, strip, N) with N = out.w * n; that of the last rows may use less of its room.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "activation.h"
#include "layers/contract.h"
#include "pooling.h"

/* The sizes of one call. */
struct sweep {
    const struct layer *layer;
    const struct activation *activation;
    const struct pooling *pooling; /* NULL = none */
    int outputs, taps, width;      /* O, K, N */
    int rows, strip;               /* of outputs, and of them in a strip */
};

/* span is how many rows of the table take part; strip is of about so many values of a map. */
struct sweep sweep_of(const struct layer *layer, int span, int n, int values);

/* How many rows of outputs there are from h on, up to the end of a strip. */
static inline int sweep_rows(const struct sweep *s, int h)
{
    return s->rows - h < s->strip ? s->rows - h : s->strip;
}

/* Floats of a strip's maps, and of all strips together; no less for a smaller n. */
size_t sweep_strip_size(const struct layer *layer, int n, int values);
size_t sweep_maps_size(const struct layer *layer, int n, int values);

/* Bias, activation and pooling of a strip from row h on; its maps are map floats apart. */
void sweep_finish(const struct sweep *s, const struct layer_call *call, float *z, size_t map,
                  int h);

/*
 * dz, whose maps and rows are so many floats apart, from the gradient behind pooling and activation; what is between
 * the rows of a map is zeros, or becomes that. maps (outputs, strip, N) is the strip as it was before pooling. Adds
 * up the biases' gradients in dbias.
 */
void sweep_gradient(const struct sweep *s, float *dz, size_t map, size_t row, float *dbias,
                    const struct layer_call *call, const float *maps, int h);

#endif
