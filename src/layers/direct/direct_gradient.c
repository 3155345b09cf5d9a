#include <string.h>

#include "direct.h"
#include "view.h"

/*
 * Tiles of sums that fill the registers with their operands: 32 of 16 lanes with AVX-512, 16 of fewer elsewhere.
 * A sum has DIRECT_LANES partial sums in every case; narrower vectors use the first of them.
 */
enum { CHANNELS = 6, COLUMNS = 2 };

/* Some rows of outputs from row h on. */
struct strip {
    struct view v;   /* of the first */
    size_t map, row; /* from one map and row of dz to the next */
    int rows;
    bool first; /* row 0 is among them: there are no sums yet */
};

static struct strip strip_of(const float *x, size_t map, size_t row, const struct layer *layer,
                             int n, int h, int rows)
{
    return (struct strip){view_of(x, layer, n, h), map, row, rows, h == 0};
}

/*
 * The gradients of `taps` neighbouring taps, whose runs start at x, in `outputs` outputs. Both are constants
 * wherever this is inlined. What is volatile is read once: gcc 12 would read it again for every product, which is more
 * than a CPU can.
 */
#define GRADIENT_TILE(lanes, LANES)                                                               \
    VECTOR_INLINE void lanes##_tile(float *sums, const float *dz, const float *x,                 \
                                    const struct strip *s, int outputs, int taps)                 \
    {                                                                                             \
        const int whole = s->v.width / LANES * LANES;                                             \
        lanes total[4][5], d[4], run;                                                             \
        VECTOR_UNROLL                                                                             \
        for (int o = 0; o < outputs; o++) {                                                       \
            VECTOR_UNROLL                                                                         \
            for (int t = 0; t < taps; t++)                                                        \
                if (s->first)                                                                     \
                    total[o][t] = (lanes){0};                                                     \
                else                                                                              \
                    memcpy(&total[o][t], sums + (o * s->v.taps + t) * DIRECT_LANES,               \
                           sizeof(lanes));                                                        \
        }                                                                                         \
        for (int r = 0; r < s->rows; r++, dz += s->row, x += s->v.row) {                          \
            for (int j = 0; j < whole; j += LANES) {                                              \
                VECTOR_UNROLL                                                                     \
                for (int o = 0; o < outputs; o++)                                                 \
                    memcpy(&d[o], dz + (size_t)o * s->map + (size_t)j, sizeof(lanes));            \
                VECTOR_UNROLL                                                                     \
                for (int t = 0; t < taps; t++) {                                                  \
                    run = *(const volatile lanes##_at *)(x + t * s->v.n + j);                     \
                    VECTOR_UNROLL                                                                 \
                    for (int o = 0; o < outputs; o++)                                             \
                        total[o][t] += run * d[o];                                                \
                }                                                                                 \
            }                                                                                     \
            for (int j = whole; j < s->v.width; j++) {                                            \
                VECTOR_UNROLL                                                                     \
                for (int o = 0; o < outputs; o++) {                                               \
                    VECTOR_UNROLL                                                                 \
                    for (int t = 0; t < taps; t++)                                                \
                        total[o][t][0] += x[t * s->v.n + j] * dz[(size_t)o * s->map + (size_t)j]; \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
        VECTOR_UNROLL                                                                             \
        for (int o = 0; o < outputs; o++) {                                                       \
            VECTOR_UNROLL                                                                         \
            for (int t = 0; t < taps; t++) {                                                      \
                float *sum = sums + (o * s->v.taps + t) * DIRECT_LANES;                           \
                memcpy(sum, &total[o][t], sizeof(lanes));                                         \
                if (s->first) /* the others */                                                    \
                    memset(sum + LANES, 0, (DIRECT_LANES - LANES) * sizeof(*sum));                \
            }                                                                                     \
        }                                                                                         \
    }

GRADIENT_TILE(wide_lanes, WIDE_LANES)
GRADIENT_TILE(narrow_lanes, NARROW_LANES)
GRADIENT_TILE(few_lanes, FEW_LANES)

/* All taps of `outputs` outputs. */
VECTOR_INLINE void gradient_outputs(float *sums, const float *dz, const struct strip *s,
                                    int outputs, int lanes)
{
    const int taps = lanes == WIDE_LANES ? 5 : 4;
    for (int i = 0; i < s->v.inputs; i++)
        for (int ky = 0; ky < s->v.kernel_h; ky++) {
            const float *x = s->v.x + (size_t)i * s->v.map + (size_t)ky * s->v.row;
            int kx = 0;
            for (; kx + taps <= s->v.kernel_w; kx += taps, sums += taps * DIRECT_LANES)
                VECTOR_OF(lanes, tile, sums, dz, x + kx * s->v.n, s, outputs, taps);
            for (; kx < s->v.kernel_w; kx++, sums += DIRECT_LANES)
                VECTOR_OF(lanes, tile, sums, dz, x + kx * s->v.n, s, outputs, 1);
        }
}

VECTOR_INLINE void gradient(float *sums, const float *dz, const struct strip *s, int lanes)
{
    const size_t step = (size_t)s->v.taps * DIRECT_LANES;
    const bool is_wide = lanes == WIDE_LANES;
    int o = 0;
    for (; is_wide && o + 4 <= s->v.outputs; o += 4)
        gradient_outputs(sums + (size_t)o * step, dz + (size_t)o * s->map, s, 4, lanes);
    for (; is_wide && o + 2 <= s->v.outputs; o += 2)
        gradient_outputs(sums + (size_t)o * step, dz + (size_t)o * s->map, s, 2, lanes);
    for (; !is_wide && o + 3 <= s->v.outputs; o += 3)
        gradient_outputs(sums + (size_t)o * step, dz + (size_t)o * s->map, s, 3, lanes);
    for (; o < s->v.outputs; o++)
        gradient_outputs(sums + (size_t)o * step, dz + (size_t)o * s->map, s, 1, lanes);
}

VECTOR_BY_WIDTH(gradient, (float *sums, const float *dz, const struct strip *s), sums, dz, s)

void direct_gradient(float *sums, const float *dz, size_t map, size_t row, const float *x,
                     const struct layer *layer, int n, int h, int rows)
{
    const struct strip s = strip_of(x, map, row, layer, n, h, rows);
    gradient_by_width(sums, dz, &s);
}

VECTOR_CLONES
void direct_fold(float *dweights, const float *sums, size_t count)
{
    for (size_t i = 0; i < count; i++, sums += DIRECT_LANES) {
        float sum = 0;
        for (int lane = 0; lane < DIRECT_LANES; lane++)
            sum += sums[lane];
        dweights[i] = sum;
    }
}

void direct_turn(float *wt, const float *weights, const struct layer *layer)
{
    const int inputs = layer->in.c, kernel_h = layer->desc.kernel.h,
              kernel_w = layer->desc.kernel.w;
    for (int ky = 0; ky < kernel_h; ky++)
        for (int o = 0; o < layer->out.c; o++)
            for (int kx = 0; kx < kernel_w; kx++)
                for (int i = 0; i < inputs; i++)
                    *wt++ = weights[((o * inputs + i) * kernel_h + ky) * kernel_w + kx];
}

/*
 * Vectors of `channels` maps of dx, from place `at` of row y on: adds what the rows of outputs say that saw
 * them. channels, columns and ends are constants wherever this is inlined.
 *
 * Few taps reach the ends of a row. Where vectors are pixels, `ends` takes two of its first and those that lie out.w
 * further, among its last: a tap reaches just two of the four, neighbours in this order, so nothing is multiplied by
 * the zeros beyond the outputs.
 */
#define INPUT_TILE(lanes, LANES)                                                                  \
    VECTOR_INLINE void lanes##_taps(lanes sums[CHANNELS][2 * COLUMNS], const float *row,          \
                                    const size_t place[2 * COLUMNS], const float *w,              \
                                    const struct view *v, int first, int last, int channels,      \
                                    int column, int columns)                                      \
    {                                                                                             \
        lanes run[COLUMNS];                                                                       \
        for (int kx = first; kx <= last; kx++) {                                                  \
            for (int c = 0; c < columns; c++)                                                     \
                memcpy(&run[c], row + place[column + c] - kx * v->n, sizeof(lanes));              \
            for (int i = 0; i < channels; i++)                                                    \
                for (int c = 0; c < columns; c++)                                                 \
                    sums[i][column + c] += w[kx * v->inputs + i] * run[c];                        \
        }                                                                                         \
    }                                                                                             \
    VECTOR_INLINE void lanes##_input(float *dx, size_t dx_map, const float *wt, const float *dz,  \
                                     const struct strip *s, int y, int at, int channels,          \
                                     int columns, bool ends)                                      \
    {                                                                                             \
        const int edge = s->v.kernel_w - 1, vectors = ends ? 2 * columns : columns;               \
        const int first = at / s->v.n, last = (at + columns * LANES - 1) / s->v.n; /* pixels */   \
        const int beyond = first - (s->v.width / s->v.n - 1);                                     \
        const int kx_first = beyond > 0 ? beyond : 0, kx_last = last < edge ? last : edge;        \
        const bool fresh = s->first || y >= s->v.kernel_h - 1;                                    \
        const size_t width = (size_t)s->v.width;                                                  \
        const size_t place[2 * COLUMNS] = {0, LANES, width, width + LANES};                       \
        lanes sums[CHANNELS][2 * COLUMNS];                                                        \
        for (int i = 0; i < channels; i++)                                                        \
            for (int c = 0; c < vectors; c++)                                                     \
                if (fresh)                                                                        \
                    sums[i][c] = (lanes){0};                                                      \
                else                                                                              \
                    memcpy(&sums[i][c], dx + (size_t)i * dx_map + place[c], sizeof(lanes));       \
        for (int ky = y < s->rows ? 0 : y - s->rows + 1; ky < s->v.kernel_h && ky <= y; ky++)     \
            for (int o = 0; o < s->v.outputs; o++) {                                              \
                const float *row = dz + (size_t)o * s->map + (size_t)(y - ky) * s->row + at;      \
                const float *w = wt +                                                             \
                                 (size_t)((ky * s->v.outputs + o) * s->v.kernel_w * s->v.inputs); \
                if (ends) {                                                                       \
                    lanes##_taps(sums, row, place, w, &s->v, 0, first, channels, 0, 2);           \
                    lanes##_taps(sums, row, place, w, &s->v, last, last, channels, 1, 2);         \
                    lanes##_taps(sums, row, place, w, &s->v, last + 1, edge, channels, 2, 2);     \
                } else                                                                            \
                    lanes##_taps(sums, row, place, w, &s->v, kx_first, kx_last, channels, 0,      \
                                 columns);                                                        \
            }                                                                                     \
        for (int i = 0; i < channels; i++)                                                        \
            for (int c = 0; c < vectors; c++)                                                     \
                memcpy(dx + (size_t)i * dx_map + place[c], &sums[i][c], sizeof(lanes));           \
    }

INPUT_TILE(wide_lanes, WIDE_LANES)
INPUT_TILE(narrow_lanes, NARROW_LANES)
INPUT_TILE(few_lanes, FEW_LANES)

/* Whether `ends` serves all maps: no vector looks beyond the outputs then. */
static bool has_ends(const struct view *v, int lanes)
{
    return lanes == WIDE_LANES && v->n == lanes && v->kernel_w % 2 == 1 &&
           v->width >= (v->kernel_w - 1) * v->n && v->inputs % CHANNELS == 0;
}

size_t direct_edge(const struct layer *layer, int n)
{
    const float none = 0;
    const struct view v = view_of(&none, layer, n, 0);
    return has_ends(&v, vector_lanes()) ? 0 : (size_t)(v.kernel_w - 1) * (size_t)n;
}

/* All of row y of those maps; dx is its first pixel. What is left at its end goes through a buffer. */
VECTOR_INLINE void input_row(float *dx, const float *wt, const float *dz, const struct strip *s,
                             int y, int channels, int columns, int lanes)
{
    const int edge = (s->v.kernel_w - 1) * s->v.n;
    int width = (int)s->v.row, at = 0;
    if (lanes == WIDE_LANES && columns == COLUMNS && has_ends(&s->v, lanes)) {
        for (; at < edge; at += columns * lanes)
            wide_lanes_input(dx + at, s->v.map, wt, dz, s, y, at, channels, columns, true);
        width -= edge;
    }
    for (; at + columns * lanes <= width; at += columns * lanes)
        VECTOR_OF(lanes, input, dx + at, s->v.map, wt, dz, s, y, at, channels, columns, false);
    for (; at < width; at += lanes) {
        const size_t left = (size_t)(width - at < lanes ? width - at : lanes) * sizeof(float);
        float rest[CHANNELS][WIDE_LANES] = {0};
        for (int i = 0; i < channels; i++)
            memcpy(rest[i], dx + (size_t)i * s->v.map + at, left);
        VECTOR_OF(lanes, input, rest[0], WIDE_LANES, wt, dz, s, y, at, channels, 1, false);
        for (int i = 0; i < channels; i++)
            memcpy(dx + (size_t)i * s->v.map + at, rest[i], left);
    }
}

/* All rows of dx that these rows of outputs saw. */
VECTOR_INLINE void input(float *dx, const float *wt, const float *dz, const struct strip *s,
                         int lanes)
{
    for (int y = 0; y < s->rows + s->v.kernel_h - 1; y++, dx += s->v.row) {
        int i = 0;
        for (; i + CHANNELS <= s->v.inputs; i += CHANNELS)
            input_row(dx + (size_t)i * s->v.map, wt + i, dz, s, y, CHANNELS, COLUMNS, lanes);
        for (; i < s->v.inputs; i++)
            input_row(dx + (size_t)i * s->v.map, wt + i, dz, s, y, 1, 1, lanes);
    }
}

VECTOR_BY_WIDTH(input, (float *dx, const float *wt, const float *dz, const struct strip *s), dx, wt,
                dz, s)

void direct_input_gradient(float *dx, const float *wt, const float *dz, size_t map, size_t row,
                           const struct layer *layer, int n, int h, int rows)
{
    const struct strip s = strip_of(dx, map, row, layer, n, h, rows);
    input_by_width(dx + (size_t)h * s.v.row, wt, dz, &s);
}
