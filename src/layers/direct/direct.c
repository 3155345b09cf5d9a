#include "direct.h"

#include <string.h>

#include "view.h"

/*
 * A tile's sums and their operands fill the registers: 32 of 16 lanes with AVX-512, 16 of fewer elsewhere.
 */
enum {
    MOST_ROWS = 8, /* in wide vectors, else ROWS */
    ROWS = 6,
    COLUMNS = 2,
    MOST_PIXELS = 10,
    PIXELS = 6,
};

bool direct_can(const struct layer *layer)
{
    return layer_is_plain(layer) && !layer->desc.connections;
}

bool direct_pays(const struct layer *layer, int n, bool training)
{
    const int width = layer->out.w * n;
    const bool few = layer->out.c <= 8 && layer_taps(layer) <= 64;
    const bool thin = !training && width < 2 * DIRECT_LANES &&
                      (width >= DIRECT_LANES || layer->out.c % DIRECT_LANES == 0);
    return direct_can(layer) && (few || thin);
}

bool direct_wants_outputs(const struct layer *layer, int n)
{
    return layer->out.c % DIRECT_LANES == 0 && layer->out.w * n < 2 * DIRECT_LANES;
}

/*
 * Vectors of outputs from at on, gap apart. rows and columns are constants wherever this is inlined, so
 * that the sums stay in registers.
 */
#define FORWARD_TILE(lanes)                                                                     \
    VECTOR_INLINE void lanes##_tile(float *z, size_t map, const float *w, const struct view *v, \
                                    int at, int rows, int columns, int gap, int kernel_w)       \
    {                                                                                           \
        lanes sums[MOST_ROWS][COLUMNS], x[COLUMNS];                                             \
        for (int r = 0; r < rows; r++)                                                          \
            for (int c = 0; c < columns; c++)                                                   \
                sums[r][c] = (lanes){0};                                                        \
        for (int i = 0; i < v->inputs; i++)                                                     \
            for (int ky = 0; ky < v->kernel_h; ky++) {                                          \
                const float *run = v->x + (size_t)i * v->map + (size_t)ky * v->row + at;        \
                VECTOR_UNROLL                                                                   \
                for (int kx = 0; kx < kernel_w; kx++, run += v->n, w++) {                       \
                    for (int c = 0; c < columns; c++)                                           \
                        memcpy(&x[c], run + c * gap, sizeof(lanes));                            \
                    for (int r = 0; r < rows; r++)                                              \
                        for (int c = 0; c < columns; c++)                                       \
                            sums[r][c] += w[r * v->taps] * x[c];                                \
                }                                                                               \
            }                                                                                   \
        for (int r = 0; r < rows; r++)                                                          \
            for (int c = 0; c < columns; c++)                                                   \
                memcpy(z + (size_t)r * map + at + c * gap, &sums[r][c], sizeof(lanes));         \
    }

FORWARD_TILE(wide_lanes)
FORWARD_TILE(narrow_lanes)
FORWARD_TILE(few_lanes)

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
                                int rows, int columns, int kernel_w, int lanes)
{
    int at = 0;
    for (; at + columns * lanes <= v->width; at += columns * lanes)
        VECTOR_OF(lanes, tile, z, map, w, v, at, rows, columns, lanes, kernel_w);
    if (columns == 2 && v->width - at > lanes)
        VECTOR_OF(lanes, tile, z, map, w, v, at, rows, 2, v->width - at - lanes, kernel_w);
    else if (at < v->width && v->width >= lanes)
        VECTOR_OF(lanes, tile, z, map, w, v, v->width - lanes, rows, 1, 0, kernel_w);
    for (; at < v->width && v->width < lanes; at++)
        forward_pixel(z, map, w, v, at, rows);
}

VECTOR_INLINE void forward_all(float *z, size_t map, const float *w, const struct view *v,
                               int outputs, int columns, int kernel_w, int lanes)
{
    int o = 0;
    for (; lanes == WIDE_LANES && columns == COLUMNS && o + MOST_ROWS <= outputs; o += MOST_ROWS)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, MOST_ROWS, columns, kernel_w,
                     lanes);
    for (; o + ROWS <= outputs; o += ROWS)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, ROWS, columns, kernel_w, lanes);
    for (; o + 4 <= outputs; o += 4)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, 4, columns, kernel_w, lanes);
    for (; o < outputs; o++)
        forward_rows(z + (size_t)o * map, map, w + o * v->taps, v, 1, columns, kernel_w, lanes);
}

VECTOR_INLINE void forward(float *z, size_t map, const float *weights, const struct view *v,
                           int lanes)
{
    if (v->kernel_w == 5) /* as a constant, for LeNet's kernels */
        forward_all(z, map, weights, v, v->outputs, COLUMNS, 5, lanes);
    else
        forward_all(z, map, weights, v, v->outputs, lanes == WIDE_LANES ? 1 : COLUMNS, v->kernel_w,
                    lanes);
}

VECTOR_BY_WIDTH(forward, (float *z, size_t map, const float *weights, const struct view *v), z, map,
                weights, v)

void direct_forward(float *z, size_t map, const float *weights, const float *x,
                    const struct layer *layer, int n, int h)
{
    const struct view v = view_of(x, layer, n, h);
    forward_by_width(z, map, weights, &v);
}

/* `pixels` of the row from at on, in a vector of outputs for each; taps are step apart in wt. */
#define OUTPUTS_TILE(lanes)                                                                \
    VECTOR_INLINE void lanes##_outputs(float *z, size_t map, const float *wt, size_t step, \
                                       const struct view *v, int at, int pixels)           \
    {                                                                                      \
        lanes sums[MOST_PIXELS], w;                                                        \
        for (int p = 0; p < pixels; p++)                                                   \
            sums[p] = (lanes){0};                                                          \
        for (int i = 0; i < v->inputs; i++)                                                \
            for (int ky = 0; ky < v->kernel_h; ky++) {                                     \
                const float *run = v->x + (size_t)i * v->map + (size_t)ky * v->row + at;   \
                for (int kx = 0; kx < v->kernel_w; kx++, run += v->n, wt += step) {        \
                    memcpy(&w, wt, sizeof(lanes));                                         \
                    for (int p = 0; p < pixels; p++)                                       \
                        sums[p] += run[p] * w;                                             \
                }                                                                          \
            }                                                                              \
        for (size_t lane = 0; lane < sizeof(lanes) / sizeof(float); lane++)                \
            for (int p = 0; p < pixels; p++)                                               \
                z[lane * map + (size_t)(at + p)] = sums[p][lane];                          \
    }

OUTPUTS_TILE(wide_lanes)
OUTPUTS_TILE(narrow_lanes)
OUTPUTS_TILE(few_lanes)

VECTOR_INLINE void outputs_row(float *z, size_t map, const float *wt, const struct view *v,
                               int lanes)
{
    const size_t outputs = (size_t)v->outputs;
    for (size_t o = 0; o < outputs; o += (size_t)lanes) {
        int at = 0;
        for (; at + MOST_PIXELS <= v->width; at += MOST_PIXELS)
            VECTOR_OF(lanes, outputs, z + o * map, map, wt + o, outputs, v, at, MOST_PIXELS);
        for (; at + PIXELS <= v->width; at += PIXELS)
            VECTOR_OF(lanes, outputs, z + o * map, map, wt + o, outputs, v, at, PIXELS);
        for (; at + 4 <= v->width; at += 4)
            VECTOR_OF(lanes, outputs, z + o * map, map, wt + o, outputs, v, at, 4);
        for (; at < v->width; at++)
            VECTOR_OF(lanes, outputs, z + o * map, map, wt + o, outputs, v, at, 1);
    }
}

VECTOR_BY_WIDTH(outputs_row, (float *z, size_t map, const float *wt, const struct view *v), z, map,
                wt, v)

void direct_forward_outputs(float *z, size_t map, const float *wt, const float *x,
                            const struct layer *layer, int n, int h)
{
    const struct view v = view_of(x, layer, n, h);
    outputs_row_by_width(z, map, wt, &v);
}
