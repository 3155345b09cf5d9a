/*
 * Convolution lowered to one small SGEMM per output row and direction (lower.h), in one sweep with the
 * activation and the pooling that follow it in the table (sweep.h).
 *
 * Many small products beat one large one: OpenBLAS has kernels without packing for them, and a
 * row's operands stay in cache. Per output row h, with K = kernel.h * in.c * kernel.w and
 * N = out.w * n:
 *     Z_h   (O, N)  = W (O, K) L_h (K, N)         then Y = f(Z + b), pooled
 *     dW^T  (K, O) += L_h (K, N) dZ_h^T (N, O)    with dZ_h transposed beforehand where O is large
 *     dL_h  (K, N) += W^T (K, O) dZ_h (O, N)      overlapping rows add up by themselves
 * The weights are held as (O, kernel.h, C, kernel.w), the order of the lowered rows.
 * Products that are too small for SGEMM are done straight from the maps (direct.h), and those of a single
 * sample or under a table of connections by whole maps (planes.h). The direct backend, whose operations stand
 * here, too, lowers only what direct.h cannot do.
 */
#include <cblas.h>

#include "base/vector.h"
#include "blas.h"
#include "layers/direct/direct.h"
#include "layers/direct/planes.h"
#include "layers/shared/sweep.h"
#include "lower.h"

enum {
    STRIP = 448,          /* values of a map that a strip has, about: its maps stay in cache */
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

/* dweights += dpacked (K, O), for the kernels that exist; K in the order of the lowered rows. */
static void unpack_gradient(float *dweights, const float *dpacked, const struct layer *layer)
{
    const struct lenet5_extent kernel = layer->desc.kernel;
    const int inputs = layer->in.c;
    const bool natural = lower_is_natural(layer);
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

/* The weights in the order of the lowered rows; workspace is where they go if they have to. */
static const float *ordered(const struct layer *layer, float *workspace, const float *weights)
{
    if (lower_is_natural(layer))
        return weights;
    pack(workspace, weights, layer);
    return workspace;
}

/* Floats of lowered rows from one row of outputs' L_h to the next one's. */
static size_t step_of(const struct layer *layer, int n)
{
    return (size_t)layer->desc.stride.h * lower_row_size(layer, n);
}

/* Everything in one strip. */
static void planes_conv_forward(const struct layer *layer, const struct layer_call *call, int span)
{
    struct sweep s = sweep_of(layer, span, call->n, STRIP);
    float *z = s.pooling ? call->saved : call->y;
    s.strip = s.rows;
    planes_forward(z, layer, call);
    sweep_finish(&s, call, z, (size_t)s.rows * (size_t)s.width, 0);
}

static void lowered_conv_forward(const struct layer *layer, const struct layer_call *call, int span)
{
    const struct sweep s = sweep_of(layer, span, call->n, STRIP);
    const float *weights = ordered(layer, call->workspace, call->params);
    float *lowered = call->saved, *maps = lowered + lower_size(layer, call->n);
    const size_t width = (size_t)s.width, map = (size_t)(s.pooling ? s.strip : s.rows) * width;
    const size_t step = step_of(layer, call->n);
    int ready = 0; /* lowered rows */

    for (int h = 0; h < s.rows; h += s.strip) {
        const int rows = sweep_rows(&s, h);
        const int needed = (h + rows - 1) * layer->desc.stride.h + layer->desc.kernel.h;
        float *z = s.pooling ? maps : call->y + (size_t)h * width;
        lower(lowered, call->x, layer, call->n, ready, needed);
        ready = needed;
        for (int r = 0; r < rows; r++)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s.outputs, s.width, s.taps, 1,
                        weights, s.taps, lowered + (size_t)(h + r) * step, s.width, 0,
                        z + (size_t)r * width, (int)map);
        sweep_finish(&s, call, z, map, h);
        if (call->training)
            maps += (size_t)s.outputs * map;
    }
}

static void planes_conv_backward(const struct layer *layer, const struct layer_call *call, int span)
{
    struct sweep s = sweep_of(layer, span, call->n, STRIP);
    float *dbias = call->dparams + layer->weight_count;
    float *dz = call->workspace + planes_workspace_size(layer, call->n);
    s.strip = s.rows;
    vector_fill(dbias, 0, layer->bias_count);
    sweep_gradient(&s, dz, (size_t)(s.rows * s.width), (size_t)s.width, dbias, call, call->saved,
                   0);
    planes_backward(call->dparams, dz, layer, call);
}

/*
 * dw += the weights' gradient from one row of outputs: dw is (O, K) where the order is natural, else
 * (K, O). dzt has room for (N, O).
 */
static void weight_product(const struct sweep *s, float *dw, const float *lowered, const float *dz,
                           float *dzt)
{
    const int map = s->strip * s->width;
    if (lower_is_natural(s->layer)) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->outputs, s->taps, s->width, 1, dz,
                    map, lowered, s->width, 1, dw, s->taps);
    } else if (s->outputs >= TRANSPOSED_FROM) {
        vector_transpose(dzt, dz, (size_t)map, s->outputs, s->width);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s->taps, s->outputs, s->width, 1,
                    lowered, s->width, dzt, s->outputs, 1, dw, s->outputs);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->taps, s->outputs, s->width, 1,
                    lowered, s->width, dz, map, 1, dw, s->outputs);
    }
}

static void lowered_conv_backward(const struct layer *layer, const struct layer_call *call,
                                  int span)
{
    const struct sweep s = sweep_of(layer, span, call->n, STRIP);
    const bool natural = lower_is_natural(layer);
    const size_t width = (size_t)s.width, row_size = lower_row_size(layer, call->n);
    const float *lowered = call->saved, *maps = lowered + lower_size(layer, call->n);
    float *dbias = call->dparams + layer->weight_count;
    float *packed = call->workspace, *gather = packed + packed_size(layer);
    float *dz = gather + packed_size(layer), *dzt = dz + sweep_strip_size(layer, call->n, STRIP);
    float *dlowered = dzt + width * (size_t)s.outputs;
    float *dw = natural ? call->dparams : gather;
    int touched = 0, done = 0; /* rows of dlowered: written to, and complete */

    vector_fill(call->dparams, 0, layer->weight_count + layer->bias_count);
    if (!natural)
        vector_fill(dw, 0, packed_size(layer));
    const float *weights = call->dx ? ordered(layer, packed, call->params) : NULL;
    if (call->dx)
        vector_fill(call->dx, 0, shape_size(layer->in) * (size_t)call->n);

    for (int h = 0; h < s.rows; h += s.strip) {
        sweep_gradient(&s, dz, (size_t)s.strip * width, width, dbias, call, maps, h);
        maps += s.pooling ? (size_t)(s.outputs * s.strip) * width : 0;
        for (int r = 0; r < sweep_rows(&s, h); r++) {
            const float *dz_h = dz + (size_t)r * width;
            const int first = (h + r) * layer->desc.stride.h, end = first + layer->desc.kernel.h;
            weight_product(&s, dw, lowered + (size_t)first * row_size, dz_h, dzt);
            if (!call->dx)
                continue;
            vector_fill(dlowered + (size_t)touched * row_size, 0,
                        (size_t)(end - touched) * row_size);
            touched = end;
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, s.taps, s.width, s.outputs, 1,
                        weights, s.taps, dz_h, s.strip * s.width, 1,
                        dlowered + (size_t)first * row_size, s.width);
            const int next = first + layer->desc.stride.h; /* the next product's first row */
            const int complete = h + r + 1 == s.rows || next > end ? end : next;
            lower_gradient(call->dx, dlowered, layer, call->n, done, complete);
            done = complete;
        }
    }
    if (!natural)
        unpack_gradient(call->dparams, dw, layer);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Lowered rows and the maps before pooling, or those alone. */
static size_t saved_size(const struct layer *layer, int n)
{
    const size_t lowered = lower_size(layer, n) + sweep_maps_size(layer, n, STRIP);
    return larger(lowered, direct_can(layer) ? direct_saved_size(layer, n) : 0) * sizeof(float);
}

/* Backward: W, dW, dZ, dZ^T, dL; or what planes need, dZ; or what the direct kernels need */
static size_t workspace_size(const struct layer *layer, int n)
{
    const size_t outputs = shape_size(layer->out) * (size_t)n;
    const size_t rows = 2 * packed_size(layer) + sweep_strip_size(layer, n, STRIP) +
                        (size_t)layer->out.c * (size_t)layer->out.w * (size_t)n +
                        lower_size(layer, n);
    const size_t planes = planes_workspace_size(layer, n) + outputs;
    return larger(larger(rows, planes), direct_can(layer) ? direct_workspace_size(layer, n) : 0);
}

/* How a call is worked out; forward and backward of the same samples have to agree. */
struct way {
    void (*forward)(const struct layer *layer, const struct layer_call *call, int span);
    void (*backward)(const struct layer *layer, const struct layer_call *call, int span);
};

/* The way that serves this call best; `direct`: those kernels wherever they can do it. */
static const struct way *way_of(const struct layer *layer, const struct layer_call *call,
                                bool direct)
{
    static const struct way by_planes = {planes_conv_forward, planes_conv_backward},
                            from_maps = {direct_forward_maps, direct_backward_maps},
                            lowered = {lowered_conv_forward, lowered_conv_backward};
    if (planes_pay(layer, call->n, call->training))
        return &by_planes;
    if (direct ? direct_can(layer) : direct_pays(layer, call->n, call->training))
        return &from_maps;
    return &lowered;
}

#define SPAN(name, rows, keeps, direct)                                                   \
    static void name##_forward(const struct layer *layer, const struct layer_call *call)  \
    {                                                                                     \
        way_of(layer, call, direct)->forward(layer, call, rows);                          \
    }                                                                                     \
    static void name##_backward(const struct layer *layer, const struct layer_call *call) \
    {                                                                                     \
        way_of(layer, call, direct)->backward(layer, call, rows);                         \
    }                                                                                     \
    const struct layer_ops name = {.span = rows,                                          \
                                   .keeps_y = keeps,                                      \
                                   .forward = name##_forward,                             \
                                   .backward = name##_backward,                           \
                                   .saved_size = saved_size,                              \
                                   .workspace_size = workspace_size};

SPAN(blas_conv, 1, false, false)
SPAN(blas_conv_activation, 2, true, false)
SPAN(blas_conv_activation_pool, 3, false, false)
SPAN(direct_conv, 1, false, true)
SPAN(direct_conv_activation, 2, true, true)
SPAN(direct_conv_activation_pool, 3, false, true)

/* One output of each map, which sees all of the input: the paper's C5. */
static bool is_dense(const struct layer *layer)
{
    const struct lenet5_layer *desc = &layer->desc;
    return desc->kernel.h == layer->in.h && desc->kernel.w == layer->in.w && desc->padding.h == 0 &&
           desc->padding.w == 0 && !desc->connections;
}

const struct layer_ops *blas_fused(const struct layer *layers, int count, bool direct)
{
    if (layers[0].desc.kind == LENET5_LAYER_CONV && is_dense(&layers[0]))
        return direct ? &direct_dense : &blas_dense;
    if (layers[0].desc.kind != LENET5_LAYER_CONV || count < 2 ||
        !activation_of(layers[1].desc.kind))
        return NULL;
    if (count > 2 && pooling_of(&layers[2]))
        return direct ? &direct_conv_activation_pool : &blas_conv_activation_pool;
    return direct ? &direct_conv_activation : &blas_conv_activation;
}
