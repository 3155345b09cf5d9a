/*
 * The standard network against PyTorch: logits, probabilities, loss, gradient, and the weights
 * after ten steps of SGD and of Adam, on both backends and on one and two threads.
 * tests/golden/make_golden.py made the numbers, in float64, and draws the same images and weights
 * with the same integers as this file.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lenet5/lenet5.h>

#include "executor.h"
#include "suite.h"
#include "vector.h"

#ifndef GOLDEN_DIR
#define GOLDEN_DIR "tests/golden"
#endif

enum { SAMPLES = 160, BATCH = 16, STEPS = 10, CLASSES = 10, SIDE = 28, PARAMETERS = 61706 };
enum { IMAGE_SEED = 0x10000000, WEIGHT_SEED = 0x20000000 };
static const double tolerance = 1e-5;

/* A hash of 32 bits (Wellons' lowbias32). */
static uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352d;
    x ^= x >> 15;
    x *= 0x846ca68b;
    return x ^ x >> 16;
}

static void draw_image(uint8_t *image, int i)
{
    memset(image, 0, SIDE * SIDE);
    for (int blob = 0; blob < 3; blob++) {
        uint32_t h = mix((uint32_t)(IMAGE_SEED + 3 * i + blob));
        int row = 7 + (int)(h % 14), col = 7 + (int)((h >> 8) % 14);
        int radius = 3 + (int)((h >> 16) % 5), square = radius * radius;
        for (int r = 0; r < SIDE; r++)
            for (int c = 0; c < SIDE; c++) {
                int distance = (r - row) * (r - row) + (c - col) * (c - col);
                int value = distance < square ? 255 * (square - distance) / square : 0;
                if (value > image[r * SIDE + c])
                    image[r * SIDE + c] = (uint8_t)value;
            }
    }
}

static void draw_weights(struct lenet5_network *network)
{
    float *w = lenet5_network_parameters(network);
    uint32_t i = 0;
    int layers = lenet5_network_architecture(network)->layer_count;
    for (int l = 0; l < layers; l++) {
        struct lenet5_layer_info info = lenet5_network_layer(network, l);
        if (!info.parameters)
            continue;
        size_t fan_in = info.weight_count / info.bias_count;
        float limit = 1.5f / sqrtf((float)fan_in);
        for (size_t end = i + info.parameters; i < end; i++)
            w[i] = ((float)(mix(WEIGHT_SEED + i) >> 8) * 0x1p-23f - 1.0f) * limit;
    }
    ck_assert_uint_eq(i, PARAMETERS);
}

static void read_golden(float *values, size_t count, const char *name)
{
    const char *directory = getenv("LENET5_GOLDEN");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.f32", directory ? directory : GOLDEN_DIR, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "%s: cannot open (LENET5_GOLDEN names the directory)", path);
    size_t read = fread(values, sizeof *values, count, file);
    ck_assert_msg(read == count && fgetc(file) == EOF, "%s: not %zu floats", path, count);
    fclose(file);
}

/* The largest difference; a NaN is never close. */
static void check_close(const char *what, const float *got, const float *golden, size_t count)
{
    size_t worst = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)got[i] - (double)golden[i]);
        if (!(difference <= largest)) {
            largest = difference;
            worst = i;
            if (isnan(difference))
                break;
        }
    }
    if (getenv("LENET5_GOLDEN_VERBOSE"))
        printf("%s: largest difference %.2g\n", what, largest);
    ck_assert_msg(largest <= tolerance,
                  "%s: largest difference %g at %zu of %zu: %.9g, golden %.9g", what, largest,
                  worst, count, (double)got[worst], (double)golden[worst]);
}

static void succeed(enum lenet5_status status, const struct lenet5_error *error)
{
    ck_assert_msg(status == LENET5_OK, "%s", error->message);
}

/* One test's world: `variant` counts through backends and numbers of threads. */
struct job {
    char name[32]; /* "blas, 2 threads" */
    uint8_t images[SAMPLES * SIDE * SIDE];
    struct lenet5_network *network;
    struct lenet5_dataset *dataset;
    struct lenet5_training training;
    struct lenet5_trainer *trainer;
};

enum { VARIANTS = 4 };
static struct job job;

static void set_up(int variant)
{
    struct lenet5_error error;
    struct lenet5_architecture architecture = lenet5_preset("lenet5-tanh")->architecture;
    architecture.scale = 1.0f / 255;
    architecture.shift = 0;
    succeed(lenet5_network_create(&job.network, &architecture, &error), &error);
    ck_assert_uint_eq(lenet5_network_parameter_count(job.network), PARAMETERS);
    draw_weights(job.network);

    uint8_t labels[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        draw_image(job.images + i * SIDE * SIDE, i);
        labels[i] = (uint8_t)(i % CLASSES);
    }
    succeed(lenet5_dataset_create(&job.dataset, job.images, labels, SAMPLES, SIDE, SIDE, CLASSES,
                                  &error),
            &error);

    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    job.training = lenet5_training_defaults();
    job.training.backend = variant / 2 ? LENET5_BLAS : LENET5_NAIVE;
    job.training.threads = blas.parallel == LENET5_BLAS_SERIAL ? 1 : 1 + variant % 2;
    job.training.batch_size = BATCH;
    job.training.schedule = LENET5_CONSTANT;
    job.training.label_smoothing = 0;
    job.training.shift = 0;
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
    succeed(lenet5_trainer_create(&job.trainer, job.network, job.dataset, &job.training, &error),
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
START_TEST(test_logits)
{
    set_up(_i);
    static float golden[SAMPLES * CLASSES];
    read_golden(golden, SAMPLES * CLASSES, "logits");
    struct lenet5_error error;
    struct executor *executor;
    succeed(executor_create(&executor, job.network, job.training.backend, BATCH, false, &error),
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
        check_close(describe(what), by_image, golden + first * CLASSES, BATCH * CLASSES);
    }
    executor_destroy(executor);
    tear_down();
}
END_TEST

START_TEST(test_probabilities)
{
    set_up(_i);
    float logits[SAMPLES * CLASSES], golden[SAMPLES * CLASSES], probabilities[SAMPLES * CLASSES];
    read_golden(logits, SAMPLES * CLASSES, "logits");
    for (int i = 0; i < SAMPLES * CLASSES; i += CLASSES) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += exp((double)logits[i + k]);
        for (int k = 0; k < CLASSES; k++)
            golden[i + k] = (float)(exp((double)logits[i + k]) / sum);
    }

    struct lenet5_error error;
    struct lenet5_classifier *classifier;
    succeed(lenet5_classifier_create(&classifier, job.network, job.training.backend,
                                     job.training.threads, &error),
            &error);
    succeed(lenet5_classify(classifier, probabilities, job.images, SAMPLES, SIDE, SIDE, &error),
            &error);
    lenet5_classifier_destroy(classifier);
    check_close(describe("probabilities"), probabilities, golden, SAMPLES * CLASSES);
    tear_down();
}
END_TEST

/* golden/loss.f32: the loss of the first batch, of ten SGD steps and of ten Adam steps. */
enum { LOSSES = 1 + 2 * STEPS };

START_TEST(test_gradient)
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
    succeed(lenet5_trainer_gradient(job.trainer, gradient, indices, BATCH, &loss, &error), &error);
    read_golden(losses, LOSSES, "loss");
    check_close(describe("loss"), &(float){(float)loss}, losses, 1);
    read_golden(golden, PARAMETERS, "gradient");
    check_close(describe("gradient"), gradient, golden, PARAMETERS);
    tear_down();
}
END_TEST

static void check_steps(const char *optimizer, const char *weights_name, int first_loss)
{
    create_trainer();
    float losses[LOSSES], got[STEPS];
    read_golden(losses, LOSSES, "loss");
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t indices[BATCH];
        for (uint32_t i = 0; i < BATCH; i++)
            indices[i] = step * BATCH + i;
        struct lenet5_error error;
        double loss;
        succeed(lenet5_trainer_step(job.trainer, indices, BATCH, &loss, &error), &error);
        got[step] = (float)loss;
    }
    char what[64];
    snprintf(what, sizeof what, "%s losses", optimizer);
    check_close(describe(what), got, losses + first_loss, STEPS);

    static float golden[PARAMETERS];
    read_golden(golden, PARAMETERS, weights_name);
    snprintf(what, sizeof what, "weights after %d steps of %s", STEPS, optimizer);
    check_close(describe(what), lenet5_network_weights(job.network), golden, PARAMETERS);
    tear_down();
}

START_TEST(test_sgd)
{
    set_up(_i);
    job.training.optimizer = LENET5_SGD;
    job.training.rate = 0.05;
    job.training.momentum = 0.9;
    job.training.nesterov = true;
    job.training.weight_decay = 5e-4;
    check_steps("SGD", "sgd10", 1);
}
END_TEST

START_TEST(test_adam)
{
    set_up(_i);
    job.training.optimizer = LENET5_ADAM;
    job.training.rate = 0.001;
    job.training.beta1 = 0.9;
    job.training.beta2 = 0.999;
    job.training.epsilon = 1e-8;
    job.training.weight_decay = 0;
    check_steps("Adam", "adam10", 1 + STEPS);
}
END_TEST

void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, test_logits, 0, VARIANTS);
    tcase_add_loop_test(tests, test_probabilities, 0, VARIANTS);
    tcase_add_loop_test(tests, test_gradient, 0, VARIANTS);
    tcase_add_loop_test(tests, test_sgd, 0, VARIANTS);
    tcase_add_loop_test(tests, test_adam, 0, VARIANTS);
}
