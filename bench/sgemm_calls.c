#include "sgemm_calls.h"

#include <cblas.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "layers/direct/direct.h"

enum kernel { SGEMM, DIRECT_AFFINE, DIRECT_FORWARD, DIRECT_GRADIENT, DIRECT_INPUT_GRADIENT };

/* C (m, n) = alpha A (m, k) B (k, n) + beta C, row-major; or the arguments of a direct kernel. */
struct call {
    enum kernel kernel;
    CBLAS_TRANSPOSE trans_a, trans_b;
    int m, n, k;
    float alpha, beta;
    const float *a, *b, *bias;
    size_t lda, ldb, ldc, pitch; /* pitch: of the rows of a direct kernel's dz */
    float *c;
    const struct layer *layer; /* of the direct kernels, with the samples and the row */
    int samples, row, rows;
};

static struct sgemm_calls *recording; /* NULL = calls pass unrecorded */

static void *checked(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void append(struct call call)
{
    struct sgemm_calls *calls = recording;
    if (!calls)
        return;
    if (calls->count == calls->room) {
        calls->room = 2 * calls->room + 256;
        calls->list = checked(realloc(calls->list, (size_t)calls->room * sizeof(*calls->list)));
    }
    calls->list[calls->count++] = call;
}

/* The linker's names: __wrap_x is called in place of x, which is __real_x from here on. */
__typeof__(cblas_sgemm) __real_cblas_sgemm, __wrap_cblas_sgemm;
__typeof__(direct_affine) __real_direct_affine, __wrap_direct_affine;
__typeof__(direct_forward) __real_direct_forward, __wrap_direct_forward;
__typeof__(direct_weight_gradient) __real_direct_weight_gradient, __wrap_direct_weight_gradient;
__typeof__(direct_input_gradient) __real_direct_input_gradient, __wrap_direct_input_gradient;

void __wrap_cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE trans_a, CBLAS_TRANSPOSE trans_b,
                        blasint m, blasint n, blasint k, float alpha, const float *a, blasint lda,
                        const float *b, blasint ldb, float beta, float *c, blasint ldc)
{
    __real_cblas_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    if (order != CblasRowMajor)
        abort(); /* src/ has only row-major calls */
    append((struct call){.kernel = SGEMM,
                         .trans_a = trans_a,
                         .trans_b = trans_b,
                         .m = m,
                         .n = n,
                         .k = k,
                         .alpha = alpha,
                         .beta = beta,
                         .a = a,
                         .b = b,
                         .c = c,
                         .lda = (size_t)lda,
                         .ldb = (size_t)ldb,
                         .ldc = (size_t)ldc});
}

void __wrap_direct_affine(float *y, const float *b, const float *w, const float *x, size_t inputs,
                          int outputs)
{
    __real_direct_affine(y, b, w, x, inputs, outputs);
    append((struct call){.kernel = DIRECT_AFFINE,
                         .m = outputs,
                         .n = MICRO_BATCH,
                         .k = (int)inputs,
                         .a = w,
                         .b = x,
                         .bias = b,
                         .c = y});
}

void __wrap_direct_forward(float *z, size_t map, const float *weights, const float *x,
                           const struct layer *layer, int n, int h)
{
    __real_direct_forward(z, map, weights, x, layer, n, h);
    append((struct call){.kernel = DIRECT_FORWARD,
                         .m = layer->out.c,
                         .n = layer->out.w * n,
                         .k = (int)layer_taps(layer),
                         .a = weights,
                         .b = x,
                         .c = z,
                         .ldc = map,
                         .layer = layer,
                         .samples = n,
                         .row = h});
}

void __wrap_direct_weight_gradient(float *sums, const float *dz, size_t map, size_t row,
                                   const float *x, const struct layer *layer, int n, int h,
                                   int rows)
{
    __real_direct_weight_gradient(sums, dz, map, row, x, layer, n, h, rows);
    append((struct call){.kernel = DIRECT_GRADIENT,
                         .m = layer->out.c,
                         .n = (int)layer_taps(layer),
                         .k = layer->out.w * n * rows,
                         .a = dz,
                         .lda = map,
                         .pitch = row,
                         .b = x,
                         .c = sums,
                         .layer = layer,
                         .samples = n,
                         .row = h,
                         .rows = rows});
}

void __wrap_direct_input_gradient(float *dx, const float *wt, const float *dz, size_t map,
                                  size_t row, const struct layer *layer, int n, int h, int rows)
{
    __real_direct_input_gradient(dx, wt, dz, map, row, layer, n, h, rows);
    append((struct call){.kernel = DIRECT_INPUT_GRADIENT,
                         .m = (int)layer_taps(layer),
                         .n = layer->out.w * n * rows,
                         .k = layer->out.c,
                         .a = wt,
                         .b = dz,
                         .ldb = map,
                         .pitch = row,
                         .c = dx,
                         .layer = layer,
                         .samples = n,
                         .row = h,
                         .rows = rows});
}

static void replay(const struct call *call)
{
    switch (call->kernel) {
    case SGEMM:
        __real_cblas_sgemm(CblasRowMajor, call->trans_a, call->trans_b, call->m, call->n, call->k,
                           call->alpha, call->a, (blasint)call->lda, call->b, (blasint)call->ldb,
                           call->beta, call->c, (blasint)call->ldc);
        break;
    case DIRECT_AFFINE:
        __real_direct_affine(call->c, call->bias, call->a, call->b, (size_t)call->k, call->m);
        break;
    case DIRECT_FORWARD:
        __real_direct_forward(call->c, call->ldc, call->a, call->b, call->layer, call->samples,
                              call->row);
        break;
    case DIRECT_GRADIENT:
        __real_direct_weight_gradient(call->c, call->a, call->lda, call->pitch, call->b,
                                      call->layer, call->samples, call->row, call->rows);
        break;
    case DIRECT_INPUT_GRADIENT:
        __real_direct_input_gradient(call->c, call->a, call->b, call->ldb, call->pitch, call->layer,
                                     call->samples, call->row, call->rows);
        break;
    }
}

void sgemm_calls_replay(const struct sgemm_calls *calls)
{
    for (int i = 0; i < calls->count; i++)
        replay(&calls->list[i]);
}

void sgemm_calls_replay_shape(const struct sgemm_calls *calls, int shape)
{
    for (int i = 0; i < calls->count; i++)
        if (calls->shape_of[i] == shape)
            replay(&calls->list[i]);
}

static bool same_shape(const struct call *a, const struct call *b)
{
    return a->kernel == b->kernel && a->trans_a == b->trans_a && a->trans_b == b->trans_b &&
           a->m == b->m && a->n == b->n && a->k == b->k;
}

static void name_shape(struct shape *shape, const struct call *call)
{
    static const char *const kernels[] = {"sgemm ", "direct dense ", "direct forward ",
                                          "direct gradient ", "direct input gradient "};
    char transposed[] = "NN ";
    if (call->trans_a == CblasTrans)
        transposed[0] = 'T';
    if (call->trans_b == CblasTrans)
        transposed[1] = 'T';
    snprintf(shape->name, sizeof(shape->name), "%s%s%dx%dx%d", kernels[call->kernel],
             call->kernel == SGEMM ? transposed : "", call->m, call->n, call->k);
}

/* Shapes in their order of appearance. */
static void find_shapes(struct sgemm_calls *calls)
{
    calls->shape_of = checked(calloc((size_t)calls->count + 1, sizeof(*calls->shape_of)));
    calls->shapes = checked(calloc((size_t)calls->count + 1, sizeof(*calls->shapes)));
    for (int i = 0; i < calls->count; i++) {
        const struct call *call = &calls->list[i];
        int first = 0;
        while (!same_shape(&calls->list[first], call))
            first++;
        calls->shape_of[i] = first < i ? calls->shape_of[first] : calls->shape_count++;
        struct shape *shape = &calls->shapes[calls->shape_of[i]];
        name_shape(shape, call);
        shape->calls++;
        shape->flops += 2.0 * call->m * call->n * call->k;
    }
}

void sgemm_calls_start(struct sgemm_calls *calls)
{
    recording = calls;
}

void sgemm_calls_stop(void)
{
    find_shapes(recording);
    recording = NULL;
}
