#include "lower.h"

#include <string.h>

#include "../vector.h"

/* Rows of the padded input that any output row sees. */
static int rows(const struct layer *layer)
{
    return (layer->out.h - 1) * layer->row.stride.h + layer->row.kernel.h;
}

size_t lower_row_size(const struct layer *layer, int n)
{
    return (size_t)layer->in.c * (size_t)layer->row.kernel.w * (size_t)n * (size_t)layer->out.w;
}

size_t lower_size(const struct layer *layer, int n)
{
    return (size_t)rows(layer) * lower_row_size(layer, n);
}

/*
 * The outputs ox for which tap kx stays inside the input: from first up to but not including last.
 */
static void inside(const struct layer *layer, int kx, int *first, int *last)
{
    const int stride = layer->row.stride.w, shift = kx - layer->row.padding.w;
    *first = shift < 0 ? (-shift + stride - 1) / stride : 0;
    *last = shift < layer->in.w ? (layer->in.w - 1 - shift) / stride + 1 : 0;
    if (*last > layer->out.w)
        *last = layer->out.w;
    if (*first > *last)
        *first = *last;
}

/*
 * Rows are short (28 or 10 outputs), so most of a plain loop's time would go into its remainder. These
 * work in whole pieces, the last of which ends where the row ends and may overlap the one before.
 */
static inline __attribute__((always_inline)) void
copy_row(float *restrict to, const float *restrict from, int width, int piece)
{
    const int last = width - piece;
    for (int w = 0; w < last; w += piece)
        memcpy(to + w, from + w, (size_t)piece * sizeof(float));
    memcpy(to + last, from + last, (size_t)piece * sizeof(float));
}

/* What overlaps must be added once: the last piece is added up first and stored last. */
static inline __attribute__((always_inline)) void
add_row(float *restrict to, const float *restrict from, int width, int piece)
{
    const int last = width - piece;
    float sums[16];
#pragma omp simd
    for (int k = 0; k < piece; k++)
        sums[k] = to[last + k] + from[last + k];
    for (int w = 0; w < last; w += piece)
#pragma omp simd
        for (int k = 0; k < piece; k++)
            to[w + k] += from[w + k];
    memcpy(to + last, sums, (size_t)piece * sizeof(float));
}

/* to (n, width) from n rows that are apart by pitch, or back into them. */
static inline __attribute__((always_inline)) void copy_rows(float *to, const float *from, int n,
                                                            int width, int pitch)
{
    for (int i = 0; i < n; i++, to += width, from += pitch) {
        if (width >= 16)
            copy_row(to, from, width, 16);
        else if (width >= 8)
            copy_row(to, from, width, 8);
        else
            for (int w = 0; w < width; w++)
                to[w] = from[w];
    }
}

static inline __attribute__((always_inline)) void add_rows(float *to, const float *from, int n,
                                                           int width, int pitch)
{
    for (int i = 0; i < n; i++, to += pitch, from += width) {
        if (width >= 16)
            add_row(to, from, width, 16);
        else if (width >= 8)
            add_row(to, from, width, 8);
        else
            for (int w = 0; w < width; w++)
                to[w] += from[w];
    }
}

/* The same with stride or padding: outputs from first to last see the input, the others zeros. */
static void copy_rows_apart(float *to, const float *from, int n, const struct layer *layer, int kx)
{
    const int stride = layer->row.stride.w, shift = kx - layer->row.padding.w;
    int first, last;
    inside(layer, kx, &first, &last);
    for (int i = 0; i < n; i++, to += layer->out.w, from += layer->in.w)
        for (int w = 0; w < layer->out.w; w++)
            to[w] = w >= first && w < last ? from[w * stride + shift] : 0;
}

static void add_rows_apart(float *to, const float *from, int n, const struct layer *layer, int kx)
{
    const int stride = layer->row.stride.w, shift = kx - layer->row.padding.w;
    int first, last;
    inside(layer, kx, &first, &last);
    for (int i = 0; i < n; i++, to += layer->in.w, from += layer->out.w)
        for (int w = first; w < last; w++)
            to[w * stride + shift] += from[w];
}

static bool is_plain(const struct layer *layer)
{
    return layer->row.stride.w == 1 && layer->row.padding.w == 0;
}

VECTOR_CLONES
void lower(float *lowered, const float *x, const struct layer *layer, int n)
{
    const struct lenet5_shape in = layer->in;
    const int width = layer->out.w, taps = layer->row.kernel.w;
    const bool plain = is_plain(layer);
    for (int r = 0; r < rows(layer); r++)
        for (int c = 0; c < in.c; c++)
            for (int kx = 0; kx < taps; kx++, lowered += (size_t)n * (size_t)width) {
                const int h = r - layer->row.padding.h;
                if (h < 0 || h >= in.h)
                    memset(lowered, 0, (size_t)n * (size_t)width * sizeof(*lowered));
                else if (plain)
                    copy_rows(lowered, x + shape_at(in, n, c, h, 0, kx), n, width, in.w);
                else
                    copy_rows_apart(lowered, x + shape_at(in, n, c, h, 0, 0), n, layer, kx);
            }
}

VECTOR_CLONES
void lower_gradient(float *dx, const float *dlowered, const struct layer *layer, int n)
{
    const struct lenet5_shape in = layer->in;
    const int width = layer->out.w, taps = layer->row.kernel.w;
    const bool plain = is_plain(layer);
    memset(dx, 0, shape_size(in) * (size_t)n * sizeof(*dx));
    for (int r = 0; r < rows(layer); r++)
        for (int c = 0; c < in.c; c++)
            for (int kx = 0; kx < taps; kx++, dlowered += (size_t)n * (size_t)width) {
                const int h = r - layer->row.padding.h;
                if (h < 0 || h >= in.h)
                    continue;
                if (plain)
                    add_rows(dx + shape_at(in, n, c, h, 0, kx), dlowered, n, width, in.w);
                else
                    add_rows_apart(dx + shape_at(in, n, c, h, 0, 0), dlowered, n, layer, kx);
            }
}
