/* Copies the rows of im2col, and adds them back. */
#include "base/vector_tmpl.h"
#include "im2col.h"

/* Where row r of map c at tap kx starts. */
static size_t column_at(const struct layer *layer, int n, int r, int c, int kx)
{
    const int row = im2col_is_natural(layer) ? c * im2col_rows(layer) + r : r * layer->in.c + c;
    return ((size_t)row * (size_t)layer->desc.kernel.w + (size_t)kx) * (size_t)layer->out.w *
           (size_t)n;
}

/*
 * The outputs ox for which tap kx stays inside the input: from first up to but not including last.
 */
static void inside(const struct layer *layer, int kx, int *first, int *last)
{
    const int stride = layer->desc.stride.w, shift = kx - layer->desc.padding.w;
    *first = shift < 0 ? (-shift + stride - 1) / stride : 0;
    *last = shift < layer->in.w ? (layer->in.w - 1 - shift) / stride + 1 : 0;
    if (*last > layer->out.w)
        *last = layer->out.w;
    if (*first > *last)
        *first = *last;
}

/*
 * In whole vectors of size floats, the last of which ends where the run ends and may overlap the one before: a run may
 * be as short as a row of one sample, and most of a plain loop's time would go into its remainder.
 */
VECTOR_INLINE void copy_vectors(float *restrict to, const float *restrict from, size_t count,
                                size_t size)
{
    const size_t last = count - size;
    for (size_t i = 0; i < last; i += size)
        memcpy(to + i, from + i, size * sizeof(float));
    memcpy(to + last, from + last, size * sizeof(float));
}

VECTOR_INLINE void copy(float *restrict to, const float *restrict from, size_t count)
{
    if (count >= 16)
        copy_vectors(to, from, count, 16);
    else if (count >= 8)
        copy_vectors(to, from, count, 8);
    else
        for (size_t i = 0; i < count; i++)
            to[i] = from[i];
}

VECTOR_INLINE void add(float *restrict to, const float *restrict from, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        to[i] += from[i];
}

VECTOR_INLINE void zero(float *to, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        to[i] = 0;
}

/* The part of an im2col row that tap kx fills from the input: which outputs, and from where. */
struct tap {
    size_t before, count, after; /* outputs: in the padding, inside, and in the padding again */
    ptrdiff_t from;              /* the input's pixel of the first one inside */
};

static struct tap tap_of(const struct layer *layer, int kx)
{
    int first, last;
    inside(layer, kx, &first, &last);
    return (struct tap){
        .before = (size_t)first,
        .count = (size_t)(last - first),
        .after = (size_t)(layer->out.w - last),
        .from = first * layer->desc.stride.w + kx - layer->desc.padding.w,
    };
}

/* One im2col row from the input's row x, or back into it. */
VECTOR_INLINE void tap_columns(float *columns, const float *x, const struct tap *tap, size_t stride,
                               size_t n)
{
    const float *from = x + tap->from * (ptrdiff_t)n;
    zero(columns, tap->before * n);
    columns += tap->before * n;
    if (stride == 1)
        copy(columns, from, tap->count * n);
    else
        for (size_t w = 0; w < tap->count; w++)
            copy(columns + w * n, from + w * stride * n, n);
    zero(columns + tap->count * n, tap->after * n);
}

VECTOR_INLINE void tap_gradient(float *dx, const float *dcolumns, const struct tap *tap,
                                size_t stride, size_t n)
{
    float *to = dx + tap->from * (ptrdiff_t)n;
    dcolumns += tap->before * n;
    if (stride == 1)
        add(to, dcolumns, tap->count * n);
    else
        for (size_t w = 0; w < tap->count; w++)
            add(to + w * stride * n, dcolumns + w * n, n);
}

void VECTOR_NAME(im2col)(float *columns, const float *x, const struct layer *layer, int n,
                         int first, int last)
{
    const size_t width = (size_t)layer->out.w * (size_t)n, stride = (size_t)layer->desc.stride.w;
    for (int kx = 0; kx < layer->desc.kernel.w; kx++) {
        const struct tap tap = tap_of(layer, kx);
        for (int r = first; r < last; r++)
            for (int c = 0; c < layer->in.c; c++) {
                const int h = r - layer->desc.padding.h;
                float *row = columns + column_at(layer, n, r, c, kx);
                if (h < 0 || h >= layer->in.h)
                    zero(row, width);
                else
                    tap_columns(row, x + shape_at(layer->in, n, c, h, 0, 0), &tap, stride,
                                (size_t)n);
            }
    }
}

void VECTOR_NAME(im2col_gradient)(float *dx, const float *dcolumns, const struct layer *layer,
                                  int n, int first, int last)
{
    const size_t stride = (size_t)layer->desc.stride.w;
    for (int kx = 0; kx < layer->desc.kernel.w; kx++) {
        const struct tap tap = tap_of(layer, kx);
        for (int r = first; r < last; r++) {
            const int h = r - layer->desc.padding.h;
            for (int c = 0; h >= 0 && h < layer->in.h && c < layer->in.c; c++)
                tap_gradient(dx + shape_at(layer->in, n, c, h, 0, 0),
                             dcolumns + column_at(layer, n, r, c, kx), &tap, stride, (size_t)n);
        }
    }
}
