/*
 * Compares SGEMM with its definition, on the shapes that a network needs. The allowed error is the bound
 * for rounding: |error| <= g (|A| |B| + |C|), g = (k + 2) u / (1 - (k + 2) u), u = 2^-24 (Higham,
 * Accuracy and Stability of Numerical Algorithms, section 3.5). The products run on all threads at once,
 * because a BLAS that is not thread-safe fails only then.
 */
#include <cblas.h>
#include <lenet5/runtime.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "executor.h"
#include "network/network_internal.h"
#include "thread_count.h"

enum {
    MARGIN = 3, /* floats after each row of C, which must stay as they are */
    ROUNDS = 4,
    PER_LAYER = 5,
};

/* C (m, n) = A (m, k) B (k, n) + beta C, row-major, with A or B stored the other way round. */
struct product {
    bool trans_a, trans_b;
    int m, n, k;
    float beta;
};

struct finding {
    double worst;
    struct product product;
};

struct check {
    struct product *products;
    int count;
    size_t a, b, c;           /* the largest operands, floats */
    float **operands;         /* one per thread: A, B, C, and C before the product */
    struct finding *findings; /* one per thread */
};

static void add(struct check *check, struct product product)
{
    const size_t m = (size_t)product.m, n = (size_t)product.n, k = (size_t)product.k;
    if (check->products)
        check->products[check->count] = product;
    check->count++;
    check->a = m * k > check->a ? m * k : check->a;
    check->b = k * n > check->b ? k * n : check->b;
    check->c = m * (n + MARGIN) > check->c ? m * (n + MARGIN) : check->c;
}

/* The products of conv.c and dense.c, whichever of them this machine chooses. */
static void add_layer(struct check *check, const struct layer *layer, int samples)
{
    const int outputs = layer->desc.outputs;
    if (layer->desc.kind == LENET5_LAYER_CONV) {
        const int k = (int)layer_taps(layer), width = layer->out.w * samples;
        add(check, (struct product){false, false, outputs, width, k, 0});
        add(check, (struct product){false, true, outputs, k, width, 1});
        add(check, (struct product){false, false, k, outputs, width, 1});
        add(check, (struct product){false, true, k, outputs, width, 1});
        add(check, (struct product){true, false, k, width, outputs, 1});
    } else if (layer->desc.kind == LENET5_LAYER_DENSE) {
        const int inputs = layer->in.c;
        add(check, (struct product){false, false, outputs, samples, inputs, 1});
        add(check, (struct product){false, false, outputs, inputs, samples, 0});
        add(check, (struct product){true, false, inputs, samples, outputs, 0});
    }
}

static void add_network(struct check *check, const struct lenet5_network *network)
{
    check->count = 0;
    for (int i = 0; i < network->architecture.layer_count; i++)
        for (int samples = 1; samples <= MICRO_BATCH; samples++)
            add_layer(check, &network->layers[i], samples);
}

static void fill(float *x, size_t count, struct rng *rng)
{
    for (size_t i = 0; i < count; i++)
        x[i] = 2 * rng_uniform(rng) - 1;
}

/* The error of one element of C divided by the allowed error; NaN if the element is NaN. */
static double share(const struct product *p, const float *a, const float *b, double before,
                    double after, int row, int column)
{
    double sum = 0, size = 0;
    for (int i = 0; i < p->k; i++) {
        const double x = (double)a[p->trans_a ? i * p->m + row : row * p->k + i];
        const double y = (double)b[p->trans_b ? column * p->k + i : i * p->n + column];
        sum += x * y;
        size += fabs(x * y);
    }
    if (p->beta != 0) {
        sum += before;
        size += fabs(before);
    }
    const double u = (p->k + 2) * 0x1p-24;
    return fabs(after - sum) / (u / (1 - u) * size);
}

static double compare(const struct product *p, const float *a, const float *b, const float *c,
                      const float *before)
{
    double worst = 0;
    for (int row = 0; row < p->m; row++)
        for (int column = 0; column < p->n + MARGIN; column++) {
            const int at = row * (p->n + MARGIN) + column;
            double error = column < p->n
                               ? share(p, a, b, (double)before[at], (double)c[at], row, column)
                           : c[at] == before[at] ? 0
                                                 : INFINITY;
            if (!(error <= worst))
                worst = isnan(error) ? INFINITY : error;
        }
    return worst;
}

static void run(void *context, int task, int worker)
{
    struct check *check = context;
    const struct product *p = &check->products[task % check->count];
    const int pitch = p->n + MARGIN;
    const size_t count = (size_t)p->m * (size_t)pitch;
    float *a = check->operands[worker], *b = a + check->a, *c = b + check->b,
          *before = c + check->c;
    struct rng rng = rng_stream(1, RNG_INIT, (uint32_t)task, 0);
    fill(a, (size_t)p->m * (size_t)p->k, &rng);
    fill(b, (size_t)p->k * (size_t)p->n, &rng);
    fill(before, count, &rng);
    for (size_t i = 0; i < count; i++) /* beta = 0 must not read C */
        c[i] = p->beta == 0 && i % (size_t)pitch < (size_t)p->n ? NAN : before[i];
    cblas_sgemm(CblasRowMajor, p->trans_a ? CblasTrans : CblasNoTrans,
                p->trans_b ? CblasTrans : CblasNoTrans, p->m, p->n, p->k, 1, a,
                p->trans_a ? p->m : p->k, b, p->trans_b ? p->k : p->n, p->beta, c, pitch);
    const double worst = compare(p, a, b, c, before);
    if (worst > check->findings[worker].worst)
        check->findings[worker] = (struct finding){worst, *p};
}

static enum lenet5_status prepare(struct check *check, const struct lenet5_network *network,
                                  int threads, struct lenet5_error *error)
{
    add_network(check, network);
    if (check->count == 0)
        return fail(error, LENET5_ERROR_ARGUMENT, "a network without products");
    check->products = memory_alloc((size_t)check->count, sizeof(*check->products));
    check->operands = memory_alloc((size_t)threads, sizeof(*check->operands));
    check->findings = memory_alloc((size_t)threads, sizeof(*check->findings));
    bool ok = check->products && check->operands && check->findings;
    for (int i = 0; ok && i < threads; i++)
        ok = (check->operands[i] = memory_alloc(check->a + check->b + 2 * check->c, sizeof(float)));
    if (!ok)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    add_network(check, network);
    return LENET5_OK;
}

static void finish(struct check *check, int threads)
{
    for (int i = 0; check->operands && i < threads; i++)
        memory_free(check->operands[i]);
    memory_free(check->operands);
    memory_free(check->findings);
    memory_free(check->products);
}

enum lenet5_status lenet5_blas_check(struct lenet5_blas_check *result,
                                     const struct lenet5_network *network, int threads,
                                     struct lenet5_error *error)
{
    struct check check = {0};
    *result = (struct lenet5_blas_check){0};
    enum lenet5_status status = threads_resolve(&threads, LENET5_BACKEND_BLAS, error);
    if (status)
        return status;
    status = prepare(&check, network, threads, error);
    if (status)
        goto done;
    const struct parallel_phase phase = {.tasks = ROUNDS * check.count, .run = run};
    parallel_run(threads, &phase, 1, &check);

    struct finding worst = check.findings[0];
    for (int i = 1; i < threads; i++)
        worst = check.findings[i].worst > worst.worst ? check.findings[i] : worst;
    result->shapes = check.count;
    result->products = ROUNDS * check.count;
    result->worst = worst.worst;
    const struct product *p = &worst.product;
    snprintf(result->worst_shape, sizeof(result->worst_shape), "%c%c %dx%dx%d",
             p->trans_a ? 'T' : 'N', p->trans_b ? 'T' : 'N', p->m, p->n, p->k);
    if (!(worst.worst <= 1))
        status = fail(error, LENET5_ERROR_BLAS,
                      "SGEMM is wrong: the product %s is off by %.3g times what rounding allows",
                      result->worst_shape, worst.worst);
done:
    finish(&check, threads);
    return status;
}
