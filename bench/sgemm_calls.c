#include "sgemm_calls.h"

#include <cblas.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "blas/narrow.h"

enum kernel { SGEMM, NARROW_FORWARD, NARROW_GRADIENT };

/* C (m, n) = alpha A (m, k) B (k, n) + beta C, row by row; the narrow kernels use a part of this. */
struct call {
    enum kernel kernel;
    CBLAS_TRANSPOSE trans_a, trans_b;
    int m, n, k;
    float alpha, beta;
    const float *a, *b;
    size_t lda, ldb, ldc;
    float *c;
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
__typeof__(narrow_forward) __real_narrow_forward, __wrap_narrow_forward;
__typeof__(narrow_gradient) __real_narrow_gradient, __wrap_narrow_gradient;

void __wrap_cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE trans_a, CBLAS_TRANSPOSE trans_b,
                        blasint m, blasint n, blasint k, float alpha, const float *a, blasint lda,
                        const float *b, blasint ldb, float beta, float *c, blasint ldc)
{
    __real_cblas_sgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    if (order != CblasRowMajor)
        abort(); /* nobody in src/ does that */
    append((struct call){SGEMM, trans_a, trans_b, m, n, k, alpha, beta, a, b, (size_t)lda,
                         (size_t)ldb, (size_t)ldc, c});
}

void __wrap_narrow_forward(float *y, size_t y_step, const float *w, const float *l, int outputs,
                           int k, int n)
{
    __real_narrow_forward(y, y_step, w, l, outputs, k, n);
    append((struct call){.kernel = NARROW_FORWARD,
                         .m = outputs,
                         .n = n,
                         .k = k,
                         .a = w,
                         .b = l,
                         .c = y,
                         .ldc = y_step});
}

void __wrap_narrow_gradient(float *sums, const float *l, const float *dy, size_t dy_step,
                            int outputs, int k, int n)
{
    __real_narrow_gradient(sums, l, dy, dy_step, outputs, k, n);
    append((struct call){.kernel = NARROW_GRADIENT,
                         .m = k,
                         .n = outputs,
                         .k = n,
                         .a = l,
                         .b = dy,
                         .ldb = dy_step,
                         .c = sums});
}

static void replay(const struct call *call)
{
    switch (call->kernel) {
    case SGEMM:
        __real_cblas_sgemm(CblasRowMajor, call->trans_a, call->trans_b, call->m, call->n, call->k,
                           call->alpha, call->a, (blasint)call->lda, call->b, (blasint)call->ldb,
                           call->beta, call->c, (blasint)call->ldc);
        break;
    case NARROW_FORWARD:
        __real_narrow_forward(call->c, call->ldc, call->a, call->b, call->m, call->k, call->n);
        break;
    case NARROW_GRADIENT:
        __real_narrow_gradient(call->c, call->a, call->b, call->ldb, call->n, call->m, call->k);
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
    static const char *const kernels[] = {"sgemm ", "narrow_forward ", "narrow_gradient "};
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
