/* The input's gradient of a direct convolution. */
#include "base/vector_tmpl.h"
#include "kernels.h"

/* A tile's sums and their operands fill the registers. */
enum { COLUMNS = 2 };

/* Adds what taps first to last contribute to columns column to column + columns - 1 of a tile. */
VECTOR_INLINE void add_taps(vec sums[INPUT_CHANNELS][2 * COLUMNS], const float *row,
                            const size_t place[2 * COLUMNS], const float *w,
                            const struct geometry *g, int first, int last, int channels, int column,
                            int columns)
{
    vec run[COLUMNS];
    for (int kx = first; kx <= last; kx++) {
        for (int c = 0; c < columns; c++)
            memcpy(&run[c], row + place[column + c] - kx * g->n, sizeof(vec));
        for (int i = 0; i < channels; i++)
            for (int c = 0; c < columns; c++)
                sums[i][column + c] += w[kx * g->inputs + i] * run[c];
    }
}

/*
 * Vectors of `channels` maps of dx, from place `at` of row y on: adds the gradients of the rows of outputs that saw
 * them. channels, columns and ends are constants wherever this is inlined.
 *
 * Few taps reach the ends of a row. Where vectors are pixels, `ends` takes two of its first and those that lie out.w
 * further, among its last: a tap reaches just two of the four, neighbours in this order, so nothing is multiplied by
 * the zeros beyond the outputs.
 */
VECTOR_INLINE void tile(float *dx, size_t dx_map, const float *wt, const float *dz,
                        const struct row_block *b, int y, int at, int channels, int columns,
                        bool ends)
{
    const int edge = b->g.kernel_w - 1, vectors = ends ? 2 * columns : columns;
    const int first = at / b->g.n, last = (at + columns * LANES - 1) / b->g.n; /* pixels */
    const int beyond = first - (b->g.width / b->g.n - 1);
    const int kx_first = beyond > 0 ? beyond : 0, kx_last = last < edge ? last : edge;
    const bool fresh = b->first || y >= b->g.kernel_h - 1;
    const size_t width = (size_t)b->g.width;
    const size_t place[2 * COLUMNS] = {0, LANES, width, width + LANES};
    vec sums[INPUT_CHANNELS][2 * COLUMNS];
    for (int i = 0; i < channels; i++)
        for (int c = 0; c < vectors; c++)
            if (fresh)
                sums[i][c] = (vec){0};
            else
                memcpy(&sums[i][c], dx + (size_t)i * dx_map + place[c], sizeof(vec));
    for (int ky = y < b->rows ? 0 : y - b->rows + 1; ky < b->g.kernel_h && ky <= y; ky++)
        for (int o = 0; o < b->g.outputs; o++) {
            const float *row = dz + (size_t)o * b->map + (size_t)(y - ky) * b->row + at;
            const float *w = wt + (size_t)((ky * b->g.outputs + o) * b->g.kernel_w * b->g.inputs);
            if (ends) {
                add_taps(sums, row, place, w, &b->g, 0, first, channels, 0, 2);
                add_taps(sums, row, place, w, &b->g, last, last, channels, 1, 2);
                add_taps(sums, row, place, w, &b->g, last + 1, edge, channels, 2, 2);
            } else
                add_taps(sums, row, place, w, &b->g, kx_first, kx_last, channels, 0, columns);
        }
    for (int i = 0; i < channels; i++)
        for (int c = 0; c < vectors; c++)
            memcpy(dx + (size_t)i * dx_map + place[c], &sums[i][c], sizeof(vec));
}

/* All of row y of those maps; dx is its first pixel. The rest at its end goes through a buffer. */
VECTOR_INLINE void row_of(float *dx, const float *wt, const float *dz, const struct row_block *b,
                          int y, int channels, int columns)
{
    int width = (int)b->g.row, at = 0;
    if (LANES == 16 && columns == COLUMNS && geometry_has_ends(&b->g, LANES)) {
        const int edge = (b->g.kernel_w - 1) * b->g.n;
        for (; at < edge; at += columns * LANES)
            tile(dx + at, b->g.map, wt, dz, b, y, at, channels, columns, true);
        width -= edge;
    }
    for (; at + columns * LANES <= width; at += columns * LANES)
        tile(dx + at, b->g.map, wt, dz, b, y, at, channels, columns, false);
    for (; at < width; at += LANES) {
        const size_t left = (size_t)(width - at < LANES ? width - at : LANES) * sizeof(float);
        float rest[INPUT_CHANNELS][LANES] = {0};
        for (int i = 0; i < channels; i++)
            memcpy(rest[i], dx + (size_t)i * b->g.map + at, left);
        tile(rest[0], LANES, wt, dz, b, y, at, channels, 1, false);
        for (int i = 0; i < channels; i++)
            memcpy(dx + (size_t)i * b->g.map + at, rest[i], left);
    }
}

/* All rows of dx that these rows of outputs saw. */
void VECTOR_NAME(direct_input_gradient)(float *dx, const float *wt, const float *dz,
                                        const struct row_block *b)
{
    for (int y = 0; y < b->rows + b->g.kernel_h - 1; y++, dx += b->g.row) {
        int i = 0;
        for (; i + INPUT_CHANNELS <= b->g.inputs; i += INPUT_CHANNELS)
            row_of(dx + (size_t)i * b->g.map, wt + i, dz, b, y, INPUT_CHANNELS, COLUMNS);
        for (; i < b->g.inputs; i++)
            row_of(dx + (size_t)i * b->g.map, wt + i, dz, b, y, 1, 1);
    }
}
