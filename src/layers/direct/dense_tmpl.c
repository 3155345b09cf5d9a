/* The kernels of dense layers: a micro-batch of samples, or a single one. */
#include <stdint.h>

#include "base/vector_tmpl.h"
#include "kernels.h"

/* A sample is a lane: of one vector with AVX-512, of two with AVX2, of four elsewhere. */
enum { MOST_OUTPUTS = 24, VECTORS = MICRO_BATCH / LANES };

_Static_assert(MICRO_BATCH % LANES == 0, "a micro-batch is whole vectors");

/* y (outputs, MICRO_BATCH) = b + W x; outputs is a constant wherever this is inlined. */
VECTOR_INLINE void tile(float *y, const float *b, const float *w, const float *x, size_t inputs,
                        int outputs)
{
    vec sums[MOST_OUTPUTS][VECTORS], run[VECTORS];
    VECTOR_UNROLL_TILE
    for (int o = 0; o < outputs; o++)
        for (int v = 0; v < VECTORS; v++)
            sums[o][v] = (vec){0} + b[o];
    for (size_t k = 0; k < inputs; k++) {
        for (int v = 0; v < VECTORS; v++)
            memcpy(&run[v], x + k * MICRO_BATCH + v * LANES, sizeof(vec));
        VECTOR_UNROLL_TILE
        for (int o = 0; o < outputs; o++)
            for (int v = 0; v < VECTORS; v++)
                sums[o][v] += w[(size_t)o * inputs + k] * run[v];
    }
    VECTOR_UNROLL_TILE
    for (int o = 0; o < outputs; o++)
        for (int v = 0; v < VECTORS; v++)
            memcpy(y + o * MICRO_BATCH + v * LANES, &sums[o][v], sizeof(vec));
}

/* Tiles of count outputs from output o on, as long as count outputs are left; returns the next output. */
VECTOR_INLINE int tiles(float *y, const float *b, const float *w, const float *x, size_t inputs,
                        int outputs, int o, int count)
{
    for (; o + count <= outputs; o += count)
        tile(y + o * MICRO_BATCH, b + o, w + (size_t)o * inputs, x, inputs, count);
    return o;
}

void VECTOR_NAME(direct_affine)(float *y, const float *b, const float *w, const float *x,
                                size_t inputs, int outputs)
{
    int o = 0;
    if (LANES == 16) {
        o = tiles(y, b, w, x, inputs, outputs, o, MOST_OUTPUTS);
        o = tiles(y, b, w, x, inputs, outputs, o, MOST_OUTPUTS / 2);
    }
    if (LANES >= 8)
        o = tiles(y, b, w, x, inputs, outputs, o, 6);
    o = tiles(y, b, w, x, inputs, outputs, o, 2);
    tiles(y, b, w, x, inputs, outputs, o, 1);
}

/* A row of W meets x with SUMS partial sums: in one vector with AVX-512, in two elsewhere. */
enum {
    SINGLE_VECTORS = LANES == 16 ? 1 : 2,
    SUMS = SINGLE_VECTORS * LANES,
    ROWS = SINGLE_OUTPUTS,
};

_Static_assert(ROWS == 4, "reduce_lanes() returns four sums");
_Static_assert((int)SUMS <= (int)SINGLE_INPUTS, "a row has a vector of inputs, or more");

typedef int32_t mask __attribute__((vector_size(LANES * sizeof(int32_t))));

static const int32_t places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The sums of neighbours in a and in b: in each half of the result a's are left of b's. */
VECTOR_INLINE void add_neighbours(vec8 *sums, const vec8 *a, const vec8 *b)
{
    *sums = __builtin_shufflevector(*a, *b, 0, 2, 8, 10, 4, 6, 12, 14) +
            __builtin_shufflevector(*a, *b, 1, 3, 9, 11, 5, 7, 13, 15);
}

/* A row's partial sums in eight. */
VECTOR_INLINE void halve(vec8 *half, const vec sums[SINGLE_VECTORS])
{
#if LANES == 16
    *half = __builtin_shufflevector(sums[0], sums[0], 0, 1, 2, 3, 4, 5, 6, 7) +
            __builtin_shufflevector(sums[0], sums[0], 8, 9, 10, 11, 12, 13, 14, 15);
#elif LANES == 8
    *half = sums[0] + sums[1];
#else
    *half = __builtin_shufflevector(sums[0], sums[1], 0, 1, 2, 3, 4, 5, 6, 7);
#endif
}

/* The sums of four vectors. */
VECTOR_INLINE void reduce_lanes(vec4 *reduced, const vec8 sums[4])
{
    vec8 pairs[2], all;
    add_neighbours(&pairs[0], &sums[0], &sums[1]);
    add_neighbours(&pairs[1], &sums[2], &sums[3]);
    add_neighbours(&all, &pairs[0], &pairs[1]);
    *reduced = __builtin_shufflevector(all, all, 0, 1, 2, 3) +
               __builtin_shufflevector(all, all, 4, 5, 6, 7);
}

/* The last SUMS inputs, with 0 for those that whole vectors have covered. */
VECTOR_INLINE void load_last(vec last[SINGLE_VECTORS], const float *x, size_t inputs)
{
    const size_t whole = inputs / SUMS * SUMS;
    for (size_t v = 0; v < SINGLE_VECTORS; v++) {
        mask left;
        memcpy(&last[v], x + inputs - SUMS + v * LANES, sizeof(vec));
        memcpy(&left, places + v * LANES, sizeof(left));
        left = left >= (int32_t)(SUMS + whole - inputs);
        last[v] = (vec)((mask)last[v] & left);
    }
}

/* y (ROWS) = b + W x */
VECTOR_INLINE void single_tile(float *y, const float *b, const float *w, const float *x,
                               const vec last[SINGLE_VECTORS], size_t inputs)
{
    vec sums[ROWS][SINGLE_VECTORS], weights, values;
    vec8 halves[ROWS];
    vec4 result, biases;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t v = 0; v < SINGLE_VECTORS; v++)
            sums[i][v] = (vec){0};
    for (size_t k = 0; k < inputs / SUMS * SUMS; k += SUMS)
        for (size_t v = 0; v < SINGLE_VECTORS; v++) {
            memcpy(&values, x + k + v * LANES, sizeof(values));
            for (size_t i = 0; i < ROWS; i++) {
                memcpy(&weights, w + i * inputs + k + v * LANES, sizeof(weights));
                sums[i][v] += weights * values;
            }
        }
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t v = 0; v < SINGLE_VECTORS; v++) {
            memcpy(&weights, w + (i + 1) * inputs - SUMS + v * LANES, sizeof(weights));
            sums[i][v] += weights * last[v];
        }
        halve(&halves[i], sums[i]);
    }
    reduce_lanes(&result, halves);
    memcpy(&biases, b, sizeof(biases));
    result += biases;
    memcpy(y, &result, sizeof(result));
}

/* The last tile ends where the outputs end, and may repeat some of the one before. */
void VECTOR_NAME(direct_affine_single)(float *y, const float *b, const float *w, const float *x,
                                       size_t inputs, int outputs)
{
    vec last[SINGLE_VECTORS];
    load_last(last, x, inputs);
    for (int next = 0; next < outputs; next += ROWS) {
        const int o = next + ROWS <= outputs ? next : outputs - ROWS;
        single_tile(y + o, b + o, w + (size_t)o * inputs, x, last, inputs);
    }
}
