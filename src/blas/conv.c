/*
 * Convolution lowered to one small SGEMM per output row and direction (lower.h), and in one sweep with
 * it the activation and the 2x2 pooling that follow it in the table: a few rows of outputs, a strip,
 * go through all of them while they are in cache.
 *
 * Many small products beat one large one: OpenBLAS has kernels without packing for them, and a
 * row's operands stay in cache. Per output row h, with K = kernel.h * in.c * kernel.w and
 * N = out.w * n:
 *     Z_h   (O, N)  = W (O, K) L_h (K, N)         then Y = f(Z + b), pooled
 *     dW^T  (K, O) += L_h (K, N) dZ_h^T (N, O)    with dZ_h transposed beforehand where O is large
 *     dL_h  (K, N) += W^T (K, O) dZ_h (O, N)      overlapping rows add up by themselves
 * The weights are held as (O, kernel.h, C, kernel.w), the order of the lowered rows.
 * Products that are too small for SGEMM are done straight from the maps (direct.h), and those of a single
 * sample or under a table of connections by whole maps (planes.h).
 */
#include <cblas.h>

#include "../vector.h"
#include "activation.h"
#include "blas.h"
#include "direct.h"
#include "lower.h"
#include "planes.h"
#include "pooling.h"

enum {
    STRIP = 448,          /* values of a map that a strip has, about: its maps stay in cache */
    TRANSPOSED_FROM = 16, /* outputs from which transposing dZ_h pays */
};

/* The sizes of one call. */
struct sweep {
    const struct layer *layer;
    const struct activation *activation;
    const struct pooling *pooling; /* NULL = none */
    int outputs, k, width;         /* O, K, N */
    int rows, strip;               /* of outputs, and of them in a strip */
    size_t step;  /* floats of lowered rows from one product's L_h to the next one's */
    bool natural; /* lower.h */
};

static size_t packed_size(const struct layer *layer)
{
    return (size_t)layer->out.c * layer_taps(layer);
}

/* Whole windows of the pooling, and all rows where they are short. */
static int strip_rows(const struct layer *layer, int width)
{
    const int pairs = STRIP / 2 / width, rows = pairs > 1 ? 2 * pairs : 2;
    return rows < layer->out.h ? rows : layer->out.h;
}

/* Floats of a strip of all maps; no less for a smaller n. */
static size_t strip_size(const struct layer *layer, int n)
{
    const size_t pair = 2 * (size_t)layer->out.w * (size_t)n;
    return (size_t)layer->out.c * (pair > STRIP ? pair : STRIP);
}

/* The maps before pooling, strip by strip: the last one may be shorter than its room. */
static size_t maps_size(const struct layer *layer, int n)
{
    return shape_size(layer->out) * (size_t)n + strip_size(layer, n);
}

static struct sweep sweep_of(const struct layer *layer, int span, int n)
{
    const int k = (int)layer_taps(layer), width = layer->out.w * n;
    return (struct sweep){
        .layer = layer,
        .activation = span > 1 ? activation_of(layer[1].row.kind) : &activation_identity,
        .pooling = span > 2 ? pooling_of(&layer[2]) : NULL,
        .outputs = layer->out.c,
        .k = k,
        .width = width,
        .rows = layer->out.h,
        .strip = strip_rows(layer, width),
        .step = (size_t)layer->row.stride.h * lower_row_size(layer, n),
        .natural = lower_is_natural(layer),
    };
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

/* dweights += dpacked (K, O), for the kernels that exist; K in the order of the lowered rows. */
static void unpack_gradient(float *dweights, const float *dpacked, const struct sweep *s)
{
    const struct lenet5_extent kernel = s->layer->row.kernel;
    const int inputs = s->layer->in.c;
    for (int c = 0; c < inputs; c++)
        for (int ky = 0; ky < kernel.h; ky++) {
            const int row = s->natural ? c * kernel.h + ky : ky * inputs + c;
            const float *dw = dpacked + (size_t)(row * kernel.w) * (size_t)s->outputs;
            for (int kx = 0; kx < kernel.w; kx++)
                for (int o = 0; o < s->outputs; o++, dw++) {
                    const int index = s->layer->kernels[o * inputs + c];
                    if (index >= 0)
                        dweights[(index * kernel.h + ky) * kernel.w + kx] += *dw;
                }
        }
}

/* The weights in the order of the lowered rows; scratch is where they go if they have to. */
static const float *ordered(const struct sweep *s, float *scratch, const float *weights)
{
    if (s->natural)
        return weights;
    pack(scratch, weights, s->layer);
    return scratch;
}

static int strip_at(const struct sweep *s, int h)
{
    return s->rows - h < s->strip ? s->rows - h : s->strip;
}

/* How a row of outputs is worked out. */
enum forward_kernel { SGEMM, DIRECT, DIRECT_OUTPUTS };

static enum forward_kernel forward_kernel(const struct layer *layer, const struct layer_call *call)
{
    if (!direct_forward_pays(layer, call->n, call->training))
        return SGEMM;
    return direct_wants_outputs(layer, call->n) ? DIRECT_OUTPUTS : DIRECT;
}

/* The weights as that kernel takes them. */
static const float *forward_weights(const struct sweep *s, const struct layer_call *call,
                                    enum forward_kernel kernel)
{
    if (kernel == DIRECT)
        return call->params;
    if (kernel == SGEMM)
        return ordered(s, call->scratch, call->params);
    vector_transpose(call->scratch, call->params, (size_t)s->k, s->outputs, s->k);
    return call->scratch;
}

/* z (O, N), its maps map floats apart: row h of the outputs. */
static void forward_row(const struct sweep *s, const struct layer_call *call,
                        enum forward_kernel kernel, const float *weights, float *z, size_t map,
                        int h)
{
    const float *lowered = call->stash;
    switch (kernel) {
    case SGEMM:
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s->outputs, s->width, s->k, 1,
                    weights, s->k, lowered + (size_t)h * s->step, s->width, 0, z, (int)map);
        break;
    case DIRECT:
        direct_forward(z, map, weights, call->x, s->layer, call->n, h);
        break;
    case DIRECT_OUTPUTS:
        direct_forward_outputs(z, map, weights, call->x, s->layer, call->n, h);
        break;
    }
}

/* Activation and pooling of so many rows of outputs from h on, which z holds as above. */
static void finish_rows(const struct sweep *s, const struct layer_call *call, float *z, size_t map,
                        int h, int rows)
{
    const float *bias = call->params + s->layer->weight_count;
    const size_t width = (size_t)s->width;
    for (int o = 0; o < s->outputs; o++, z += map) {
        s->activation->values(z, z, bias[o], (size_t)rows * width);
        if (s->pooling)
            s->pooling->values(call->y + (size_t)(o * s->rows + h) * width / 4, z, rows / 2,
                               s->layer->out.w / 2, call->n);
    }
}

/* Everything in one strip. */
static void forward_planes(const struct layer *layer, const struct layer_call *call, int span)
{
    struct sweep s = sweep_of(layer, span, call->n);
    float *maps = (float *)call->stash + lower_size(layer, call->n);
    float *z = s.pooling ? maps : call->y;
    s.strip = s.rows;
    planes_forward(z, layer, call);
    finish_rows(&s, call, z, (size_t)s.rows * (size_t)s.width, 0, s.rows);
}

static void forward(const struct layer *layer, const struct layer_call *call, int span)
{
    if (planes_pay(layer, call->n, call->training)) {
        forward_planes(layer, call, span);
        return;
    }
    const struct sweep s = sweep_of(layer, span, call->n);
    const enum forward_kernel kernel = forward_kernel(layer, call);
    const float *weights = forward_weights(&s, call, kernel);
    const bool lowers = kernel == SGEMM || (call->training && !direct_gradient_pays(layer));
    float *lowered = call->stash, *maps = lowered + lower_size(layer, call->n);
    const size_t width = (size_t)s.width, map = (size_t)(s.pooling ? s.strip : s.rows) * width;
    int ready = 0; /* lowered rows */

    for (int h = 0; h < s.rows; h += s.strip) {
        const int rows = strip_at(&s, h);
        const int needed = (h + rows - 1) * layer->row.stride.h + layer->row.kernel.h;
        float *z = s.pooling ? maps : call->y + (size_t)h * width;
        if (lowers)
            lower(lowered, call->x, layer, call->n, ready, needed);
        ready = needed;
        for (int r = 0; r < rows; r++)
            forward_row(&s, call, kernel, weights, z + (size_t)r * width, map, h + r);
        finish_rows(&s, call, z, map, h, rows);
        if (call->training)
            maps += (size_t)s.outputs * map;
    }
}

/* dz (O, strip, N) from the gradient behind the pooling and the activation; adds up the biases'. */
static void strip_gradient(const struct sweep *s, float *dz, float *dbias,
                           const struct layer_call *call, const float *maps, int h)
{
    const size_t width = (size_t)s->width, map = (size_t)s->strip * width;
    const int rows = strip_at(s, h);
    for (int o = 0; o < s->outputs; o++, dz += map) {
        const size_t at = (size_t)(o * s->rows + h) * width;
        const float *dy = call->dy + at, *y = call->y + at;
        if (s->pooling) {
            y = maps + (size_t)o * map;
            s->pooling->gradients(dz, call->dy + at / 4, y, rows / 2, s->layer->out.w / 2, call->n);
            dy = dz;
        }
        dbias[o] += s->activation->gradients(dz, dy, y, (size_t)rows * width);
    }
}

/*
 * dw += the weights' gradient from one row of outputs: dw is (O, K) where the order is natural, else
 * (K, O). dzt has room for (N, O).
 */
static void weight_product(const struct sweep *s, float *dw, const float *lowered, const float *dz,
                           float *dzt)
{
    const int map = s->strip * s->width;
    if (s->natural) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->outputs, s->k, s->width, 1, dz, map,
                    lowered, s->width, 1, dw, s->k);
    } else if (s->outputs >= TRANSPOSED_FROM) {
        vector_transpose(dzt, dz, (size_t)map, s->outputs, s->width);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s->k, s->outputs, s->width, 1,
                    lowered, s->width, dzt, s->outputs, 1, dw, s->outputs);
    } else {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s->k, s->outputs, s->width, 1, lowered,
                    s->width, dz, map, 1, dw, s->outputs);
    }
}

static void backward_planes(const struct layer *layer, const struct layer_call *call, int span)
{
    struct sweep s = sweep_of(layer, span, call->n);
    const float *maps = (float *)call->stash + lower_size(layer, call->n);
    float *dbias = call->dparams + layer->weight_count;
    float *dz = call->scratch + planes_scratch_size(layer, call->n);
    s.strip = s.rows;
    vector_fill(dbias, 0, layer->bias_count);
    strip_gradient(&s, dz, dbias, call, maps, 0);
    planes_backward(call->dparams, dz, layer, call);
}

static void backward(const struct layer *layer, const struct layer_call *call, int span)
{
    if (planes_pay(layer, call->n, call->training)) {
        backward_planes(layer, call, span);
        return;
    }
    const struct sweep s = sweep_of(layer, span, call->n);
    const bool direct = direct_gradient_pays(layer);
    const size_t width = (size_t)s.width, row_size = lower_row_size(layer, call->n);
    const size_t gathered = packed_size(layer) * DIRECT_LANES;
    const float *lowered = call->stash, *maps = lowered + lower_size(layer, call->n);
    float *dbias = call->dparams + layer->weight_count;
    float *packed = call->scratch, *gather = packed + packed_size(layer), *dz = gather + gathered;
    float *dzt = dz + strip_size(layer, call->n);
    float *dlowered = dzt + width * (size_t)s.outputs;
    float *dw = s.natural && !direct ? call->dparams : gather;
    int touched = 0, done = 0; /* rows of dlowered: written to, and complete */

    vector_fill(call->dparams, 0, layer->weight_count + layer->bias_count);
    if (dw == gather)
        vector_fill(dw, 0, direct ? gathered : packed_size(layer));
    const float *weights = call->dx ? ordered(&s, packed, call->params) : NULL;
    if (call->dx)
        vector_fill(call->dx, 0, shape_size(layer->in) * (size_t)call->n);

    for (int h = 0; h < s.rows; h += s.strip) {
        strip_gradient(&s, dz, dbias, call, maps, h);
        maps += s.pooling ? (size_t)(s.outputs * s.strip) * width : 0;
        for (int r = 0; r < strip_at(&s, h); r++) {
            const float *dz_h = dz + (size_t)r * width;
            const int first = (h + r) * layer->row.stride.h, end = first + layer->row.kernel.h;
            if (direct)
                direct_gradient(dw, dz_h, (size_t)s.strip * width, call->x, layer, call->n, h + r);
            else
                weight_product(&s, dw, lowered + (size_t)first * row_size, dz_h, dzt);
            if (!call->dx)
                continue;
            vector_fill(dlowered + (size_t)touched * row_size, 0,
                        (size_t)(end - touched) * row_size);
            touched = end;
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, s.k, s.width, s.outputs, 1,
                        weights, s.k, dz_h, s.strip * s.width, 1,
                        dlowered + (size_t)first * row_size, s.width);
            const int next = first + layer->row.stride.h; /* the next product's first row */
            const int complete = h + r + 1 == s.rows || next > end ? end : next;
            lower_gradient(call->dx, dlowered, layer, call->n, done, complete);
            done = complete;
        }
    }
    if (direct)
        direct_fold(call->dparams, dw, layer->weight_count);
    else if (dw == gather)
        unpack_gradient(call->dparams, dw, &s);
}

static size_t stash_size(const struct layer *layer, int n)
{
    return (lower_size(layer, n) + maps_size(layer, n)) * sizeof(float);
}

/* Backward: W, the gathered dW, dZ, dZ^T, dL; or what planes need, dZ */
static size_t scratch_size(const struct layer *layer, int n)
{
    const size_t outputs = shape_size(layer->out) * (size_t)n;
    const size_t rows = packed_size(layer) * (1 + DIRECT_LANES) + strip_size(layer, n) +
                        (size_t)layer->out.c * (size_t)layer->out.w * (size_t)n +
                        lower_size(layer, n);
    const size_t planes = planes_scratch_size(layer, n) + outputs;
    return rows > planes ? rows : planes;
}

#define SPAN(name, rows, keeps)                                                           \
    static void name##_forward(const struct layer *layer, const struct layer_call *call)  \
    {                                                                                     \
        forward(layer, call, rows);                                                       \
    }                                                                                     \
    static void name##_backward(const struct layer *layer, const struct layer_call *call) \
    {                                                                                     \
        backward(layer, call, rows);                                                      \
    }                                                                                     \
    const struct layer_ops blas_##name = {.span = rows,                                   \
                                          .keeps_y = keeps,                               \
                                          .forward = name##_forward,                      \
                                          .backward = name##_backward,                    \
                                          .stash_size = stash_size,                       \
                                          .scratch_size = scratch_size};

SPAN(conv, 1, false)
SPAN(conv_activation, 2, true)
SPAN(conv_activation_pool, 3, false)

/* One output of each map, which sees all of the input: the paper's C5. */
static bool is_dense(const struct layer *layer)
{
    const struct lenet5_layer *row = &layer->row;
    return row->kernel.h == layer->in.h && row->kernel.w == layer->in.w && row->padding.h == 0 &&
           row->padding.w == 0 && !row->connections;
}

const struct layer_ops *blas_fused(const struct layer *layers, int count)
{
    if (layers[0].row.kind == LENET5_CONV && is_dense(&layers[0]))
        return &blas_dense;
    if (layers[0].row.kind != LENET5_CONV || count < 2 || !activation_of(layers[1].row.kind))
        return NULL;
    return count > 2 && pooling_of(&layers[2]) ? &blas_conv_activation_pool : &blas_conv_activation;
}
