/*
 * Convolution lowered to one small SGEMM per output row and direction (lower.h).
 *
 * Many small products beat one large one: OpenBLAS has kernels without packing for them, and a
 * row's operands stay in cache. Per output row h, with K = kernel.h * in.c * kernel.w and
 * N = n * out.w:
 *     Y_h   (O, N)  = b + W (O, K) L_h (K, N)
 *     dW^T  (K, O) += L_h (K, N) dY_h^T (N, O)    this way round 1.5 times as fast as dW
 *     dL_h  (K, N) += W^T (K, O) dY_h (O, N)      overlapping rows add up by themselves
 * The weights are held as (O, kernel.h, C, kernel.w) to match the order of the lowered rows.
 * Products with few rows go to kernels of our own where OpenBLAS has none for them (narrow.h).
 */
#include "blas.h"

#include <cblas.h>
#include <string.h>

#include "../vector.h"
#include "lower.h"
#include "narrow.h"

static size_t kernel_size(const struct layer *layer)
{
    return (size_t)layer->row.kernel.h * (size_t)layer->in.c * (size_t)layer->row.kernel.w;
}

static size_t packed_size(const struct layer *layer)
{
    return (size_t)layer->out.c * kernel_size(layer);
}

static size_t stash_size(const struct layer *layer, int n)
{
    return lower_size(layer, n) * sizeof(float);
}

/* W, dW^T, and what backward needs one after the other: partial sums of dW^T, then dL */
static size_t scratch_size(const struct layer *layer, int n)
{
    const size_t sums = packed_size(layer) * NARROW_LANES, dlowered = lower_size(layer, n);
    return 2 * packed_size(layer) + (sums > dlowered ? sums : dlowered);
}

/* packed (O, kernel.h, C, kernel.w) from the kernels that exist; the others are zero. */
static void pack(float *packed, const float *weights, const struct layer *layer)
{
    const struct lenet5_extent kernel = layer->row.kernel;
    for (int o = 0; o < layer->out.c; o++)
        for (int ky = 0; ky < kernel.h; ky++)
            for (int c = 0; c < layer->in.c; c++) {
                const int index = layer->kernels[o * layer->in.c + c];
                for (int kx = 0; kx < kernel.w; kx++)
                    *packed++ = index < 0 ? 0 : weights[(index * kernel.h + ky) * kernel.w + kx];
            }
}

/* dweights += dpacked (kernel.h, C, kernel.w, O), for the kernels that exist. */
static void unpack_gradient(float *dweights, const float *dpacked, const struct layer *layer)
{
    const struct lenet5_extent kernel = layer->row.kernel;
    for (int ky = 0; ky < kernel.h; ky++)
        for (int c = 0; c < layer->in.c; c++)
            for (int kx = 0; kx < kernel.w; kx++)
                for (int o = 0; o < layer->out.c; o++, dpacked++) {
                    const int index = layer->kernels[o * layer->in.c + c];
                    if (index >= 0)
                        dweights[(index * kernel.h + ky) * kernel.w + kx] += *dpacked;
                }
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const int outputs = layer->out.c, height = layer->out.h;
    const int k = (int)kernel_size(layer), width = call->n * layer->out.w;
    const size_t step = (size_t)layer->row.stride.h * lower_row_size(layer, call->n);
    const float *bias = call->params + layer->weight_count;
    const bool narrow = narrow_pays(outputs, k);
    float *lowered = call->stash, *packed = call->scratch;

    pack(packed, call->params, layer);
    lower(lowered, call->x, layer, call->n);
    for (int h = 0; h < height; h++) {
        float *y = call->y + (size_t)h * (size_t)width;
        for (int o = 0; o < outputs; o++)
            vector_fill(y + (size_t)o * (size_t)height * (size_t)width, bias[o], (size_t)width);
        if (narrow)
            narrow_forward(y, (size_t)height * (size_t)width, packed, lowered + (size_t)h * step,
                           outputs, k, width);
        else
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, outputs, width, k, 1, packed, k,
                        lowered + (size_t)h * step, width, 1, y, height * width);
    }
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const int outputs = layer->out.c, height = layer->out.h;
    const int k = (int)kernel_size(layer), width = call->n * layer->out.w;
    const size_t step = (size_t)layer->row.stride.h * lower_row_size(layer, call->n);
    const float *lowered = call->stash;
    float *packed = call->scratch, *dpacked = packed + packed_size(layer);
    float *dlowered = dpacked + packed_size(layer);
    float *dbias = call->dparams + layer->weight_count;

    if (narrow_pays(outputs, k)) {
        float *sums = dlowered;
        vector_fill(sums, 0, packed_size(layer) * NARROW_LANES);
        for (int h = 0; h < height; h++)
            narrow_gradient(sums, lowered + (size_t)h * step, call->dy + (size_t)h * (size_t)width,
                            (size_t)height * (size_t)width, outputs, k, width);
        narrow_fold(dpacked, sums, packed_size(layer));
    } else {
        for (int h = 0; h < height; h++)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, k, outputs, width, 1,
                        lowered + (size_t)h * step, width, call->dy + (size_t)h * (size_t)width,
                        height * width, h ? 1 : 0, dpacked, outputs);
    }
    unpack_gradient(call->dparams, dpacked, layer);
    for (int o = 0; o < outputs; o++)
        dbias[o] += vector_sum(call->dy + (size_t)o * (size_t)height * (size_t)width,
                               (size_t)height * (size_t)width);
    if (!call->dx)
        return;
    pack(packed, call->params, layer);
    memset(dlowered, 0, lower_size(layer, call->n) * sizeof(*dlowered));
    for (int h = 0; h < height; h++)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, width, outputs, 1, packed, k,
                    call->dy + (size_t)h * (size_t)width, height * width, 1,
                    dlowered + (size_t)h * step, width);
    lower_gradient(call->dx, dlowered, layer, call->n);
}

const struct layer_ops blas_conv = {.forward = forward,
                                    .backward = backward,
                                    .stash_size = stash_size,
                                    .scratch_size = scratch_size};
