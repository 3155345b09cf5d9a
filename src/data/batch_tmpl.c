/* Converts the bytes of images to floats, with the samples innermost. */
#include "base/vector_tmpl.h"
#include "batch.h"

/*
 * Row h of every input as bytes (n, width), 0 where an image does not reach. resize is how images are
 * enlarged, NULL = not at all.
 */
VECTOR_INLINE void place_row(uint8_t *bytes, const uint8_t *const *images,
                             const struct batch_window *windows, const struct resize *resize, int h,
                             int width, int cols, int n)
{
    uint8_t enlarged[LENET5_MAX_SIDE];
    memset(bytes, 0, (size_t)(n * width));
    for (int i = 0; i < n; i++, bytes += width) {
        const struct batch_window *window = &windows[i];
        const int row = h - window->top, count = window->to - window->from;
        if (row < 0 || row >= window->height || count <= 0)
            continue;
        const uint8_t *from = enlarged; /* the image itself may have fewer rows */
        if (resize)
            resize_row(enlarged, images[i], resize, row);
        else
            from = images[i] + (ptrdiff_t)row * cols;
        from += window->from;
        uint8_t *to = bytes + window->left + window->from;
        if (count >= MICRO_BATCH &&
            count <= 2 * MICRO_BATCH) { /* as MNIST's 28: two blocks that may overlap */
            memcpy(to, from, MICRO_BATCH);
            memcpy(to + count - MICRO_BATCH, from + count - MICRO_BATCH, MICRO_BATCH);
        } else {
            memcpy(to, from, (size_t)count);
        }
    }
}

typedef uint8_t block __attribute__((vector_size(MICRO_BATCH)));

/*
 * y (MICRO_BATCH, MICRO_BATCH) = the transpose of as much of x, whose rows are pitch apart. Each round interleaves
 * row i with row i + MICRO_BATCH / 2; after as many rounds as MICRO_BATCH has bits every byte is in its place.
 */
VECTOR_INLINE void transpose_block(uint8_t *y, const uint8_t *x, int pitch)
{
    block rows[2][MICRO_BATCH];
    for (int i = 0; i < MICRO_BATCH; i++)
        memcpy(&rows[0][i], x + i * pitch, MICRO_BATCH);
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < MICRO_BATCH / 2; i++) {
            const block *from = rows[round % 2];
            block *to = rows[1 - round % 2];
            const block a = from[i], b = from[i + MICRO_BATCH / 2];
            to[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                                22, 7, 23);
            to[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                    29, 14, 30, 15, 31);
        }
    memcpy(y, rows[0], sizeof(rows[0]));
}

/* bytes (n, width) to moved (width, n) */
VECTOR_INLINE void transpose_row(uint8_t *moved, const uint8_t *bytes, int width, int n)
{
    if (n == MICRO_BATCH && width >= MICRO_BATCH) {
        for (int w = 0; w < width; w += MICRO_BATCH) { /* the last block ends where the row ends */
            const int at = w < width - MICRO_BATCH ? w : width - MICRO_BATCH;
            transpose_block(moved + at * n, bytes + at, width);
        }
        return;
    }
    for (int w = 0; w < width; w++)
        for (int i = 0; i < n; i++)
            moved[w * n + i] = bytes[i * width + w];
}

VECTOR_INLINE void load(float *x, const struct lenet5_architecture *architecture,
                        const uint8_t *const *images, const struct batch_window *windows,
                        const struct resize *resize, int cols, int n)
{
    const float scale = architecture->scale, shift = architecture->shift;
    const int width = architecture->input.w, row = width * n;
    uint8_t bytes[MICRO_BATCH * LENET5_MAX_SIDE], moved[MICRO_BATCH * LENET5_MAX_SIDE];
    for (int h = 0; h < architecture->input.h; h++, x += row) {
        place_row(bytes, images, windows, resize, h, width, cols, n);
        if (n > 1)
            transpose_row(moved, bytes, width, n);
        const uint8_t *from = n > 1 ? moved : bytes;
#pragma omp simd
        for (int k = 0; k < row; k++)
            x[k] = scale * (float)from[k] + shift;
    }
}

void VECTOR_NAME(batch_place)(float *x, const struct lenet5_architecture *architecture,
                              const uint8_t *const *images, const struct batch_window *windows,
                              const struct resize *resize, int cols, int n)
{
    if (resize)
        load(x, architecture, images, windows, resize, cols, n);
    else if (n == MICRO_BATCH) /* the sizes that matter become constants */
        load(x, architecture, images, windows, NULL, cols, MICRO_BATCH);
    else if (n == 1)
        load(x, architecture, images, windows, NULL, cols, 1);
    else
        load(x, architecture, images, windows, NULL, cols, n);
}
