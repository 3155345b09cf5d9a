/*
 * Convolution by im2col, with one small SGEMM per output row and direction, fused with the activation and the pooling
 * behind it (fused_conv.h).
 *
 * Many small products beat one large one: OpenBLAS has kernels without packing for them, and a
 * row's operands stay in cache. Per output row h, with K = kernel.h * in.c * kernel.w and
 * N = out.w * n:
 *     Z_h   (O, N)  = W (O, K) L_h (K, N)         then Y = f(Z + b), pooled
 *     dW^T  (K, O) += L_h (K, N) dZ_h^T (N, O)    with dZ_h transposed beforehand where O is large
 *     dL_h  (K, N) += W^T (K, O) dZ_h (O, N)      rows that overlap add up in dx
 * L_h are the im2col rows that output row h sees. The weights are stored as (O, kernel.h, C, kernel.w), in the order
 * of those rows.
 */
#include <cblas.h>

#include "base/vector.h"
#include "blas.h"
#include "im2col.h"
#include "layers/shared/fused_conv.h"

enum {
    BLOCK = 448,          /* values of a map in a block, about: its maps stay in cache */
    TRANSPOSED_FROM = 16, /* outputs from which transposing dZ_h pays */
};

static size_t packed_size(const struct layer *layer)
{
    return (size_t)layer->out.c * layer_taps(layer);
}

/* packed (O, kernel.h, C, kernel.w) from the kernels that exist; the others are zero. */
static void pack(float *packed, const float *weights, const struct layer *layer)
{
    const struct lenet5_extent kernel = layer->desc.kernel;
    for (int o = 0; o < layer->out.c; o++)
        for (int ky = 0; ky < kernel.h; ky++)
            for (int c = 0; c < layer->in.c; c++) {
                const int index = layer->kernels[o * layer->in.c + c];
                for (int kx = 0; kx < kernel.w; kx++)
                    *packed++ = index < 0 ? 0 : weights[(index * kernel.h + ky) * kernel.w + kx];
            }
}

/* dweights += dpacked (K, O), for the kernels that exist; K in the order of the im2col rows. */
static void unpack_gradient(float *dweights, const float *dpacked, const struct layer *layer)
{
    const struct lenet5_extent kernel = layer->desc.kernel;
    const int inputs = layer->in.c;
    const bool natural = im2col_is_natural(layer);
    for (int c = 0; c < inputs; c++)
        for (int ky = 0; ky < kernel.h; ky++) {
            const int row = natural ? c * kernel.h + ky : ky * inputs + c;
            const float *dw = dpacked + (size_t)(row * kernel.w) * (size_t)layer->out.c;
            for (int kx = 0; kx < kernel.w; kx++)
                for (int o = 0; o < layer->out.c; o++, dw++) {
                    const int index = layer->kernels[o * inputs + c];
                    if (index >= 0)
                        dweights[(index * kernel.h + ky) * kernel.w + kx] += *dw;
                }
        }
}

/* The weights in the order of the im2col rows; workspace takes them if they differ. */
static const float *ordered(const struct layer *layer, float *workspace, const float *weights)
{
    if (im2col_is_natural(layer))
        return weights;
    pack(workspace, weights, layer);
    return workspace;
}

/* Floats of im2col rows from one row of outputs' L_h to the next one's. */
static size_t step_of(const struct layer *layer, int n)
{
    return (size_t)layer->desc.stride.h * im2col_row_size(layer, n);
}

void blas_conv_forward(const struct layer *layer, const struct layer_call *call, int fused)
{
    const struct fused_conv f = fused_conv_of(layer, fused, call->n, BLOCK);
    const float *weights = ordered(layer, call->workspace, call->params);
    float *columns = call->saved, *maps = columns + im2col_size(layer, call->n);
    const size_t width = (size_t)f.width, map = (size_t)(f.pooling ? f.block : f.rows) * width;
    const size_t step = step_of(layer, call->n);
    int ready = 0; /* im2col rows */

    for (int h = 0; h < f.rows; h += f.block) {
        const int rows = fused_conv_rows(&f, h);
        const int needed = (h + rows - 1) * layer->desc.stride.h + layer->desc.kernel.h;
        float *z = f.pooling ? maps : call->y + (size_t)h * width;
        im2col(columns, call->x, layer, call->n, ready, needed);
        ready = needed;
        for (int r = 0; r < rows; r++)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, f.outputs, f.width, f.taps, 1,
                        weights, f.taps, columns + (size_t)(h + r) * step, f.width, 0,
                        z + (size_t)r * width, (int)map);
        fused_conv_finish(&f, call, z, map, h);
        if (call->training)
            maps += (size_t)f.outputs * map;
    }
}

/*
 * dw += the weights' gradient from one row of outputs: dw is (O, K) where the order is natural, else
 * (K, O). dzt has room for (N, O).
 */
static void weight_product(const struct fused_conv *f, float *dw, const float *columns,
                           const float *dz, float *dzt)
{
    const int map = f->block * f->width;
    if (im2col_is_natural(f->layer)) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, f->outputs, f->taps, f->width, 1, dz,
                    map, columns, f->width, 1, dw, f->taps);
    } else if (f->outputs >= TRANSPOSED_FROM) {
        vector_transpose(dzt, dz, (size_t)map, f->outputs, f->width);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, f->taps, f->outputs, f->width, 1,
                    columns, f->width, dzt, f->outputs, 1, dw, f->outputs);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, f->taps, f->outputs, f->width, 1,
                    columns, f->width, dz, map, 1, dw, f->outputs);
    }
}

void blas_conv_backward(const struct layer *layer, const struct layer_call *call, int fused)
{
    const struct fused_conv f = fused_conv_of(layer, fused, call->n, BLOCK);
    const bool natural = im2col_is_natural(layer);
    const size_t width = (size_t)f.width, row_size = im2col_row_size(layer, call->n);
    const float *columns = call->saved, *maps = columns + im2col_size(layer, call->n);
    float *dbias = call->dparams + layer->weight_count;
    float *packed = call->workspace, *gather = packed + packed_size(layer);
    float *dz = gather + packed_size(layer),
          *dzt = dz + fused_conv_block_size(layer, call->n, BLOCK);
    float *dcolumns = dzt + width * (size_t)f.outputs;
    float *dw = natural ? call->dparams : gather;
    int touched = 0, done = 0; /* rows of dcolumns: written to, and complete */

    vector_fill(call->dparams, 0, layer->weight_count + layer->bias_count);
    if (!natural)
        vector_fill(dw, 0, packed_size(layer));
    const float *weights = call->dx ? ordered(layer, packed, call->params) : NULL;
    if (call->dx)
        vector_fill(call->dx, 0, shape_size(layer->in) * (size_t)call->n);

    for (int h = 0; h < f.rows; h += f.block) {
        fused_conv_gradient(&f, dz, (size_t)f.block * width, width, dbias, call, maps, h);
        maps += f.pooling ? (size_t)(f.outputs * f.block) * width : 0;
        for (int r = 0; r < fused_conv_rows(&f, h); r++) {
            const float *dz_h = dz + (size_t)r * width;
            const int first = (h + r) * layer->desc.stride.h, end = first + layer->desc.kernel.h;
            weight_product(&f, dw, columns + (size_t)first * row_size, dz_h, dzt);
            if (!call->dx)
                continue;
            vector_fill(dcolumns + (size_t)touched * row_size, 0,
                        (size_t)(end - touched) * row_size);
            touched = end;
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, f.taps, f.width, f.outputs, 1,
                        weights, f.taps, dz_h, f.block * f.width, 1,
                        dcolumns + (size_t)first * row_size, f.width);
            const int next = first + layer->desc.stride.h; /* the next product's first row */
            const int complete = h + r + 1 == f.rows || next > end ? end : next;
            im2col_gradient(call->dx, dcolumns, layer, call->n, done, complete);
            done = complete;
        }
    }
    if (!natural)
        unpack_gradient(call->dparams, dw, layer);
}

/* The im2col rows, and the maps before pooling. */
size_t blas_conv_saved_size(const struct layer *layer, int n)
{
    return im2col_size(layer, n) + fused_conv_maps_size(layer, n, BLOCK);
}

/* Backward: W, dW, dZ, dZ^T, and the gradients of the im2col rows. */
size_t blas_conv_workspace_size(const struct layer *layer, int n)
{
    return 2 * packed_size(layer) + fused_conv_block_size(layer, n, BLOCK) +
           (size_t)layer->out.c * (size_t)layer->out.w * (size_t)n + im2col_size(layer, n);
}
