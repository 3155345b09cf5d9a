/*
 * Every one of a network's gradients against differences of its loss, in double precision: this
 * program and the library's sources under it are compiled with double/double.h.
 */
#include <lenet5/preset.h>

#include "base/memory.h"
#include "engine/executor.h"
#include "network/network_internal.h"
#include "suite.h"

enum { CLASSES = 10, MOST_LAYERS = 16 };

/*
 * Differences of fourth order: their error is about step^4 + 1e-16 / step, which is why a gradient below
 * SMALLEST cannot be told to more digits.
 */
static const double step = 1e-3, tolerance = 1e-6, smallest = 1e-6;

static struct lenet5_network *network;
static double
    *maps[MOST_LAYERS + 1]; /* of one sample: the input, and what each layer makes of it */
static double *restored[MOST_LAYERS + 1];
static const int label = 3;

static uint64_t state = 1;

static double uniform(void) /* -1 to 1, by Knuth's MMIX generator */
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (double)(state >> 11) / (double)(1ull << 52) - 1;
}

static void set_up(const char *preset)
{
    struct lenet5_error error;
    const struct lenet5_architecture *architecture = &lenet5_preset(preset)->architecture;
    ck_assert_msg(!lenet5_network_create(&network, architecture, &error), "%s", error.message);
    ck_assert_int_le(architecture->layer_count, MOST_LAYERS);
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        double *values = network->parameters + network->offsets[i];
        const size_t count = layer->weight_count + layer->bias_count;
        for (size_t k = 0; k < count; k++)
            values[k] = uniform() * sqrt(3.0 * layer->desc.outputs / (double)layer->weight_count);
        maps[i + 1] = memory_alloc(shape_size(layer->out), sizeof(double));
        restored[i + 1] = memory_alloc(shape_size(layer->out), sizeof(double));
    }
    maps[0] = memory_alloc(shape_size(architecture->input), sizeof(double));
    for (size_t k = 0; k < shape_size(architecture->input); k++)
        maps[0][k] = uniform();
}

static void tear_down(void)
{
    for (int i = 0; i <= MOST_LAYERS; i++) {
        memory_free(maps[i]);
        memory_free(restored[i]);
        maps[i] = restored[i] = NULL;
    }
    lenet5_network_destroy(network);
}

/* Runs the layers from first on. */
static void forward(int first)
{
    for (int i = first; i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        const struct layer_call call = {.n = 1,
                                        .params = network->parameters + network->offsets[i],
                                        .x = maps[i],
                                        .y = maps[i + 1]};
        layer_ops(LENET5_BACKEND_NAIVE, layer)->forward(layer, &call);
    }
}

/* -log softmax of the label's logit; its gradient where dlogits is not NULL. */
static double loss(double *dlogits, const double *logits)
{
    double sum = 0;
    for (int k = 0; k < CLASSES; k++)
        sum += exp(logits[k] - logits[label]);
    for (int k = 0; dlogits && k < CLASSES; k++)
        dlogits[k] = exp(logits[k] - logits[label]) / sum - (k == label);
    return log(sum);
}

static double loss_from(int layer)
{
    forward(layer);
    return loss(NULL, maps[network->architecture.layer_count]);
}

/* Whether every ReLU and maximum from this layer on is on the side it was on before. */
static bool same_side(int layer)
{
    for (int i = layer; i < network->architecture.layer_count; i++)
        if (network->layers[i].desc.kind == LENET5_LAYER_RELU)
            for (size_t k = 0; k < shape_size(network->layers[i].out); k++)
                if ((maps[i + 1][k] > 0) != (restored[i + 1][k] > 0))
                    return false;
    return true;
}

/* The derivative by one parameter; false where a kink is in between. */
static bool difference(double *slope, double *parameter, int layer)
{
    static const double weights[] = {-1, 8, -8, 1}, places[] = {2, 1, -1, -2};
    const double value = *parameter;
    bool smooth = true;
    *slope = 0;
    for (int i = 0; i < 4; i++) {
        *parameter = value + places[i] * step;
        *slope += weights[i] * loss_from(layer) / (12 * step);
        smooth = smooth && same_side(layer);
    }
    *parameter = value;
    return smooth;
}

/* As training works it out. */
static double *gradient(void)
{
    struct lenet5_error error;
    struct executor *executor;
    ck_assert_int_eq(executor_create(&executor, network, LENET5_BACKEND_NAIVE, 1, true, &error),
                     LENET5_OK);
    double *all = memory_alloc(lenet5_network_parameter_count(network), sizeof(*all));
    memcpy(executor_input(executor), maps[0],
           shape_size(network->architecture.input) * sizeof(double));
    loss(executor_output_gradient(executor),
         executor_forward(executor, network->parameters, 1, NULL));
    executor_backward(executor, all, network->parameters, 1);
    executor_destroy(executor);
    return all;
}

static const struct {
    const char *preset;
    size_t parameters;
} networks[] = {{"lenet5", 61706}, {"lenet5-tanh", 61706}};

TEST_LOOP(every_gradient_is_the_slope_of_the_loss, 0, ARRAY_SIZE(networks))
{
    set_up(networks[_i].preset);
    ck_assert_uint_eq(lenet5_network_parameter_count(network), networks[_i].parameters);
    forward(0);
    for (int i = 1; i <= network->architecture.layer_count; i++)
        memcpy(restored[i], maps[i], shape_size(network->layers[i - 1].out) * sizeof(double));
    double *expected = gradient(), worst = 0;
    size_t checked = 0, kinks = 0;
    for (int i = 0; i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        for (size_t k = 0; k < layer->weight_count + layer->bias_count; k++) {
            const size_t at = network->offsets[i] + k;
            double slope;
            if (!difference(&slope, &network->parameters[at], i)) {
                kinks++;
                continue;
            }
            const double size = fmax(fmax(fabs(slope), fabs(expected[at])), smallest);
            const double error = fabs(slope - expected[at]) / size;
            ck_assert_msg(error <= tolerance, "%s, layer %d, parameter %zu: %.12g, slope %.12g",
                          networks[_i].preset, i, k, expected[at], slope);
            worst = fmax(worst, error);
            checked++;
        }
        forward(0);
    }
    printf("%s: %zu gradients within %.1e of the slope, %zu beside a kink\n", networks[_i].preset,
           checked, worst, kinks);
    ck_assert_uint_eq(checked + kinks, networks[_i].parameters);
    ck_assert_uint_lt(kinks, networks[_i].parameters / 50);
    memory_free(expected);
    tear_down();
}
