/* Optimizer steps and learning rates against numbers worked out by hand from the definitions. */
#include <math.h>

#include "suite.h"
#include "train/optimizer.h"
#include "train/schedule.h"

static struct lenet5_error error;

/* Three updates of one weight from 1 with gradients 0.5, -0.25, 0.125, the weight after each. */
static void check_steps(const struct lenet5_training *training, const double expected[3])
{
    static const float gradients[3] = {0.5f, -0.25f, 0.125f};
    struct optimizer optimizer;
    float weight = 1;
    ck_assert_int_eq(optimizer_init(&optimizer, training, 1, &error), LENET5_OK);
    for (int i = 0; i < 3; i++) {
        optimizer_begin(&optimizer, training->rate);
        optimizer_update(&optimizer, &weight, &gradients[i], 0, 1);
        ck_assert_double_eq_tol(weight, expected[i], 1e-6);
    }
    optimizer_finish(&optimizer);
}

TEST(sgd)
{
    struct lenet5_training t = {.optimizer = LENET5_OPTIMIZER_SGD, .rate = 0.1};
    check_steps(&t, (double[]){0.95, 0.975, 0.9625});
    /* g = dw + 0.1 w: 0.6, then -0.25 + 0.094, ... */
    t.weight_decay = 0.1;
    check_steps(&t, (double[]){0.94, 0.9556, 0.933544});
}

TEST(momentum)
{
    struct lenet5_training t = {.optimizer = LENET5_OPTIMIZER_SGD, .rate = 0.1, .momentum = 0.9};
    /* v: 0.5, 0.2, 0.305 */
    check_steps(&t, (double[]){0.95, 0.93, 0.8995});
    t.nesterov = true; /* w -= 0.1 (g + 0.9 v): 0.95, -0.07, 0.3995 */
    check_steps(&t, (double[]){0.905, 0.912, 0.87205});
}

TEST(adam)
{
    struct lenet5_training t = {.optimizer = LENET5_OPTIMIZER_ADAM,
                                .rate = 0.1,
                                .beta1 = 0.9,
                                .beta2 = 0.99,
                                .epsilon = 1e-8};
    double m = 0, v = 0, w = 1, expected[3];
    const double gradients[3] = {0.5, -0.25, 0.125};
    for (int i = 0; i < 3; i++) {
        m = 0.9 * m + 0.1 * gradients[i];
        v = 0.99 * v + 0.01 * gradients[i] * gradients[i];
        w -= 0.1 * (m / (1 - pow(0.9, i + 1))) / (sqrt(v / (1 - pow(0.99, i + 1))) + 1e-8);
        expected[i] = w;
    }
    ck_assert_double_eq_tol(expected[0], 0.9, 1e-7); /* the first step is the rate itself */
    check_steps(&t, expected);
    t.epsilon = 0.5; /* an epsilon that is seen: 0.5 / (0.5 + 0.5) in the first step */
    t.beta1 = t.beta2 = 0;
    check_steps(&t, (double[]){0.95, 0.95 + 0.1 / 3, 0.95 + 0.1 / 3 - 0.02});
}

/* lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon), as Keras has it. */
TEST(epsilon_hat)
{
    struct lenet5_training t = {.optimizer = LENET5_OPTIMIZER_ADAM,
                                .rate = 0.1,
                                .beta1 = 0.9,
                                .beta2 = 0.99,
                                .epsilon = 0.02,
                                .epsilon_hat = true};
    const double gradients[3] = {0.5, -0.25, 0.125};
    double m = 0, v = 0, w = 1, expected[3];
    for (int i = 0; i < 3; i++) {
        m = 0.9 * m + 0.1 * gradients[i];
        v = 0.99 * v + 0.01 * gradients[i] * gradients[i];
        w -= 0.1 * sqrt(1 - pow(0.99, i + 1)) / (1 - pow(0.9, i + 1)) * m / (sqrt(v) + 0.02);
        expected[i] = w;
    }
    check_steps(&t, expected);
    ck_assert_double_eq_tol(expected[0], 1 - 0.1 / 1.4,
                            1e-9); /* 0.05 / (0.05 + 0.02) of the rate */
    t.epsilon_hat = false;
    t.epsilon = 0.2; /* sqrt(v) corrected is 0.5: the same in the first step only */
    check_steps(&t, (double[]){1 - 0.1 / 1.4, 0.9108709, 0.8896170});
}

TEST(weight_decay_of_adam_and_adamw)
{
    struct lenet5_training t = {
        .optimizer = LENET5_OPTIMIZER_ADAM, .rate = 0.1, .epsilon = 0, .weight_decay = 0.5};
    /* With both betas 0 a step is rate times the sign of dw + 0.5 w: 1.0, 0.2, 0.525 */
    check_steps(&t, (double[]){0.9, 0.8, 0.7});
    t.optimizer = LENET5_OPTIMIZER_ADAMW; /* w * 0.95 - 0.1 * sign(dw) */
    check_steps(&t, (double[]){0.85, 0.9075, 0.762125});
}

/* w -= rate / (mu + h) (dw + decay w), and nothing before the curvature is known. */
TEST(sdlm)
{
    struct lenet5_training t = {.optimizer = LENET5_OPTIMIZER_SDLM, .rate = 0.1, .mu = 0.25};
    const float gradient[2] = {0.5f, -0.5f}, curvature[2] = {0.25f, 0.75f};
    float weights[2] = {1, 1};
    struct optimizer optimizer;
    ck_assert_int_eq(optimizer_init(&optimizer, &t, 2, &error), LENET5_OK);
    optimizer_begin(&optimizer, t.rate);
    optimizer_update(&optimizer, weights, gradient, 0, 2);
    ck_assert_float_eq(weights[0], 1);
    optimizer_set_curvature(&optimizer, curvature);
    optimizer_update(&optimizer, weights, gradient, 0, 2);
    ck_assert_double_eq_tol(weights[0], 0.9, 1e-6);  /* rate 0.2 */
    ck_assert_double_eq_tol(weights[1], 1.05, 1e-6); /* rate 0.1 */
    t.weight_decay = 0.5;
    optimizer_update(&optimizer, weights, gradient, 0, 2);
    ck_assert_double_eq_tol(weights[0], 0.9 - 0.2 * (0.5 + 0.45), 1e-6);
    optimizer_finish(&optimizer);
}

/* Ranges may be updated in any order: their moments do not mix. */
TEST(ranges_are_independent)
{
    const struct lenet5_training t = {
        .optimizer = LENET5_OPTIMIZER_SGD, .rate = 1, .momentum = 0.5};
    struct optimizer optimizer;
    float weights[4] = {0}, gradient[4] = {1, 2, 3, 4};
    ck_assert_int_eq(optimizer_init(&optimizer, &t, 4, &error), LENET5_OK);
    for (int i = 0; i < 2; i++) {
        optimizer_begin(&optimizer, 1);
        optimizer_update(&optimizer, weights, gradient + 2, 2, 2);
        optimizer_update(&optimizer, weights, gradient, 0, 2);
    }
    for (int i = 0; i < 4; i++)
        ck_assert_float_eq_tol(weights[i], -2.5f * gradient[i], 1e-6f);
    optimizer_finish(&optimizer);
}

/* 4 epochs of 25 steps at rate 2. */
static double rate_at(enum lenet5_schedule schedule, double warmup, long step)
{
    const struct lenet5_training t = {.epochs = 4,
                                      .rate = 2,
                                      .schedule = schedule,
                                      .warmup = warmup,
                                      .step_epochs = 2,
                                      .step_gamma = 0.1};
    return schedule_rate(&t, step, 25);
}

TEST(schedules)
{
    ck_assert_double_eq(rate_at(LENET5_SCHEDULE_CONSTANT, 0, 99), 2);

    ck_assert_double_eq(rate_at(LENET5_SCHEDULE_STEP, 0, 49), 2);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_STEP, 0, 50), 0.2, 1e-12);

    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 0, 0), 2, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 0, 33), 1.5,
                            1e-12); /* a third: cos 60 deg */
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 0, 99), 0, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 0, 1000), 0,
                            1e-12); /* and stays there */

    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_ONE_CYCLE, 0, 0), 2.0 / 25, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_ONE_CYCLE, 0, 30), 2,
                            2e-3); /* the top is at 29.7 */
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_ONE_CYCLE, 0, 99), 2.0 / 250000, 1e-12);

    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_TRIANGULAR, 0, 0), 2.0 / (0.2 * 101), 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_TRIANGULAR, 0, 19), 2.0 * 20 / 101 / 0.2,
                            1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_TRIANGULAR, 0, 60), 2.0 * 40 / 101 / 0.8,
                            1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_TRIANGULAR, 0, 99), 2.0 / 101 / 0.8, 1e-12);

    /* 0.0005, 0.0002, 0.0001, 0.00005 and 0.00001 from the paper's passes on, to the first step. */
    static const struct {
        int epoch;
        double rate;
    } passes[] = {{1, 1},   {2, 1},   {3, 0.4},  {5, 0.4},   {6, 0.2},
                  {8, 0.2}, {9, 0.1}, {12, 0.1}, {13, 0.02}, {20, 0.02}};
    for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++)
        for (int step = 0; step < 25; step += 24)
            ck_assert_double_eq_tol(
                rate_at(LENET5_SCHEDULE_LECUN1998, 0, 25 * (passes[i].epoch - 1) + step),
                2 * passes[i].rate, 1e-12);

    /* One epoch of warm-up: 25 equal steps, then the schedule over the 75 that are left. */
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 1, 0), 2.0 / 26, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 1, 24), 50.0 / 26, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 1, 25), 2, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 1, 62), 1, 1e-12);
    ck_assert_double_eq_tol(rate_at(LENET5_SCHEDULE_COSINE, 1, 99), 0, 1e-12);
}
