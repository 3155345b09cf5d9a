#include "batch.h"

#include "base/error.h"
#include "base/memory.h"
#include "dataset_internal.h"

static int clamp(int x, int low, int high)
{
    return x < low ? low : x > high ? high : x;
}

/* rows and cols are the image's, or the input's where it is enlarged to that. */
static struct batch_window window_of(const struct lenet5_architecture *architecture, int rows,
                                     int cols, const struct batch_shift *shift)
{
    const int height = architecture->input.h, width = architecture->input.w;
    const int left = (width - cols) / 2 + (shift ? shift->right : 0);
    return (struct batch_window){
        .top = (height - rows) / 2 + (shift ? shift->down : 0),
        .left = left,
        .from = clamp(-left, 0, cols),
        .to = clamp(width - left, 0, cols),
        .height = rows,
    };
}

void batch_load(float *x, const struct lenet5_architecture *architecture,
                const uint8_t *const *images, int rows, int cols, const struct batch_shift *shifts,
                int n)
{
    const struct lenet5_shape input = architecture->input;
    const bool enlarges = architecture->fit == LENET5_FIT_RESIZE &&
                          (rows != input.h || cols != input.w);
    struct batch_window windows[MICRO_BATCH];
    struct resize resize;
    /* Training reads images in random order: prefetching all of them waits for memory only once. */
    for (int i = 0; i < n; i++)
        for (int at = 0; at < rows * cols; at += 64)
            __builtin_prefetch(images[i] + at);
    if (enlarges)
        resize_start(&resize, input.h, input.w, rows, cols);
    for (int i = 0; i < n; i++)
        windows[i] = window_of(architecture, enlarges ? input.h : rows, enlarges ? input.w : cols,
                               shifts ? &shifts[i] : NULL);
    batch_place(x, architecture, images, windows, enlarges ? &resize : NULL, cols, n);
}

enum lenet5_status batch_centring(float *shift, const struct lenet5_architecture *architecture,
                                  const struct lenet5_dataset *dataset, const uint32_t *indices,
                                  size_t count, struct lenet5_error *error)
{
    struct lenet5_architecture plain = *architecture;
    const size_t size = shape_size(architecture->input);
    float *x = memory_alloc(MICRO_BATCH * size, sizeof(*x));
    double sum = 0;
    if (!x)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    plain.shift = 0;
    for (size_t first = 0; first < count; first += MICRO_BATCH) {
        const uint8_t *images[MICRO_BATCH];
        const int n = count - first < MICRO_BATCH ? (int)(count - first) : MICRO_BATCH;
        for (int i = 0; i < n; i++) {
            const size_t at = first + (size_t)i;
            images[i] = lenet5_dataset_image(dataset, indices ? indices[at] : at);
        }
        batch_load(x, &plain, images, dataset->rows, dataset->cols, NULL, n);
#pragma omp simd reduction(+ : sum)
        for (size_t i = 0; i < size * (size_t)n; i++)
            sum += (double)x[i];
    }
    memory_free(x);
    *shift = count ? (float)(-sum / (double)size / (double)count) : 0;
    return LENET5_OK;
}
