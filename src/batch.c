#include "batch.h"

#include "vector.h"

enum { PIECE = 16 };

/*
 * One row of n images, pixel by pixel: x (cols, n). The bytes change places first, because moving
 * them takes most of the time.
 */
VECTOR_INLINE void load_row(float *x, const uint8_t *const *images, size_t at, int cols, int n,
                            float scale, float shift)
{
    uint8_t moved[PIECE * LENET5_MAX_SIDE];
    const uint8_t *bytes = n == 1 ? images[0] + at : moved;
    for (int i = 0; i < n && n > 1; i++)
        for (int w = 0; w < cols; w++)
            moved[w * n + i] = images[i][at + (size_t)w];
#pragma omp simd
    for (int k = 0; k < cols * n; k++)
        x[k] = scale * (float)bytes[k] + shift;
}

VECTOR_INLINE void fill(float *x, float value, size_t count)
{
#pragma omp simd
    for (size_t k = 0; k < count; k++)
        x[k] = value;
}

VECTOR_INLINE void load(float *x, const struct lenet5_architecture *architecture,
                        const uint8_t *const *images, int rows, int cols, int n)
{
    const int height = architecture->input.h, width = architecture->input.w;
    const int top = (height - rows) / 2, left = (width - cols) / 2, right = width - cols - left;
    const float scale = architecture->scale, shift = architecture->shift;
    const size_t row = (size_t)width * (size_t)n;
    fill(x, shift, (size_t)top * row);
    x += (size_t)top * row;
    for (int h = 0; h < rows; h++, x += row) {
        fill(x, shift, (size_t)(left * n));
        load_row(x + left * n, images, (size_t)h * (size_t)cols, cols, n, scale, shift);
        fill(x + (left + cols) * n, shift, (size_t)(right * n));
    }
    fill(x, shift, (size_t)(height - top - rows) * row);
}

VECTOR_CLONES
void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, int n)
{
    if (n == PIECE)
        load(x, architecture, images, rows, cols, PIECE);
    else if (n == 1)
        load(x, architecture, images, rows, cols, 1);
    else
        load(x, architecture, images, rows, cols, n);
}
