#include "direct.h"

#include <string.h>

#include "../vector.h"
#include "view.h"

/*
 * Vectors of sums in a tile. One of 16 lanes is one register of AVX-512, which has 32 of them, and two of
 * AVX2's 16; so there are two sizes of tiles, and with their operands they fill the registers.
 */
enum {
    LANES = DIRECT_LANES,
    ROWS = 6,
    MOST_ROWS = 8,
    MOST_COLUMNS = 2, /* else 1 */
    PIXELS = 6,
    MOST_PIXELS = 10,
};

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

bool direct_can(const struct layer *layer)
{
    return layer_is_plain(layer) && !layer->row.connections;
}

bool direct_pays(const struct layer *layer, int n, bool training)
{
    const int width = layer->out.w * n;
    const bool few = layer->out.c <= 8 && layer_taps(layer) <= 64;
    const bool thin = !training && width < 2 * LANES &&
                      (width >= LANES || layer->out.c % LANES == 0);
    return direct_can(layer) && (few || thin);
}

bool direct_wants_outputs(const struct layer *layer, int n)
{
    return layer->out.c % LANES == 0 && layer->out.w * n < 2 * LANES;
}

/*
 * Vectors of outputs from at on, gap apart. rows and columns are constants wherever this is inlined, so
 * that the sums stay in registers.
 */
VECTOR_INLINE void forward_tile(float *z, size_t map, const float *w, const struct view *v, int at,
                                int rows, int columns, int gap, int kernel_w)
{
    lanes sums[MOST_ROWS][MOST_COLUMNS], x[MOST_COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            sums[r][c] = (lanes){0};
    for (int i = 0; i < v->inputs; i++)
        for (int ky = 0; ky < v->kernel_h; ky++) {
            const float *run = v->x + (size_t)i * v->map + (size_t)ky * v->row + at;
#pragma GCC unroll 5
            for (int kx = 0; kx < kernel_w; kx++, run += v->n, w++) {
                for (int c = 0; c < columns; c++)
                    memcpy(&x[c], run + c * gap, sizeof(lanes));
                for (int r = 0; r < rows; r++)
                    for (int c = 0; c < columns; c++)
                        sums[r][c] += w[r * v->taps] * x[c];
            }
        }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            memcpy(z + (size_t)r * map + at + c * gap, &sums[r][c], sizeof(lanes));
}

VECTOR_INLINE void forward_pixel(float *z, size_t map, const float *w, const struct view *v, int at,
                                 int rows)
{
    for (int r = 0; r < rows; r++) {
        float sum = 0;
        for (int i = 0; i < v->inputs; i++)
            for (int ky = 0; ky < v->kernel_h; ky++) {
                const float *run = v->x + (size_t)i * v->map + (size_t)ky * v->row + at;
                for (int kx = 0; kx < v->kernel_w; kx++, run += v->n)
                    sum += *w++ * *run;
            }
        z[(size_t)r * map + (size_t)at] = sum;
    }
}

/* The last vectors end where the row ends, and may do again what those before have done. */
VECTOR_INLINE void forward_rows(float *z, size_t map, const float *w, const struct view *v,
                                int rows, int columns, int kernel_w)
{
    int at = 0;
    for (; at + columns * LANES <= v->width; at += columns * LANES)
        forward_tile(z, map, w, v, at, rows, columns, LANES, kernel_w);
    if (columns == 2 && v->width - at > LANES)
        forward_tile(z, map, w, v, at, rows, 2, v->width - at - LANES, kernel_w);
    else if (at < v->width && v->width >= LANES)
        forward_tile(z, map, w, v, v->width - LANES, rows, 1, 0, kernel_w);
    for (; at < v->width && v->width < LANES; at++)
        forward_pixel(z, map, w, v, at, rows);
}

VECTOR_INLINE void forward_all(float *z, size_t map, const float *w, const struct view *v,
                               int outputs, int columns, int kernel_w)
{
    int o = 0;
    for (; columns == MOST_COLUMNS && o + MOST_ROWS <= outputs; o += MOST_ROWS)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, MOST_ROWS, columns, kernel_w);
    for (; o + ROWS <= outputs; o += ROWS)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, ROWS, columns, kernel_w);
    for (; o + 4 <= outputs; o += 4)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, 4, columns, kernel_w);
    for (; o < outputs; o++)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, 1, columns, kernel_w);
}

VECTOR_CLONES
void direct_forward(float *z, size_t map, const float *weights, const float *x,
                    const struct layer *layer, int n, int h)
{
    const struct view v = view_of(x, layer, n, h);
    const bool wide = vector_is_wide();
    if (v.kernel_w == 5 && wide) /* as a constant, for LeNet's kernels */
        forward_all(z, map, weights, &v, layer->out.c, MOST_COLUMNS, 5);
    else if (v.kernel_w == 5)
        forward_all(z, map, weights, &v, layer->out.c, 1, 5);
    else
        forward_all(z, map, weights, &v, layer->out.c, 1, v.kernel_w);
}

/* `pixels` of the row from at on, in a vector of outputs for each; taps are step apart in wt. */
VECTOR_INLINE void outputs_tile(float *z, size_t map, const float *wt, size_t step,
                                const struct view *v, int at, int pixels)
{
    lanes sums[MOST_PIXELS], w;
    for (int p = 0; p < pixels; p++)
        sums[p] = (lanes){0};
    for (int i = 0; i < v->inputs; i++)
        for (int ky = 0; ky < v->kernel_h; ky++) {
            const float *run = v->x + (size_t)i * v->map + (size_t)ky * v->row + at;
            for (int kx = 0; kx < v->kernel_w; kx++, run += v->n, wt += step) {
                memcpy(&w, wt, sizeof(lanes));
                for (int p = 0; p < pixels; p++)
                    sums[p] += run[p] * w;
            }
        }
    for (int lane = 0; lane < LANES; lane++)
        for (int p = 0; p < pixels; p++)
            z[(size_t)lane * map + (size_t)(at + p)] = sums[p][lane];
}

VECTOR_CLONES
void direct_forward_outputs(float *z, size_t map, const float *wt, const float *x,
                            const struct layer *layer, int n, int h)
{
    const struct view v = view_of(x, layer, n, h);
    const size_t step = (size_t)layer->out.c;
    const bool wide = vector_is_wide();
    for (size_t o = 0; o < step; o += LANES) {
        int at = 0;
        for (; wide && at + MOST_PIXELS <= v.width; at += MOST_PIXELS)
            outputs_tile(z + o * map, map, wt + o, step, &v, at, MOST_PIXELS);
        for (; at + PIXELS <= v.width; at += PIXELS)
            outputs_tile(z + o * map, map, wt + o, step, &v, at, PIXELS);
        for (; at + 4 <= v.width; at += 4)
            outputs_tile(z + o * map, map, wt + o, step, &v, at, 4);
        for (; at < v.width; at++)
            outputs_tile(z + o * map, map, wt + o, step, &v, at, 1);
    }
}
