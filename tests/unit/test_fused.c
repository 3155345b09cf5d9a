/*
 * Fused convolution, activation and pooling of the blas and the direct backend against the separate naive operations:
 * logits and all gradients, through the executor.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lenet5/preset.h>

#include "base/memory.h"
#include "base/rng.h"
#include "engine/executor.h"
#include "layer_run.h"
#include "network/network_internal.h"
#include "suite.h"

static const double tolerance = 1e-4;

enum { NO_LAYER = -1, MOST_ROWS = 10 };

static const int activations[] = {NO_LAYER, LENET5_LAYER_TANH, LENET5_LAYER_SIGMOID,
                                  LENET5_LAYER_RELU};

/* Only the naive operation supports the windows of the second and the stride of the third. */
static const struct lenet5_layer poolings[] = {
    {.kind = LENET5_LAYER_AVG_POOL, .kernel = {2, 2}},
    {.kind = LENET5_LAYER_MAX_POOL, .kernel = {3, 2}},
    {.kind = LENET5_LAYER_AVG_POOL, .kernel = {2, 2}, .stride = {1, 1}},
    {.kind = LENET5_LAYER_MAX_POOL, .kernel = {2, 2}},
    {.kind = LENET5_LAYER_FLATTEN}, /* no pooling */
};

/* Few outputs and many; blocks of whole maps, of several rows, and of two. */
static const struct {
    struct lenet5_layer first, second;
    struct lenet5_extent input;
} convolutions[] = {
    {{LENET5_LAYER_CONV, .outputs = 3, .kernel = {3, 3}},
     {LENET5_LAYER_CONV, .outputs = 17, .kernel = {3, 2}},
     {18, 17}},
    {{LENET5_LAYER_CONV, .outputs = 4, .kernel = {5, 5}, .padding = {2, 2}},
     {LENET5_LAYER_CONV, .outputs = 5, .kernel = {3, 3}, .stride = {2, 1}, .padding = {1, 1}},
     {16, 20}},
    {{LENET5_LAYER_CONV, .outputs = 2, .kernel = {1, 3}},
     {LENET5_LAYER_CONV, .outputs = 16, .kernel = {1, 1}},
     {36, 42}},
};

static const int counts[] = {1, 2, 5, 16};

enum {
    ACTIVATIONS = sizeof(activations) / sizeof(*activations),
    POOLINGS = sizeof(poolings) / sizeof(*poolings),
    CONVOLUTIONS = sizeof(convolutions) / sizeof(*convolutions),
    COUNTS = sizeof(counts) / sizeof(*counts),
};

static int block(struct lenet5_layer *rows, struct lenet5_layer conv, int activation,
                 struct lenet5_layer pooling)
{
    int count = 0;
    rows[count++] = conv;
    if (activation != NO_LAYER)
        rows[count++] = (struct lenet5_layer){.kind = (enum lenet5_layer_kind)activation};
    if (pooling.kind != LENET5_LAYER_FLATTEN)
        rows[count++] = pooling;
    return count;
}

static struct lenet5_network *make_network(int conv, int activation, int pooling)
{
    struct lenet5_layer rows[MOST_ROWS];
    struct lenet5_network *network;
    struct lenet5_error error;
    int count = block(rows, convolutions[conv].first, activations[activation], poolings[pooling]);
    count += block(rows + count, convolutions[conv].second, activations[activation],
                   poolings[pooling]);
    rows[count++] = (struct lenet5_layer){.kind = LENET5_LAYER_FLATTEN};
    rows[count++] = (struct lenet5_layer){LENET5_LAYER_DENSE, .outputs = 3};
    const struct lenet5_architecture architecture = {
        .name = "fused",
        .input = {1, convolutions[conv].input.h, convolutions[conv].input.w},
        .scale = 1,
        .layers = rows,
        .layer_count = count,
        .class_count = 3,
    };
    ck_assert_msg(!lenet5_network_create(&network, &architecture, &error), "%s", error.message);
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 1, &error));
    return network;
}

static void fill(float *x, size_t count, uint32_t which)
{
    struct rng rng = rng_stream(11, RNG_INIT, which, 0);
    for (size_t i = 0; i < count; i++)
        x[i] = 2 * rng_uniform(&rng) - 1;
}

/* Runs n samples forward and backward; where room is larger, the buffers are larger than needed. */
static void run(enum lenet5_backend backend, const struct lenet5_network *network, int room, int n,
                float *logits, float *inference, float *dparams)
{
    struct executor *executor;
    struct lenet5_error error;
    const size_t outputs = 3 * (size_t)n, inputs = shape_size(network->architecture.input);
    const struct layer_draw draw = {0};
    ck_assert(!executor_create(&executor, network, backend, room, EXECUTOR_TRAINING, &error));
    fill(executor_input(executor), inputs * (size_t)n, 1);
    memcpy(inference, executor_forward(executor, network->parameters, n, NULL),
           outputs * sizeof(*logits));
    memcpy(logits, executor_forward(executor, network->parameters, n, &draw),
           outputs * sizeof(*logits));
    fill(executor_output_gradient(executor), outputs, 2);
    for (size_t i = 0; i < network->parameter_count; i++)
        dparams[i] = NAN; /* it is overwritten */
    executor_backward(executor, dparams, network->parameters, n);
    executor_destroy(executor);
}

TEST_LOOP(fused_is_naive, 0, COUNTS *CONVOLUTIONS)
{
    const int n = counts[_i % COUNTS], conv = _i / COUNTS % CONVOLUTIONS;
    for (int activation = 0; activation < ACTIVATIONS; activation++)
        for (int pooling = 0; pooling < POOLINGS; pooling++) {
            struct lenet5_network *network = make_network(conv, activation, pooling);
            const size_t count = network->parameter_count;
            float naive[2][48], fast[2][48];
            float *expected = memory_alloc(count, sizeof(float));
            float *found = memory_alloc(count, sizeof(float));
            run(LENET5_BACKEND_NAIVE, network, n, n, naive[0], naive[1], expected);
            for (int variant = 0; variant < 4; variant++) {
                const int backend = variant / 2 ? LENET5_BACKEND_DIRECT : LENET5_BACKEND_BLAS;
                const int room = variant % 2 ? 16 : n;
                run((enum lenet5_backend)backend, network, room, n, fast[0], fast[1], found);
                const double training = largest_difference(fast[0], naive[0], 3 * (size_t)n);
                const double inference = largest_difference(fast[1], naive[1], 3 * (size_t)n);
                const double gradient = largest_difference(found, expected, count);
                ck_assert_msg(
                    training <= tolerance && inference <= tolerance && gradient <= tolerance,
                    "%s, convolution %d, activation %d, pooling %d, n %d of %d: logits differ by "
                    "%g and %g, gradients by %g",
                    lenet5_backend_string((enum lenet5_backend)backend), conv, activation, pooling,
                    n, room, training, inference, gradient);
            }
            memory_free(expected);
            memory_free(found);
            lenet5_network_destroy(network);
        }
}

/* LeNet-5's layers really run fused: as two blocks, and the other layers alone. */
TEST(lenet5_is_fused)
{
    struct lenet5_network *network;
    struct lenet5_error error;
    ck_assert(
        !lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error));
    const int counts[] = {3, 3, 0, 0, 0, 0, 0, 0};
    int row = 0, step = 0;
    for (; row < network->architecture.layer_count; step++) {
        const int fused = layer_ops_fused(LENET5_BACKEND_BLAS, &network->layers[row],
                                          network->architecture.layer_count - row)
                              ->fused;
        ck_assert_int_eq(fused, counts[step]);
        row += fused > 1 ? fused : 1;
    }
    ck_assert_int_eq(step, 8);
    lenet5_network_destroy(network);
}
