/* The forward kernels of a direct convolution: vectors of neighbouring outputs of a row, or of output channels. */
#include "base/vector_tmpl.h"
#include "kernels.h"

/*
 * A tile's sums and their operands fill the registers: 32 of 16 lanes with AVX-512, 16 of fewer lanes elsewhere.
 */
enum {
    MOST_CHANNELS = 8, /* with 16 lanes, else CHANNELS */
    CHANNELS = 6,
    COLUMNS = 2,
    MOST_PIXELS = 10,
    PIXELS = 6,
};

/*
 * `columns` vectors of outputs from at on, gap apart, of `channels` maps. channels, columns and kernel_w are
 * constants wherever this is inlined, so that the sums stay in registers.
 */
VECTOR_INLINE void tile(float *z, size_t map, const float *w, const struct geometry *g, int at,
                        int channels, int columns, int gap, int kernel_w)
{
    vec sums[MOST_CHANNELS][COLUMNS], x[COLUMNS];
    for (int r = 0; r < channels; r++)
        for (int c = 0; c < columns; c++)
            sums[r][c] = (vec){0};
    for (int i = 0; i < g->inputs; i++)
        for (int ky = 0; ky < g->kernel_h; ky++) {
            const float *run = g->x + (size_t)i * g->map + (size_t)ky * g->row + at;
            VECTOR_UNROLL
            for (int kx = 0; kx < kernel_w; kx++, run += g->n, w++) {
                for (int c = 0; c < columns; c++)
                    memcpy(&x[c], run + c * gap, sizeof(vec));
                for (int r = 0; r < channels; r++)
                    for (int c = 0; c < columns; c++)
                        sums[r][c] += w[r * g->taps] * x[c];
            }
        }
    for (int r = 0; r < channels; r++)
        for (int c = 0; c < columns; c++)
            memcpy(z + (size_t)r * map + at + c * gap, &sums[r][c], sizeof(vec));
}

VECTOR_INLINE void pixel(float *z, size_t map, const float *w, const struct geometry *g, int at,
                         int channels)
{
    for (int r = 0; r < channels; r++) {
        float sum = 0;
        for (int i = 0; i < g->inputs; i++)
            for (int ky = 0; ky < g->kernel_h; ky++) {
                const float *run = g->x + (size_t)i * g->map + (size_t)ky * g->row + at;
                for (int kx = 0; kx < g->kernel_w; kx++, run += g->n)
                    sum += *w++ * *run;
            }
        z[(size_t)r * map + (size_t)at] = sum;
    }
}

/* A row of `channels` maps. The last vectors end where the row ends, and may repeat what those before have done. */
VECTOR_INLINE void row_of(float *z, size_t map, const float *w, const struct geometry *g,
                          int channels, int columns, int kernel_w)
{
    int at = 0;
    for (; at + columns * LANES <= g->width; at += columns * LANES)
        tile(z, map, w, g, at, channels, columns, LANES, kernel_w);
    if (columns == 2 && g->width - at > LANES)
        tile(z, map, w, g, at, channels, 2, g->width - at - LANES, kernel_w);
    else if (at < g->width && g->width >= LANES)
        tile(z, map, w, g, g->width - LANES, channels, 1, 0, kernel_w);
    for (; at < g->width && g->width < LANES; at++)
        pixel(z, map, w, g, at, channels);
}

VECTOR_INLINE void row(float *z, size_t map, const float *w, const struct geometry *g, int columns,
                       int kernel_w)
{
    const int outputs = g->outputs;
    int o = 0;
    for (; LANES == 16 && columns == COLUMNS && o + MOST_CHANNELS <= outputs; o += MOST_CHANNELS)
        row_of(z + (size_t)o * map, map, w + o * g->taps, g, MOST_CHANNELS, columns, kernel_w);
    for (; o + CHANNELS <= outputs; o += CHANNELS)
        row_of(z + (size_t)o * map, map, w + o * g->taps, g, CHANNELS, columns, kernel_w);
    for (; o + 4 <= outputs; o += 4)
        row_of(z + (size_t)o * map, map, w + o * g->taps, g, 4, columns, kernel_w);
    for (; o < outputs; o++)
        row_of(z + (size_t)o * map, map, w + o * g->taps, g, 1, columns, kernel_w);
}

void VECTOR_NAME(direct_forward)(float *z, size_t map, const float *weights,
                                 const struct geometry *g)
{
    if (g->kernel_w == 5) /* as a constant, for LeNet's kernels */
        row(z, map, weights, g, COLUMNS, 5);
    else
        row(z, map, weights, g, LANES == 16 ? 1 : COLUMNS, g->kernel_w);
}

/* `pixels` of the row from at on, in a vector of output channels for each; taps are step apart in wt. */
VECTOR_INLINE void outputs_tile(float *z, size_t map, const float *wt, size_t step,
                                const struct geometry *g, int at, int pixels)
{
    vec sums[MOST_PIXELS], w;
    for (int p = 0; p < pixels; p++)
        sums[p] = (vec){0};
    for (int i = 0; i < g->inputs; i++)
        for (int ky = 0; ky < g->kernel_h; ky++) {
            const float *run = g->x + (size_t)i * g->map + (size_t)ky * g->row + at;
            for (int kx = 0; kx < g->kernel_w; kx++, run += g->n, wt += step) {
                memcpy(&w, wt, sizeof(vec));
                for (int p = 0; p < pixels; p++)
                    sums[p] += run[p] * w;
            }
        }
    for (size_t lane = 0; lane < LANES; lane++)
        for (int p = 0; p < pixels; p++)
            z[lane * map + (size_t)(at + p)] = sums[p][lane];
}

void VECTOR_NAME(direct_forward_outputs)(float *z, size_t map, const float *wt,
                                         const struct geometry *g)
{
    const size_t outputs = (size_t)g->outputs;
    for (size_t o = 0; o < outputs; o += LANES) {
        int at = 0;
        for (; at + MOST_PIXELS <= g->width; at += MOST_PIXELS)
            outputs_tile(z + o * map, map, wt + o, outputs, g, at, MOST_PIXELS);
        for (; at + PIXELS <= g->width; at += PIXELS)
            outputs_tile(z + o * map, map, wt + o, outputs, g, at, PIXELS);
        for (; at + 4 <= g->width; at += 4)
            outputs_tile(z + o * map, map, wt + o, outputs, g, at, 4);
        for (; at < g->width; at++)
            outputs_tile(z + o * map, map, wt + o, outputs, g, at, 1);
    }
}
