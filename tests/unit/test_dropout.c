/*
 * Dropout by its statistics, as the executor runs it: a network without parameters whose logits are its
 * input, dropped.
 */
#include <lenet5/lenet5.h>
#include <math.h>
#include <string.h>

#include "engine/executor.h"
#include "suite.h"

enum { SIDE = 8, UNITS = SIDE * SIDE, N = 16, STEPS = 40, PIECES = 4 };

static struct lenet5_error error;
static const struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                           {.kind = LENET5_LAYER_DROPOUT, .rate = 0.2f},
                                           {.kind = LENET5_LAYER_DROPOUT, .rate = 0.2f}};
static struct lenet5_network *network;
static struct executor *executor;

/* With one or two layers of dropout; _i is the backend. */
static void create(int layers, int backend)
{
    const struct lenet5_architecture architecture = {
        .input = {1, SIDE, SIDE}, .layers = rows, .layer_count = 1 + layers, .class_count = UNITS};
    ck_assert_msg(!lenet5_network_create(&network, &architecture, &error), "%s", error.message);
    ck_assert(!executor_create(&executor, network, (enum lenet5_backend)backend, N,
                               EXECUTOR_TRAINING, &error));
}

static void destroy(void)
{
    executor_destroy(executor);
    lenet5_network_destroy(network);
}

/* y (UNITS, n) of n samples that are 1 everywhere; the first stands at this place of the batch. */
static const float *drop(uint64_t seed, int step, int first, int n)
{
    const struct layer_draw draw = {.seed = seed, .step = (uint32_t)step, .first = (uint32_t)first};
    float *x = executor_input(executor);
    for (int i = 0; i < UNITS * n; i++)
        x[i] = 1;
    return executor_forward(executor, NULL, n, &draw);
}

/* A fifth is zero and the rest larger by as much, over all units and for each of them. */
TEST_LOOP(a_fifth_is_dropped_and_the_mean_stays, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT + 1)
{
    enum { SAMPLES = STEPS * PIECES * N };
    int dropped[UNITS] = {0}, total = 0, others = 0;
    double sum = 0;
    create(1, _i);
    for (int step = 1; step <= STEPS; step++)
        for (int first = 0; first < PIECES * N; first += N) {
            const float *y = drop(1, step, first, N);
            for (int k = 0; k < UNITS * N; k++) {
                others += !(y[k] == 0 || fabsf(y[k] - 1.25f) < 1e-6f);
                dropped[k / N] += y[k] == 0;
                sum += (double)y[k];
            }
        }
    ck_assert_int_eq(others, 0);
    for (int unit = 0; unit < UNITS; unit++) {
        ck_assert_double_eq_tol((double)dropped[unit] / SAMPLES, 0.2, 0.04); /* 5 deviations */
        total += dropped[unit];
    }
    ck_assert_double_eq_tol((double)total / (UNITS * SAMPLES), 0.2, 0.005);
    ck_assert_double_eq_tol(sum / (UNITS * SAMPLES), 1, 0.006);
    destroy();
}

/* The share of units that two draws treat alike: 1 for the same draw, 0.8^2 + 0.2^2 for two. */
static double likeness(const float *a, const float *b)
{
    int alike = 0;
    for (int i = 0; i < UNITS * N; i++)
        alike += (a[i] == 0) == (b[i] == 0);
    return (double)alike / (UNITS * N);
}

TEST_LOOP(every_draw_is_another, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT + 1)
{
    float first[UNITS * N], turned[UNITS * N];
    double seeds = 0, steps = 0, places = 0, samples = 0;
    create(1, _i);
    for (int step = 1; step <= STEPS; step++) {
        memcpy(first, drop(1, step, 0, N), sizeof(first));
        ck_assert_double_eq(likeness(first, drop(1, step, 0, N)), 1);
        seeds += likeness(first, drop(2, step, 0, N)) / STEPS;
        steps += likeness(first, drop(1, step + 1, 0, N)) / STEPS;
        places += likeness(first, drop(1, step, N, N)) / STEPS;
        for (int i = 0; i < UNITS * N; i++) /* each sample beside its neighbour */
            turned[i] = first[i / N * N + (i + 1) % N];
        samples += likeness(first, turned) / STEPS;
    }
    ck_assert_double_eq_tol(seeds, 0.68, 0.012);
    ck_assert_double_eq_tol(steps, 0.68, 0.012);
    ck_assert_double_eq_tol(places, 0.68, 0.012);
    ck_assert_double_eq_tol(samples, 0.68, 0.012);
    destroy();
}

/* Two layers that dropped the same would leave 0.8 of the units, not 0.64. */
TEST_LOOP(every_layer_draws_for_itself, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT + 1)
{
    int left = 0;
    create(2, _i);
    for (int step = 1; step <= STEPS; step++) {
        const float *y = drop(1, step, 0, N);
        for (int k = 0; k < UNITS * N; k++)
            left += y[k] != 0;
    }
    ck_assert_double_eq_tol((double)left / (UNITS * N * STEPS), 0.64, 0.012);
    destroy();
}

/* What is dropped follows from a sample's place in the batch, however the batch is cut up. */
TEST_LOOP(pieces_make_no_difference, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT + 1)
{
    float whole[UNITS * N];
    create(2, _i);
    memcpy(whole, drop(1, 3, 2 * N, N), sizeof(whole));
    for (int i = 0; i < N; i++) {
        const float *one = drop(1, 3, 2 * N + i, 1);
        for (int unit = 0; unit < UNITS; unit++)
            ck_assert_float_eq(one[unit], whole[unit * N + i]);
    }
    destroy();
}

TEST_LOOP(nothing_is_dropped_at_inference, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT + 1)
{
    create(2, _i);
    float *x = executor_input(executor);
    for (int i = 0; i < UNITS * N; i++)
        x[i] = 0.25f * (float)i - 3;
    const float *y = executor_forward(executor, NULL, N, NULL);
    for (int i = 0; i < UNITS * N; i++)
        ck_assert_float_eq(y[i], 0.25f * (float)i - 3);
    destroy();
}

/* Two epochs of the preset with dropout, at work. */
static void train(char sha256[65], int backend, int threads)
{
    struct lenet5_training training = lenet5_preset("keras-dropout")->training;
    struct lenet5_dataset *digits;
    struct lenet5_trainer *trainer;
    struct lenet5_result result;
    training.backend = (enum lenet5_backend)backend;
    training.threads = threads;
    training.epochs = 2;
    ck_assert(!lenet5_dataset_draw_digits(&digits, 90, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(
        !lenet5_network_create(&network, &lenet5_preset("keras-dropout")->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_GLOROT, 1, &error));
    ck_assert_msg(!lenet5_trainer_create(&trainer, network, digits, &training, &error), "%s",
                  error.message);
    ck_assert(!lenet5_trainer_run(trainer, &result, NULL, NULL, &error));
    lenet5_network_sha256(network, sha256);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(digits);
}

TEST_LOOP(threads_make_no_difference, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT + 1)
{
    char one[65], many[65];
    train(one, _i, 1);
    for (int threads = 2; threads <= 4; threads++) {
        train(many, _i, threads);
        ck_assert_str_eq(many, one);
    }
}
