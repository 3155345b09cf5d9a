/*
 * The squared pass against the layers' Jacobians, taken by differences and squared, and through whole
 * networks against formulas in double precision.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lenet5/lenet5.h>

#include "base/memory.h"
#include "base/rng.h"
#include "engine/curvature.h"
#include "layer_run.h"
#include "suite.h"

static struct lenet5_error error;

/* y with values[i] moved by h. */
static void forward_at(float *y, struct layer_run *run, float *values, size_t i, float h)
{
    const float kept = values[i];
    values[i] = kept + h;
    layer_run_forward(run);
    memcpy(y, run->y, run->y_size * sizeof(*y));
    values[i] = kept;
}

/* Up to 16 of the count second derivatives: sum over y of (dy / d value)^2 ddy. */
static void check(struct layer_run *run, const char *name, const char *of, float *values,
                  const float *found, const float *ddy, size_t count)
{
    const float h = 0x1p-6f;
    const size_t step = count / 16 + 1;
    float *above = malloc(run->y_size * sizeof(float)),
          *below = malloc(run->y_size * sizeof(float));
    for (size_t i = 0; i < count; i += step) {
        double expected = 0;
        forward_at(above, run, values, i, h);
        forward_at(below, run, values, i, -h);
        for (size_t k = 0; k < run->y_size; k++) {
            const double slope = ((double)above[k] - (double)below[k]) / (2 * (double)h);
            expected += slope * slope * (double)ddy[k];
        }
        ck_assert_msg(fabs((double)found[i] - expected) <= 5e-3 * (1 + fabs(expected)),
                      "%s: d2/d%s[%zu] is %g, squared differences give %g", name, of, i,
                      (double)found[i], expected);
    }
    free(above);
    free(below);
}

static float *squares_of(const float *x, size_t count)
{
    float *squares = memory_alloc(count, sizeof(*squares));
    for (size_t i = 0; i < count; i++)
        squares[i] = x[i] * x[i];
    return squares;
}

/* On both backends, and with what the naive one has been given as inputs. */
TEST_LOOP(layers_square_their_jacobians, 0, LAYER_CASES)
{
    const struct layer_case *test = &layer_cases[_i];
    for (int backend = LENET5_BACKEND_NAIVE; backend <= LENET5_BACKEND_DIRECT; backend++) {
        struct layer_run run = layer_run_create(test, (enum lenet5_backend)backend);
        struct layer_run plain = layer_run_create(test,
                                                  LENET5_BACKEND_NAIVE); /* for the differences */
        float *squared = squares_of(run.params, run.parameter_count);
        float *room = memory_alloc(run.x_size, sizeof(float));
        for (size_t i = 0; i < run.y_size; i++) /* curvature is not negative */
            run.dy[i] = fabsf(run.dy[i]);
        float *ddy = memory_alloc(run.y_size, sizeof(float));
        memcpy(ddy, run.dy, run.y_size * sizeof(float));
        if (test->desc.kind == LENET5_LAYER_RELU || test->desc.kind == LENET5_LAYER_MAX_POOL)
            for (size_t i = 0; i < run.x_size; i++) /* away from their kinks */
                run.x[i] = plain.x[i] = 0.125f * (float)((i * 7919) % 1009) - 60.0625f;
        layer_run_forward(&run);
        curvature_backward(&run.layer, run.ops, &run.call,
                           &(struct curvature_call){.squared = squared, .squares = room});
        check(&plain, test->name, "x", plain.x, run.dx, ddy, run.x_size);
        check(&plain, test->name, "params", plain.params, run.dparams, ddy, run.parameter_count);
        memory_free(ddy);
        memory_free(room);
        memory_free(squared);
        layer_run_destroy(&plain);
        layer_run_destroy(&run);
    }
}

enum { SIDE = 3, AREA = SIDE * SIDE, CLASSES = 3, SAMPLES = 37, HIDDEN = 7 };

static uint8_t pixels[SAMPLES * AREA], labels[SAMPLES];
static uint32_t all[SAMPLES];

static struct lenet5_dataset *make_data(void)
{
    struct lenet5_dataset *data;
    for (int i = 0; i < SAMPLES * AREA; i++)
        pixels[i] = (uint8_t)(i * 7919 % 251);
    for (int i = 0; i < SAMPLES; i++) {
        labels[i] = (uint8_t)(i * 5 % CLASSES);
        all[i] = (uint32_t)i;
    }
    ck_assert(!lenet5_dataset_create(&data, pixels, labels, SAMPLES, SIDE, SIDE, CLASSES, &error));
    return data;
}

/* The curvature of a network on all samples; its rows end in a vector of CLASSES. */
static struct lenet5_network *measure(float *curvature, const struct lenet5_layer *rows, int count,
                                      enum lenet5_loss loss)
{
    const struct lenet5_architecture architecture = {.input = {1, SIDE, SIDE},
                                                     .scale = 1 / 255.0f,
                                                     .layers = rows,
                                                     .layer_count = count,
                                                     .class_count = CLASSES};
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_dataset *data = make_data();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    training.threads = 1;
    training.loss = loss;
    training.label_smoothing = 0;
    training.random_shift = 0;
    ck_assert_msg(!lenet5_network_create(&network, &architecture, &error), "%s", error.message);
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 3, &error));
    ck_assert_msg(!lenet5_trainer_create(&trainer, network, data, &training, &error), "%s",
                  error.message);
    ck_assert(!lenet5_trainer_curvature(trainer, curvature, all, SAMPLES, &error));
    ck_assert_int_eq(lenet5_trainer_curvature(trainer, curvature, all, 0, &error),
                     LENET5_ERROR_ARGUMENT);
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(data);
    return network;
}

static double input(int sample, int k)
{
    return (double)((float)pixels[sample * AREA + k] / 255.0f);
}

/* z = W x + b of a sample by rows of (outputs, inputs) weights and biases behind them. */
static double dense(const float *w, int outputs, int inputs, int o, const double *x)
{
    double sum = (double)w[outputs * inputs + o];
    for (int k = 0; k < inputs; k++)
        sum += (double)w[o * inputs + k] * x[k];
    return sum;
}

/* Softmax regression: the diagonal of the Hessian is the mean of p (1 - p) x^2, exactly. */
TEST(regression_has_its_hessian)
{
    const struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                        {.kind = LENET5_LAYER_DENSE, .outputs = CLASSES}};
    float found[CLASSES * AREA + CLASSES];
    struct lenet5_network *network = measure(found, rows, 2, LENET5_LOSS_CROSS_ENTROPY);
    const float *w = lenet5_network_weights(network);
    double expected[CLASSES * AREA + CLASSES] = {0};
    for (int i = 0; i < SAMPLES; i++) {
        double x[AREA], p[CLASSES], sum = 0;
        for (int k = 0; k < AREA; k++)
            x[k] = input(i, k);
        for (int o = 0; o < CLASSES; o++)
            sum += p[o] = exp(dense(w, CLASSES, AREA, o, x));
        for (int o = 0; o < CLASSES; o++) {
            const double curvature = p[o] / sum * (1 - p[o] / sum) / SAMPLES;
            for (int k = 0; k < AREA; k++)
                expected[o * AREA + k] += curvature * x[k] * x[k];
            expected[CLASSES * AREA + o] += curvature;
        }
    }
    for (int i = 0; i < CLASSES * AREA + CLASSES; i++)
        ck_assert_double_eq_tol((double)found[i], expected[i], 1e-6);
    lenet5_network_destroy(network);
}

/* Towards fixed codes: 2 behind the RBFs, as the paper has it, then f'^2, w^2 and x^2. */
TEST(distances_curve_by_two)
{
    static const uint8_t codes[CLASSES * HIDDEN] = {1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1,
                                                    0, 0, 1, 1, 1, 0, 0, 0, 1, 0};
    const struct lenet5_layer rows[] = {
        {.kind = LENET5_LAYER_FLATTEN},
        {.kind = LENET5_LAYER_DENSE, .outputs = CLASSES},
        {.kind = LENET5_LAYER_SCALED_TANH},
        {.kind = LENET5_LAYER_DENSE, .outputs = HIDDEN},
        {.kind = LENET5_LAYER_SCALED_TANH},
        {.kind = LENET5_LAYER_RBF, .outputs = CLASSES, .codes = codes}};
    enum {
        FIRST = CLASSES * AREA + CLASSES,
        SECOND = HIDDEN * CLASSES + HIDDEN,
    };
    float found[FIRST + SECOND];
    struct lenet5_network *network = measure(found, rows, 6, LENET5_LOSS_DISTANCE);
    const float *w = lenet5_network_weights(network), *v = w + FIRST;
    double expected[FIRST + SECOND] = {0};
    const double height = 1.7159, stretch = 2.0 / 3;
    for (int i = 0; i < SAMPLES; i++) {
        double x[AREA], y[CLASSES], slope[CLASSES], behind[CLASSES] = {0};
        for (int k = 0; k < AREA; k++)
            x[k] = input(i, k);
        for (int k = 0; k < CLASSES; k++) {
            const double t = tanh(stretch * dense(w, CLASSES, AREA, k, x));
            y[k] = height * t;
            slope[k] = height * stretch * (1 - t * t);
        }
        for (int o = 0; o < HIDDEN; o++) {
            const double t = tanh(stretch * dense(v, HIDDEN, CLASSES, o, y));
            const double f = height * stretch * (1 - t * t), curvature = 2 * f * f / SAMPLES;
            for (int k = 0; k < CLASSES; k++) {
                const double weight = (double)v[o * CLASSES + k];
                expected[FIRST + o * CLASSES + k] += curvature * y[k] * y[k];
                behind[k] += curvature * weight * weight;
            }
            expected[FIRST + HIDDEN * CLASSES + o] += curvature;
        }
        for (int k = 0; k < CLASSES; k++) {
            const double curvature = behind[k] * slope[k] * slope[k];
            for (int j = 0; j < AREA; j++)
                expected[k * AREA + j] += curvature * x[j] * x[j];
            expected[CLASSES * AREA + k] += curvature;
        }
    }
    for (int i = 0; i < FIRST + SECOND; i++)
        ck_assert_double_eq_tol((double)found[i], expected[i], 1e-5 * (1 + expected[i]));
    lenet5_network_destroy(network);
}
