#include "direct.h"

#include <string.h>

/* A sample is a lane: of one vector with AVX-512, of two with AVX2, of four elsewhere. */
enum { MOST_OUTPUTS = 24, MOST_VECTORS = MICRO_BATCH / FEW_LANES };

/* All sums of a tile. */
#define EACH_SUM(VECTORS)             \
    VECTOR_UNROLL_TILE                \
    for (int o = 0; o < outputs; o++) \
        for (int v = 0; v < VECTORS; v++)

/* y (outputs, MICRO_BATCH) = b + W x; outputs is a constant wherever this is inlined. */
#define AFFINE_TILE(lanes, LANES)                                                             \
    VECTOR_INLINE void lanes##_tile(float *y, const float *b, const float *w, const float *x, \
                                    size_t inputs, int outputs)                               \
    {                                                                                         \
        enum { VECTORS = MICRO_BATCH / LANES };                                               \
        lanes sums[MOST_OUTPUTS][MOST_VECTORS], run[MOST_VECTORS];                            \
        EACH_SUM(VECTORS)                                                                     \
        sums[o][v] = (lanes){0} + b[o];                                                       \
        for (size_t k = 0; k < inputs; k++) {                                                 \
            for (int v = 0; v < VECTORS; v++)                                                 \
                memcpy(&run[v], x + k * MICRO_BATCH + v * LANES, sizeof(lanes));              \
            EACH_SUM(VECTORS)                                                                 \
            sums[o][v] += w[(size_t)o * inputs + k] * run[v];                                 \
        }                                                                                     \
        EACH_SUM(VECTORS)                                                                     \
        memcpy(y + o * MICRO_BATCH + v * LANES, &sums[o][v], sizeof(lanes));                  \
    }

AFFINE_TILE(wide_lanes, WIDE_LANES)
AFFINE_TILE(narrow_lanes, NARROW_LANES)
AFFINE_TILE(few_lanes, FEW_LANES)

/* As many tiles of so many outputs as there are from o on; where they end. */
VECTOR_INLINE int affine_tiles(float *y, const float *b, const float *w, const float *x,
                               size_t inputs, int outputs, int o, int count, int lanes)
{
    for (; o + count <= outputs; o += count)
        VECTOR_OF(lanes, tile, y + o * MICRO_BATCH, b + o, w + (size_t)o * inputs, x, inputs,
                  count);
    return o;
}

VECTOR_INLINE void affine(float *y, const float *b, const float *w, const float *x, size_t inputs,
                          int outputs, int lanes)
{
    int o = 0;
    if (lanes == WIDE_LANES) {
        o = affine_tiles(y, b, w, x, inputs, outputs, o, MOST_OUTPUTS, lanes);
        o = affine_tiles(y, b, w, x, inputs, outputs, o, MOST_OUTPUTS / 2, lanes);
    }
    if (lanes >= NARROW_LANES)
        o = affine_tiles(y, b, w, x, inputs, outputs, o, 6, lanes);
    o = affine_tiles(y, b, w, x, inputs, outputs, o, 2, lanes);
    affine_tiles(y, b, w, x, inputs, outputs, o, 1, lanes);
}

VECTOR_BY_WIDTH(affine,
                (float *y, const float *b, const float *w, const float *x, size_t inputs,
                 int outputs),
                y, b, w, x, inputs, outputs)

void direct_affine(float *y, const float *b, const float *w, const float *x, size_t inputs,
                   int outputs)
{
    affine_by_width(y, b, w, x, inputs, outputs);
}
