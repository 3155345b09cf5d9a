/* The 1998 paper's system as a whole: its counts, its files, its training. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lenet5/lenet5.h>

#include "suite.h"

static struct lenet5_error error;

static struct lenet5_network *make(uint64_t seed)
{
    const struct lenet5_preset *preset = lenet5_preset("lecun1998");
    struct lenet5_network *network;
    ck_assert_ptr_nonnull(preset);
    ck_assert_msg(!lenet5_network_create(&network, &preset->architecture, &error), "%s",
                  error.message);
    ck_assert(!lenet5_network_initialise(network, preset->init, seed, &error));
    return network;
}

/* Section II.B and figure 2. */
TEST(counts_are_the_papers)
{
    static const struct {
        const char *name;
        size_t parameters, connections;
        struct lenet5_shape out;
    } expected[] = {{"c1", 156, 122304, {6, 28, 28}},   {"s2", 12, 5880, {6, 14, 14}},
                    {"c3", 1516, 151600, {16, 10, 10}}, {"s4", 32, 2000, {16, 5, 5}},
                    {"c5", 48120, 48120, {120, 1, 1}},  {"f6", 10164, 10164, {84, 1, 1}},
                    {NULL, 0, 840, {10, 1, 1}}};
    struct lenet5_network *network = make(1);
    size_t found = 0;
    for (int i = 0; i < lenet5_network_architecture(network)->layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        if (info.connections == 0)
            continue;
        ck_assert_uint_lt(found, ARRAY_SIZE(expected));
        if (expected[found].name)
            ck_assert_str_eq(info.layer.name, expected[found].name);
        ck_assert_uint_eq(info.parameters, expected[found].parameters);
        ck_assert_uint_eq(info.connections, expected[found].connections);
        ck_assert_mem_eq(&info.out, &expected[found].out, sizeof(info.out));
        found++;
    }
    ck_assert_uint_eq(found, ARRAY_SIZE(expected));
    ck_assert_uint_eq(lenet5_network_parameter_count(network), 60000);
    ck_assert_uint_eq(lenet5_network_connections(network), 340908);
    ck_assert_uint_eq(lenet5_network_macs(network), 326520);
    lenet5_network_destroy(network);
}

/* Table I's rules: 6 of 3 neighbours, 6 of 4, 3 of two pairs, 1 of all; every map of S2 in 10 of them. */
TEST(table_i_is_the_papers)
{
    const struct lenet5_architecture *a = &lenet5_preset("lecun1998")->architecture;
    const uint8_t *table = a->layers[4].connections;
    int columns[6] = {0};
    for (int o = 0; o < 16; o++) {
        int inputs = 0;
        for (int c = 0; c < 6; c++) {
            inputs += table[6 * o + c];
            columns[c] += table[6 * o + c];
        }
        ck_assert_int_eq(inputs, o < 6 ? 3 : o < 15 ? 4 : 6);
        for (int c = 0; o < 12 && c < 6; c++) { /* neighbours, and each map shifted by one */
            const int before = o == 0 ? 5 : o == 6 ? 11 : o - 1;
            ck_assert_int_eq(table[6 * o + c], table[6 * before + (c + 5) % 6]);
        }
    }
    for (int c = 0; c < 6; c++)
        ck_assert_int_eq(columns[c], 10);
}

/* Any two codes differ in 12 places or more, those of 6 and 8 in as many. */
TEST(codes_are_apart)
{
    const struct lenet5_architecture *a = &lenet5_preset("lecun1998")->architecture;
    const uint8_t *codes = a->layers[a->layer_count - 1].codes;
    int least = 84;
    for (int i = 0; i < 10; i++)
        for (int k = 0; k < i; k++) {
            int differ = 0;
            for (int j = 0; j < 84; j++)
                differ += codes[84 * i + j] != codes[84 * k + j];
            least = differ < least ? differ : least;
        }
    ck_assert_int_eq(least, 12);
}

/* -0.1 for paper, 1.175 for ink. */
TEST(input_range_is_the_papers)
{
    const struct lenet5_architecture *a = &lenet5_preset("lecun1998")->architecture;
    ck_assert_float_eq_tol(a->shift, -0.1f, 1e-7f);
    ck_assert_float_eq_tol(255 * a->scale + a->shift, 1.175f, 1e-6f);
}

/* Each unit by its own fan-in, subsampling by its window; biases 0. */
TEST(weights_start_within_their_fan_in)
{
    const struct lenet5_preset *preset = lenet5_preset("lecun1998");
    struct lenet5_network *network;
    ck_assert(!lenet5_network_create(&network, &preset->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_LECUN1998, 1, &error));
    for (int i = 0; i < preset->architecture.layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        const float *w = lenet5_network_weights(network) + info.weight_offset;
        for (size_t k = 0; k < info.weight_count; k++) {
            double fan_in = (double)info.weight_count / info.out.c;
            if (info.layer.kind == LENET5_LAYER_SUBSAMPLE)
                fan_in = 4;
            else if (info.layer.connections) /* 18 kernels of 75 inputs, 36 of 100, 6 of 150 */
                fan_in = k < 450 ? 75 : k < 1350 ? 100 : 150;
            ck_assert_double_le(fabs((double)w[k]), 2.4 / fan_in * 1.000001);
        }
        for (size_t k = 0; k < info.bias_count; k++)
            ck_assert_float_eq(w[info.weight_count + k], 0);
    }
    lenet5_network_destroy(network);
}

TEST(model_files_bring_it_back)
{
    char path[] = "/tmp/lecun1998-XXXXXX";
    struct lenet5_network *network = make(5), *loaded;
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_msg(!lenet5_model_save(network, path, &error), "%s", error.message);
    ck_assert_msg(!lenet5_model_load(&loaded, path, &error), "%s", error.message);
    unlink(path);
    const struct lenet5_architecture *a = lenet5_network_architecture(network);
    const struct lenet5_architecture *b = lenet5_network_architecture(loaded);
    ck_assert_int_eq(a->layer_count, b->layer_count);
    for (int i = 0; i < a->layer_count; i++) {
        ck_assert_int_eq(a->layers[i].kind, b->layers[i].kind);
        if (a->layers[i].connections)
            ck_assert_mem_eq(a->layers[i].connections, b->layers[i].connections, 16 * 6);
        if (a->layers[i].codes)
            ck_assert_mem_eq(a->layers[i].codes, b->layers[i].codes, 10 * 84);
    }
    ck_assert_uint_eq(lenet5_network_parameter_count(loaded), 60000);
    ck_assert_mem_eq(lenet5_network_weights(network), lenet5_network_weights(loaded),
                     60000 * sizeof(float));
    lenet5_network_destroy(loaded);
    lenet5_network_destroy(network);
}

/* An RBF row without its codes, and behind maps. */
TEST(rows_that_do_not_fit_are_refused)
{
    static const uint8_t codes[2 * 4] = {1, 0, 0, 1, 0, 1, 1, 0};
    struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                  {.kind = LENET5_LAYER_RBF, .outputs = 2}};
    struct lenet5_architecture architecture = {
        .input = {1, 2, 2}, .scale = 1, .layers = rows, .layer_count = 2, .class_count = 2};
    struct lenet5_network *network;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "no codes"));
    rows[1].codes = codes;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_OK);
    lenet5_network_destroy(network);
    architecture.layers = rows + 1;
    architecture.layer_count = 1;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "flatten"));
}

enum { DIGITS = 400 };

/* The network after some epochs on drawn digits. */
static struct lenet5_network *train(const char *name, struct lenet5_training training,
                                    struct lenet5_result *result)
{
    const struct lenet5_preset *preset = lenet5_preset(name);
    struct lenet5_dataset *data;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    ck_assert(!lenet5_dataset_draw_digits(&data, DIGITS, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(!lenet5_network_create(&network, &preset->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, preset->init, 1, &error));
    ck_assert_msg(!lenet5_trainer_create(&trainer, network, data, &training, &error), "%s",
                  error.message);
    ck_assert_msg(!lenet5_trainer_run(trainer, result, NULL, NULL, &error), "%s", error.message);
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(data);
    return network;
}

TEST(training_learns)
{
    struct lenet5_training training = lenet5_preset("lecun1998")->training;
    struct lenet5_result result;
    training.threads = 1;
    training.epochs = 8;
    struct lenet5_network *network = train("lecun1998", training, &result);
    ck_assert_double_gt(result.train_accuracy, 0.9);
    lenet5_network_destroy(network);
}

/* With mini-batches, on the modern networks, and the same bits on any number of threads. */
TEST(sdlm_trains_modern_networks)
{
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_result result;
    char hex[2][65];
    training.optimizer = LENET5_OPTIMIZER_SDLM;
    training.schedule = LENET5_SCHEDULE_CONSTANT;
    training.rate = 0.01;
    training.mu = 0.1;
    training.epochs = 6;
    training.batch_size = 32;
    training.validation = 0;
    training.random_shift = 0;
    training.weight_decay = 0;
    for (int threads = 1; threads <= 2; threads++) {
        training.threads = threads;
        struct lenet5_network *network = train("lenet5-tanh", training, &result);
        lenet5_network_sha256(network, hex[threads - 1]);
        lenet5_network_destroy(network);
    }
    ck_assert_double_gt(result.train_accuracy, 0.9);
    ck_assert_str_eq(hex[0], hex[1]);
}

static enum lenet5_status create(struct lenet5_training training, const char *name)
{
    const struct lenet5_preset *preset = lenet5_preset(name);
    struct lenet5_dataset *data;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    training.threads = 1;
    ck_assert(!lenet5_dataset_draw_digits(&data, 10, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(!lenet5_network_create(&network, &preset->architecture, &error));
    const enum lenet5_status status = lenet5_trainer_create(&trainer, network, data, &training,
                                                            &error);
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(data);
    lenet5_network_destroy(network);
    return status;
}

TEST(settings_are_checked)
{
    struct lenet5_training training = lenet5_preset("lecun1998")->training;
    ck_assert_int_eq(create(training, "lecun1998"), LENET5_OK);
    training.mu = 0;
    ck_assert_int_eq(create(training, "lecun1998"), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "mu"));
    training.mu = 0.02;
    training.curvature_samples = 0;
    ck_assert_int_eq(create(training, "lecun1998"), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "curvature samples"));
    training.curvature_samples = 500;
    training.map_j = NAN;
    ck_assert_int_eq(create(training, "lecun1998"), LENET5_ERROR_ARGUMENT);
    training.map_j = 1;
    training.loss = LENET5_LOSS_DISTANCE;
    ck_assert_int_eq(create(training, "lecun1998"), LENET5_OK);
    ck_assert_int_eq(create(training, "lenet5"), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "rbf"));
}
