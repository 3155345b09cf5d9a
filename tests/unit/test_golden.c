/*
 * The standard network against PyTorch: logits, probabilities, loss, gradient, and the weights
 * after ten steps of SGD and of Adam, on both backends and on one and two threads.
 * tests/unit/golden/make_golden.py made the numbers, in float64, and draws the same images and weights
 * with the same integers as this file.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lenet5/lenet5.h>

#include "base/vector.h"
#include "engine/executor.h"
#include "golden.h"
#include "suite.h"

enum {
    SAMPLES = 160,
    BATCH = 16,
    STEPS = 10,
    CLASSES = 10,
    SIDE = GOLDEN_SIDE,
    PARAMETERS = 61706
};
static const double tolerance = 1e-5;

/* One test's world: `variant` counts through backends and numbers of threads. */
struct job {
    char name[32]; /* "blas, 2 threads" */
    uint8_t images[SAMPLES * SIDE * SIDE];
    struct lenet5_network *network;
    struct lenet5_dataset *dataset;
    struct lenet5_training training;
    struct lenet5_trainer *trainer;
};

enum { VARIANTS = 6 };
static struct job job;

static void set_up(int variant)
{
    struct lenet5_error error;
    struct lenet5_architecture architecture = lenet5_preset("lenet5-tanh")->architecture;
    architecture.scale = 1.0f / 255;
    architecture.shift = 0;
    golden_succeed(lenet5_network_create(&job.network, &architecture, &error), &error);
    ck_assert_uint_eq(lenet5_network_parameter_count(job.network), PARAMETERS);
    golden_weights(job.network);

    uint8_t labels[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        golden_image(job.images + i * SIDE * SIDE, i);
        labels[i] = (uint8_t)(i % CLASSES);
    }
    golden_succeed(lenet5_dataset_create(&job.dataset, job.images, labels, SAMPLES, SIDE, SIDE,
                                         CLASSES, &error),
                   &error);

    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    job.training = lenet5_training_defaults();
    job.training.backend = (enum lenet5_backend)(variant / 2);
    job.training.threads = blas.parallel == LENET5_BLAS_SERIAL ? 1 : 1 + variant % 2;
    job.training.batch_size = BATCH;
    job.training.schedule = LENET5_SCHEDULE_CONSTANT;
    job.training.label_smoothing = 0;
    job.training.random_shift = 0;
    job.training.warmup = 0;
    job.training.validation = 0;
    job.training.patience = 0;
    snprintf(job.name, sizeof job.name, "%s, %d thread%s",
             lenet5_backend_string(job.training.backend), job.training.threads,
             job.training.threads == 1 ? "" : "s");
}

static void create_trainer(void)
{
    struct lenet5_error error;
    golden_succeed(
        lenet5_trainer_create(&job.trainer, job.network, job.dataset, &job.training, &error),
        &error);
}

static void tear_down(void)
{
    lenet5_trainer_destroy(job.trainer);
    lenet5_dataset_destroy(job.dataset);
    lenet5_network_destroy(job.network);
    job.trainer = NULL;
}

static const char *describe(const char *what)
{
    static char text[128];
    snprintf(text, sizeof text, "%s: %s", job.name, what);
    return text;
}

/* The logits are not public, so this test alone looks inside; threads make no difference there. */
TEST_LOOP(test_logits, 0, VARIANTS)
{
    set_up(_i);
    static float golden[SAMPLES * CLASSES];
    golden_read(golden, SAMPLES * CLASSES, "logits");
    struct lenet5_error error;
    struct executor *executor;
    golden_succeed(executor_create(&executor, job.network, job.training.backend, BATCH,
                                   EXECUTOR_INFERENCE, &error),
                   &error);
    const struct lenet5_architecture *architecture = lenet5_network_architecture(job.network);
    struct lenet5_shape in = architecture->input;
    int border = (in.h - SIDE) / 2;
    for (int first = 0; first < SAMPLES; first += BATCH) {
        float *x = executor_input(executor); /* (1, in.h, in.w, BATCH) */
        memset(x, 0, BATCH * shape_size(in) * sizeof *x);
        for (int i = 0; i < BATCH; i++)
            for (int r = 0; r < SIDE; r++)
                for (int c = 0; c < SIDE; c++)
                    x[shape_at(in, BATCH, 0, border + r, border + c, i)] =
                        architecture->scale * job.images[((first + i) * SIDE + r) * SIDE + c];
        const float *logits = executor_forward(executor, lenet5_network_weights(job.network), BATCH,
                                               NULL); /* (CLASSES, BATCH) */
        float by_image[BATCH * CLASSES];
        vector_transpose(by_image, logits, BATCH, CLASSES, BATCH);
        char what[64];
        snprintf(what, sizeof what, "logits from image %d", first);
        golden_close(describe(what), by_image, golden + first * CLASSES, BATCH * CLASSES,
                     tolerance);
    }
    executor_destroy(executor);
    tear_down();
}

TEST_LOOP(test_probabilities, 0, VARIANTS)
{
    set_up(_i);
    float logits[SAMPLES * CLASSES], golden[SAMPLES * CLASSES], probabilities[SAMPLES * CLASSES];
    golden_read(logits, SAMPLES * CLASSES, "logits");
    for (int i = 0; i < SAMPLES * CLASSES; i += CLASSES) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += exp((double)logits[i + k]);
        for (int k = 0; k < CLASSES; k++)
            golden[i + k] = (float)(exp((double)logits[i + k]) / sum);
    }

    struct lenet5_error error;
    struct lenet5_classifier *classifier;
    golden_succeed(lenet5_classifier_create(&classifier, job.network, job.training.backend,
                                            job.training.threads, &error),
                   &error);
    golden_succeed(
        lenet5_classify(classifier, probabilities, job.images, SAMPLES, SIDE, SIDE, &error),
        &error);
    lenet5_classifier_destroy(classifier);
    golden_close(describe("probabilities"), probabilities, golden, SAMPLES * CLASSES, tolerance);
    tear_down();
}

/* golden/loss.f32: the loss of the first batch, of ten SGD steps and of ten Adam steps. */
enum { LOSSES = 1 + 2 * STEPS };

TEST_LOOP(test_gradient, 0, VARIANTS)
{
    set_up(_i);
    create_trainer();
    static float gradient[PARAMETERS], golden[PARAMETERS];
    float losses[LOSSES];
    uint32_t indices[BATCH];
    for (uint32_t i = 0; i < BATCH; i++)
        indices[i] = i;

    struct lenet5_error error;
    double loss;
    golden_succeed(lenet5_trainer_gradient(job.trainer, gradient, indices, BATCH, &loss, &error),
                   &error);
    golden_read(losses, LOSSES, "loss");
    golden_close(describe("loss"), &(float){(float)loss}, losses, 1, tolerance);
    golden_read(golden, PARAMETERS, "gradient");
    golden_close(describe("gradient"), gradient, golden, PARAMETERS, tolerance);
    tear_down();
}

static void check_steps(const char *optimizer, const char *weights_name, int first_loss)
{
    create_trainer();
    float losses[LOSSES], got[STEPS];
    golden_read(losses, LOSSES, "loss");
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t indices[BATCH];
        for (uint32_t i = 0; i < BATCH; i++)
            indices[i] = step * BATCH + i;
        struct lenet5_error error;
        double loss;
        golden_succeed(lenet5_trainer_step(job.trainer, indices, BATCH, &loss, &error), &error);
        got[step] = (float)loss;
    }
    char what[64];
    snprintf(what, sizeof what, "%s losses", optimizer);
    golden_close(describe(what), got, losses + first_loss, STEPS, tolerance);

    static float golden[PARAMETERS];
    golden_read(golden, PARAMETERS, weights_name);
    snprintf(what, sizeof what, "weights after %d steps of %s", STEPS, optimizer);
    golden_close(describe(what), lenet5_network_weights(job.network), golden, PARAMETERS,
                 tolerance);
    tear_down();
}

TEST_LOOP(test_sgd, 0, VARIANTS)
{
    set_up(_i);
    job.training.optimizer = LENET5_OPTIMIZER_SGD;
    job.training.rate = 0.05;
    job.training.momentum = 0.9;
    job.training.nesterov = true;
    job.training.weight_decay = 5e-4;
    check_steps("SGD", "sgd10", 1);
}

TEST_LOOP(test_adam, 0, VARIANTS)
{
    set_up(_i);
    job.training.optimizer = LENET5_OPTIMIZER_ADAM;
    job.training.rate = 0.001;
    job.training.beta1 = 0.9;
    job.training.beta2 = 0.999;
    job.training.epsilon = 1e-8;
    job.training.weight_decay = 0;
    check_steps("Adam", "adam10", 1 + STEPS);
}
