/*
 * Every layer of the case table: the backends agree, and the naive gradients are the derivatives.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "layer_run.h"
#include "suite.h"

static const double tolerance = 1e-4; /* sums of up to 12,544 products in float, in another order */

static bool written(const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (isnan(x[i]))
            return false;
    return true;
}

/* y again, in inference. */
static void infer(struct layer_run *run)
{
    run->call.training = false;
    for (size_t i = 0; i < run->y_size; i++)
        run->y[i] = NAN;
    layer_run_forward(run);
}

/* trained has run forward and backward, inferred as above. */
static void compare(const struct layer_case *test, const struct layer_run *trained,
                    const struct layer_run *inferred, enum lenet5_backend backend)
{
    const char *name = lenet5_backend_string(backend);
    struct layer_run run = layer_run_create(test, backend);
    layer_run_forward(&run);
    ck_assert_msg(written(run.y, run.y_size), "%s: %s forward leaves part of y unwritten",
                  test->name, name);
    layer_run_backward(&run);
    ck_assert_msg(written(run.dx, run.x_size), "%s: %s backward leaves part of dx unwritten",
                  test->name, name);
    const double y = largest_difference(run.y, trained->y, trained->y_size);
    const double dx = largest_difference(run.dx, trained->dx, trained->x_size);
    const double dparams = largest_difference(run.dparams, trained->dparams,
                                              trained->parameter_count);
    ck_assert_msg(y <= tolerance && dx <= tolerance && dparams <= tolerance,
                  "%s: %s and naive differ by %g in y, %g in dx, %g in dparams", test->name, name,
                  y, dx, dparams);
    infer(&run);
    const double inference = largest_difference(run.y, inferred->y, inferred->y_size);
    ck_assert_msg(inference <= tolerance, "%s: %s and naive differ by %g in inference", test->name,
                  name, inference);
    layer_run_destroy(&run);
}

TEST_LOOP(backends_agree, 0, LAYER_CASES)
{
    const struct layer_case *test = &layer_cases[_i];
    struct layer_run trained = layer_run_create(test, LENET5_BACKEND_NAIVE);
    struct layer_run inferred = layer_run_create(test, LENET5_BACKEND_NAIVE);
    layer_run_forward(&trained);
    layer_run_backward(&trained);
    infer(&inferred);
    ck_assert_msg(written(trained.y, trained.y_size) && written(trained.dx, trained.x_size),
                  "%s: naive leaves part of y or dx unwritten", test->name);
    compare(test, &trained, &inferred, LENET5_BACKEND_BLAS);
    compare(test, &trained, &inferred, LENET5_BACKEND_DIRECT);
    layer_run_destroy(&trained);
    layer_run_destroy(&inferred);
}

/*
 * The first layer of a network wants no dx: the parameters' gradient must be the same without it.
 */
TEST_LOOP(input_gradient_is_optional, 0, LAYER_CASES)
{
    for (int backend = LENET5_BACKEND_NAIVE; backend <= LENET5_BACKEND_DIRECT; backend++) {
        struct layer_run with = layer_run_create(&layer_cases[_i], (enum lenet5_backend)backend);
        struct layer_run without = layer_run_create(&layer_cases[_i], (enum lenet5_backend)backend);
        without.call.dx = NULL;
        layer_run_forward(&with);
        layer_run_forward(&without);
        layer_run_backward(&with);
        layer_run_backward(&without);
        ck_assert_mem_eq(with.dparams, without.dparams, with.parameter_count * sizeof(float));
        layer_run_destroy(&with);
        layer_run_destroy(&without);
    }
}

/* Operations that say so may overwrite their input, and their output's gradient. */
TEST_LOOP(in_place_changes_nothing, 0, LAYER_CASES)
{
    for (int backend = LENET5_BACKEND_NAIVE; backend <= LENET5_BACKEND_DIRECT; backend++) {
        struct layer_run apart = layer_run_create(&layer_cases[_i], (enum lenet5_backend)backend);
        struct layer_run place = layer_run_create(&layer_cases[_i], (enum lenet5_backend)backend);
        place.call.y = place.x;
        place.call.dx = place.dy;
        if (apart.ops->in_place) {
            layer_run_forward(&apart);
            layer_run_forward(&place);
            ck_assert_mem_eq(apart.y, place.x, apart.y_size * sizeof(float));
            layer_run_backward(&apart);
            layer_run_backward(&place);
            ck_assert_mem_eq(apart.dx, place.dy, apart.x_size * sizeof(float));
        }
        layer_run_destroy(&apart);
        layer_run_destroy(&place);
    }
}

/* The scalar whose gradients the backward pass computes: sum of dy * y. */
static double scalar(struct layer_run *run)
{
    double sum = 0;
    layer_run_forward(run);
    for (size_t i = 0; i < run->y_size; i++)
        sum += (double)run->dy[i] * (double)run->y[i];
    return sum;
}

/* Compares up to 64 of the count gradients with central differences of their values. */
static void check_gradient(struct layer_run *run, const char *name, const char *of, float *values,
                           const float *gradient, size_t count)
{
    const float h = 0x1p-6f;
    const size_t step = count / 64 + 1;
    for (size_t i = 0; i < count; i += step) {
        const float kept = values[i];
        values[i] = kept + h;
        double above = scalar(run);
        values[i] = kept - h;
        double below = scalar(run);
        values[i] = kept;
        double expected = (above - below) / (2 * h), found = gradient[i];
        ck_assert_msg(fabs(found - expected) <= 2e-3 * (1 + fabs(expected)),
                      "%s: d/d%s[%zu] is %g, central differences give %g", name, of, i, found,
                      expected);
    }
}

TEST_LOOP(gradients_are_derivatives, 0, LAYER_CASES)
{
    const struct layer_case *test = &layer_cases[_i];
    if (test->desc.kind == LENET5_LAYER_RELU || test->desc.kind == LENET5_LAYER_MAX_POOL)
        return; /* they have kinks; the next test is for them */
    struct layer_run run = layer_run_create(test, LENET5_BACKEND_NAIVE);
    layer_run_forward(&run);
    layer_run_backward(&run);
    check_gradient(&run, test->name, "x", run.x, run.dx, run.x_size);
    check_gradient(&run, test->name, "params", run.params, run.dparams, run.parameter_count);
    layer_run_destroy(&run);
}

/* ReLU and max pooling with inputs further apart than the differences reach. */
TEST_LOOP(gradients_beside_kinks, 0, LAYER_CASES)
{
    const struct layer_case *test = &layer_cases[_i];
    if (test->desc.kind != LENET5_LAYER_RELU && test->desc.kind != LENET5_LAYER_MAX_POOL)
        return;
    struct layer_run run = layer_run_create(test, LENET5_BACKEND_NAIVE);
    for (size_t i = 0; i < run.x_size; i++)
        run.x[i] = 0.125f * (float)((i * 7919) % 1009) - 60.0625f;
    layer_run_forward(&run);
    layer_run_backward(&run);
    check_gradient(&run, test->name, "x", run.x, run.dx, run.x_size);
    layer_run_destroy(&run);
}

/* Of equal values the first wins, on every backend, as the header says. */
TEST(max_pool_ties)
{
    for (int backend = LENET5_BACKEND_NAIVE; backend <= LENET5_BACKEND_DIRECT; backend++) {
        const struct layer_case test = {
            "ties", {LENET5_LAYER_MAX_POOL, .kernel = {2, 2}}, {1, 2, 2}, 1};
        const float first[4] = {1, 0, 0, 0};
        struct layer_run run = layer_run_create(&test, (enum lenet5_backend)backend);
        for (int i = 0; i < 4; i++)
            run.x[i] = 3;
        run.dy[0] = 1;
        layer_run_forward(&run);
        layer_run_backward(&run);
        ck_assert_mem_eq(run.dx, first, sizeof(first));
        layer_run_destroy(&run);
    }
}

/* Dropout is inverted: about the share `rate` is zero, the rest is scaled up, and inference is
 * exact. */
TEST(dropout_statistics)
{
    const float rate = 0.2f;
    const struct layer_case test = {
        "dropout", {LENET5_LAYER_DROPOUT, .rate = rate}, {10000, 1, 1}, 10};
    struct layer_run run = layer_run_create(&test, LENET5_BACKEND_BLAS);
    size_t dropped = 0;
    layer_run_forward(&run);
    for (size_t i = 0; i < run.y_size; i++) {
        if (run.y[i] == 0)
            dropped++;
        else
            ck_assert_float_eq_tol(run.y[i], run.x[i] / (1 - rate), 1e-6f);
    }
    /* 100,000 draws: 5 standard deviations are 0.0063 */
    ck_assert_double_eq_tol((double)dropped / (double)run.y_size, rate, 0.0064);
    run.call.training = false;
    layer_run_forward(&run);
    ck_assert_mem_eq(run.y, run.x, run.y_size * sizeof(float));
    layer_run_destroy(&run);
}

/*
 * What a sample drops depends on its place in the batch, not on which samples it is computed with.
 */
TEST(dropout_ignores_pieces)
{
    const struct layer_case whole = {"whole", {LENET5_LAYER_DROPOUT, .rate = 0.5f}, {100, 1, 1}, 8};
    const struct layer_case half = {"half", {LENET5_LAYER_DROPOUT, .rate = 0.5f}, {100, 1, 1}, 4};
    struct layer_run a = layer_run_create(&whole, LENET5_BACKEND_BLAS);
    struct layer_run b = layer_run_create(&half, LENET5_BACKEND_BLAS);
    b.call.draw.first += 4;
    for (int k = 0; k < 100; k++)
        memcpy(b.x + 4 * k, a.x + 8 * k + 4, 4 * sizeof(float));
    layer_run_forward(&a);
    layer_run_forward(&b);
    for (int k = 0; k < 100; k++)
        ck_assert_mem_eq(a.y + 8 * k + 4, b.y + 4 * k, 4 * sizeof(float));
    b.call.draw.step++;
    layer_run_forward(&b);
    bool same = true;
    for (int k = 0; k < 100; k++)
        same = same && memcmp(a.y + 8 * k + 4, b.y + 4 * k, 4 * sizeof(float)) == 0;
    ck_assert(!same);
    layer_run_destroy(&a);
    layer_run_destroy(&b);
}
