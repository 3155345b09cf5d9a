#include "batch.h"

#include <string.h>

#include "vector.h"

/* Where one image's pixels go in the input, and which of them. */
struct window {
    int top, left;        /* of the image in the input, before anything is cut off */
    int from, to, height; /* the columns that stay; the rows there are */
};

static int clamp(int x, int low, int high)
{
    return x < low ? low : x > high ? high : x;
}

static struct window window_of(const struct lenet5_architecture *architecture, int rows, int cols,
                               const struct batch_shift *shift)
{
    const int height = architecture->input.h, width = architecture->input.w;
    const int left = (width - cols) / 2 + (shift ? shift->right : 0);
    return (struct window){
        .top = (height - rows) / 2 + (shift ? shift->down : 0),
        .left = left,
        .from = clamp(-left, 0, cols),
        .to = clamp(width - left, 0, cols),
        .height = rows,
    };
}

/* One row of all inputs: bytes (width, n). They change places before they become floats. */
VECTOR_INLINE void gather_row(uint8_t *bytes, const uint8_t *const *images,
                              const struct window *windows, int h, int cols, int n)
{
    for (int i = 0; i < n; i++) {
        const struct window *window = &windows[i];
        const int row = h - window->top;
        if (row < 0 || row >= window->height)
            continue;
        const uint8_t *pixels = images[i] + (ptrdiff_t)row * cols;
        uint8_t *to = bytes + window->left * n + i;
        for (int w = window->from; w < window->to; w++)
            to[w * n] = pixels[w];
    }
}

VECTOR_INLINE void load(float *x, const struct lenet5_architecture *architecture,
                        const uint8_t *const *images, const struct window *windows, int cols, int n)
{
    const float scale = architecture->scale, shift = architecture->shift;
    const int row = architecture->input.w * n;
    uint8_t bytes[BATCH_MAX_SAMPLES * LENET5_MAX_SIDE];
    for (int h = 0; h < architecture->input.h; h++, x += row) {
        memset(bytes, 0, (size_t)row);
        gather_row(bytes, images, windows, h, cols, n);
#pragma omp simd
        for (int k = 0; k < row; k++)
            x[k] = scale * (float)bytes[k] + shift;
    }
}

VECTOR_CLONES
void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, const struct batch_shift *shifts,
                int n)
{
    struct window windows[BATCH_MAX_SAMPLES];
    for (int i = 0; i < n; i++)
        windows[i] = window_of(architecture, rows, cols, shifts ? &shifts[i] : NULL);
    if (n == BATCH_MAX_SAMPLES) /* the sizes that matter become constants */
        load(x, architecture, images, windows, cols, BATCH_MAX_SAMPLES);
    else if (n == 1)
        load(x, architecture, images, windows, cols, 1);
    else
        load(x, architecture, images, windows, cols, n);
}
