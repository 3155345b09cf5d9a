#include "batch.h"

#include "vector.h"

/*
 * A row in pieces of 16, the last of which ends where the row ends and may do some values twice:
 * otherwise the remainder of MNIST's 28 would take most of the time.
 */
static inline __attribute__((always_inline)) void
scale_row(float *restrict x, const uint8_t *restrict bytes, int count, float scale, float shift)
{
    enum { PIECE = 16 };
    const int last = count - PIECE;
    if (last < 0) {
        for (int w = 0; w < count; w++)
            x[w] = scale * (float)bytes[w] + shift;
        return;
    }
    for (int w = 0; w < count; w += PIECE) {
        const int at = w < last ? w : last;
#pragma omp simd
        for (int k = 0; k < PIECE; k++)
            x[at + k] = scale * (float)bytes[at + k] + shift;
    }
}

VECTOR_CLONES
void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, int n)
{
    const int height = architecture->input.h, width = architecture->input.w;
    const int top = (height - rows) / 2, left = (width - cols) / 2;
    const float scale = architecture->scale, shift = architecture->shift;
    for (int h = 0; h < height; h++)
        for (int i = 0; i < n; i++, x += width) {
            if (h < top || h >= top + rows) {
                for (int w = 0; w < width; w++)
                    x[w] = shift;
                continue;
            }
            const uint8_t *bytes = images[i] + (size_t)(h - top) * (size_t)cols;
            for (int w = 0; w < left; w++)
                x[w] = shift;
            scale_row(x + left, bytes, cols, scale, shift);
            for (int w = left + cols; w < width; w++)
                x[w] = shift;
        }
}
