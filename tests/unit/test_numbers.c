/* Numbers that are none: what NaN, infinity and denormals among the weights do, on both backends. */
#include <lenet5/lenet5.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "suite.h"

enum { IMAGES = 32 };

static struct lenet5_error error;
static struct lenet5_dataset *digits;
static struct lenet5_network *network;
static uint32_t indices[IMAGES];

static void set_up(void)
{
    ck_assert(!lenet5_dataset_draw_digits(&digits, IMAGES, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(
        !lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_GLOROT, 1, &error));
    for (uint32_t i = 0; i < IMAGES; i++)
        indices[i] = i;
}

static void tear_down(void)
{
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(digits);
}

static struct lenet5_trainer *make_trainer(enum lenet5_backend backend)
{
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_trainer *trainer;
    training.backend = backend;
    training.threads = 1;
    training.batch_size = IMAGES;
    training.validation = 0;
    ck_assert_msg(!lenet5_trainer_create(&trainer, network, digits, &training, &error), "%s",
                  error.message);
    return trainer;
}

static const enum lenet5_backend backends[] = {LENET5_BACKEND_NAIVE, LENET5_BACKEND_BLAS,
                                               LENET5_BACKEND_DIRECT};
static const float strangers[] = {NAN, -NAN, INFINITY, -INFINITY, 3e38f};

/* A weight of every layer, one after the other: the step says so and changes nothing. */
TEST_LOOP(a_step_on_what_is_not_finite_is_refused, 0, 2 * ARRAY_SIZE(strangers))
{
    float *weights = lenet5_network_parameters(network);
    const size_t count = lenet5_network_parameter_count(network);
    float *before = malloc(count * sizeof(*before));
    struct lenet5_trainer *trainer = make_trainer(backends[_i % 2]);
    const float stranger = strangers[_i / 2];
    for (int row = 0; row < lenet5_network_architecture(network)->layer_count; row++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, row);
        if (info.weight_count == 0)
            continue;
        const size_t at = info.weight_offset + info.weight_count / 2;
        const float kept = weights[at];
        double loss;
        weights[at] = stranger;
        memcpy(before, weights, count * sizeof(*before));
        const enum lenet5_status status = lenet5_trainer_step(trainer, indices, IMAGES, &loss,
                                                              &error);
        /* tanh makes 1 of what is infinite before it; behind the last layer nothing does. */
        if (isnan(stranger) || (isinf(stranger) && info.weight_count == 840))
            ck_assert_msg(status == LENET5_ERROR_DIVERGED, "layer %d: %d", row, status);
        if (status) {
            ck_assert_int_eq(status, LENET5_ERROR_DIVERGED);
            ck_assert(strstr(error.message, "not finite"));
            ck_assert(memcmp(before, weights, count * sizeof(*before)) == 0);
        } else {
            ck_assert(isfinite(loss));
            ck_assert(!lenet5_network_initialise(network, LENET5_INIT_GLOROT, 1, &error));
        }
        weights[at] = kept;
    }
    lenet5_trainer_destroy(trainer);
    free(before);
}

/* NaN is seen in what comes out, and never taken for a class with a probability. */
TEST_LOOP(classification_passes_nan_on, 0, 2)
{
    struct lenet5_classifier *classifier;
    float probabilities[10];
    struct lenet5_evaluation evaluation;
    lenet5_network_parameters(network)[lenet5_network_parameter_count(network) - 1] = NAN;
    ck_assert(!lenet5_classifier_create(&classifier, network, backends[_i], 1, &error));
    ck_assert(!lenet5_classify(classifier, probabilities, lenet5_dataset_image(digits, 0), 1, 28,
                               28, &error));
    for (int k = 0; k < 10; k++)
        ck_assert(isnan(probabilities[k]));
    ck_assert(!lenet5_evaluate(classifier, &evaluation, digits, &error));
    ck_assert(isnan(evaluation.loss));
    lenet5_classifier_destroy(classifier);
}

static double gradient_seconds(void)
{
    struct lenet5_trainer *trainer = make_trainer(LENET5_BACKEND_BLAS);
    float *gradient = malloc(lenet5_network_parameter_count(network) * sizeof(*gradient));
    double best = INFINITY;
    for (int round = 0; round < 20; round++) {
        struct timespec start, end;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
        ck_assert(!lenet5_trainer_gradient(trainer, gradient, indices, IMAGES, NULL, &error));
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        best = fmin(best, (double)(end.tv_sec - start.tv_sec) +
                              1e-9 * (double)(end.tv_nsec - start.tv_nsec));
    }
    free(gradient);
    lenet5_trainer_destroy(trainer);
    return best;
}

/* A network whose weights have all but died is as fast as any: within three times, as clocks are. */
TEST(denormals_do_not_stall_training)
{
    float *weights = lenet5_network_parameters(network);
    const double normal = gradient_seconds();
    for (size_t i = 0; i < lenet5_network_parameter_count(network); i++)
        weights[i] *= 1e-39f;
    const double denormal = gradient_seconds();
    ck_assert_msg(denormal < 3 * normal, "%g s, with denormals %g s", normal, denormal);
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
}
