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

/* The sizes of a call's products. */
struct products {
    int outputs, k, width; /* O, K, N */
    int rows;              /* of outputs: so many products per direction */
    size_t map;            /* floats of one output map, from row h of one to row h of the next */
    size_t step;           /* floats of lowered rows from one product's L_h to the next one's */
    bool narrow;           /* whether the kernels of narrow.h do them */
};

static struct products products_of(const struct layer *layer, int n)
{
    const int k = (int)kernel_size(layer), width = n * layer->out.w;
    return (struct products){
        .outputs = layer->out.c,
        .k = k,
        .width = width,
        .rows = layer->out.h,
        .map = (size_t)layer->out.h * (size_t)width,
        .step = (size_t)layer->row.stride.h * lower_row_size(layer, n),
        .narrow = narrow_pays(layer->out.c, k),
    };
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const struct products p = products_of(layer, call->n);
    const float *bias = call->params + layer->weight_count;
    float *lowered = call->stash, *packed = call->scratch, *y = call->y;

    pack(packed, call->params, layer);
    lower(lowered, call->x, layer, call->n);
    for (int h = 0; h < p.rows; h++, lowered += p.step, y += p.width) {
        for (int o = 0; o < p.outputs; o++)
            vector_fill(y + (size_t)o * p.map, bias[o], (size_t)p.width);
        if (p.narrow)
            narrow_forward(y, p.map, packed, lowered, p.outputs, p.k, p.width);
        else
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p.outputs, p.width, p.k, 1,
                        packed, p.k, lowered, p.width, 1, y, (int)p.map);
    }
}

/* dpacked (K, O); sums is room for the partial sums of the narrow kernels. */
static void weight_gradient(float *dpacked, float *sums, const struct products *p,
                            const float *lowered, const float *dy)
{
    const size_t count = (size_t)p->k * (size_t)p->outputs;
    if (p->narrow)
        vector_fill(sums, 0, count * NARROW_LANES);
    for (int h = 0; h < p->rows; h++, lowered += p->step, dy += p->width)
        if (p->narrow)
            narrow_gradient(sums, lowered, dy, p->map, p->outputs, p->k, p->width);
        else
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->k, p->outputs, p->width, 1,
                        lowered, p->width, dy, (int)p->map, h ? 1 : 0, dpacked, p->outputs);
    if (p->narrow)
        narrow_fold(dpacked, sums, count);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const struct products p = products_of(layer, call->n);
    float *packed = call->scratch, *dpacked = packed + packed_size(layer);
    float *dlowered = dpacked + packed_size(layer); /* and before that the partial sums */
    float *dbias = call->dparams + layer->weight_count;

    weight_gradient(dpacked, dlowered, &p, call->stash, call->dy);
    unpack_gradient(call->dparams, dpacked, layer);
    for (int o = 0; o < p.outputs; o++)
        dbias[o] += vector_sum(call->dy + (size_t)o * p.map, p.map);
    if (!call->dx)
        return;
    pack(packed, call->params, layer);
    memset(dlowered, 0, lower_size(layer, call->n) * sizeof(*dlowered));
    for (int h = 0; h < p.rows; h++)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, p.k, p.width, p.outputs, 1, packed,
                    p.k, call->dy + (size_t)h * (size_t)p.width, (int)p.map, 1,
                    dlowered + (size_t)h * p.step, p.width);
    lower_gradient(call->dx, dlowered, layer, call->n);
}

const struct layer_ops blas_conv = {.forward = forward,
                                    .backward = backward,
                                    .stash_size = stash_size,
                                    .scratch_size = scratch_size};
