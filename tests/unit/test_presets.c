/*
 * Presets: their networks, their splits, and their first steps, which are PyTorch's. Networks, losses
 * and optimizers of the golden losses are written down once more in tests/unit/golden/make_presets.py, from
 * the documents that the presets repeat.
 */
#include <stdio.h>
#include <string.h>

#include <lenet5/lenet5.h>

#include "golden.h"
#include "suite.h"

enum { SAMPLES = 640, HELD_OUT = 64, STEPS = 20, CLASSES = 10, PARAMETERS = 61706, MACS = 416520 };
/* Single precision alone makes 5e-7 of difference; a constant that is wrong makes more than this. */
static const double tolerance = 1e-5;

static struct lenet5_error error;

/* One row of golden/presets.f32 each: a preset, or the losses that none has. */
static const struct run {
    const char *preset;
    bool other; /* than the preset's own loss: */
    enum lenet5_loss loss;
    double smoothing;
} runs[] = {
    {.preset = "lenet5"},
    {.preset = "lenet5-tanh"},
    {.preset = "lenet5-best"},
    {.preset = "keras-dropout"},
    {.preset = "torch-conv5"},
    {.preset = "keras-adam"},
    {.preset = "torch-relu"},
    {.preset = "keras-sgd"},
    {.preset = "torch-sigmoid"},
    {"lenet5-tanh", true, LENET5_LOSS_BCE_SOFTMAX, 0},
    {"lenet5-tanh", true, LENET5_LOSS_BCE_SOFTMAX, 0.1},
    {"lenet5-tanh", true, LENET5_LOSS_BCE_LOGITS, 0.1},
    {"lenet5-tanh", true, LENET5_LOSS_CROSS_ENTROPY_TWICE, 0},
    {"lenet5-tanh", true, LENET5_LOSS_CROSS_ENTROPY_TWICE, 0.1},
    {"lenet5-tanh", true, LENET5_LOSS_MSE, 0},
    {"lenet5-tanh", true, LENET5_LOSS_MSE, 0.1},
};
enum { RUNS = sizeof(runs) / sizeof(*runs) };

/* The naive backend is slow, and steps over steps are what the other is for. */
static const struct variant {
    enum lenet5_backend backend;
    int threads, steps;
} variants[] = {{LENET5_BACKEND_NAIVE, 1, 2},
                {LENET5_BACKEND_NAIVE, 2, 4},
                {LENET5_BACKEND_BLAS, 1, STEPS},
                {LENET5_BACKEND_BLAS, 2, STEPS},
                {LENET5_BACKEND_DIRECT, 2, STEPS}};
enum { VARIANTS = sizeof(variants) / sizeof(*variants) };

static struct lenet5_network *create_network(const struct lenet5_preset *preset)
{
    struct lenet5_architecture architecture = preset->architecture;
    struct lenet5_layer rows[32];
    struct lenet5_network *network;
    for (int i = 0; i < architecture.layer_count; i++) {
        rows[i] = architecture.layers[i];
        rows[i].rate = 0; /* dropout's draws are nobody else's */
    }
    architecture.layers = rows;
    golden_succeed(lenet5_network_create(&network, &architecture, &error), &error);
    golden_weights(network);
    return network;
}

static struct lenet5_dataset *create_dataset(void)
{
    static uint8_t images[SAMPLES * GOLDEN_SIDE * GOLDEN_SIDE], labels[SAMPLES];
    struct lenet5_dataset *dataset;
    for (int i = 0; i < SAMPLES; i++) {
        golden_image(images + i * GOLDEN_SIDE * GOLDEN_SIDE, i);
        labels[i] = (uint8_t)(i % CLASSES);
    }
    golden_succeed(lenet5_dataset_create(&dataset, images, labels, SAMPLES, GOLDEN_SIDE,
                                         GOLDEN_SIDE, CLASSES, &error),
                   &error);
    return dataset;
}

static struct lenet5_training training_of(const struct run *run, const struct variant *variant)
{
    struct lenet5_training training = lenet5_preset(run->preset)->training;
    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    training.backend = variant->backend;
    training.threads = blas.parallel == LENET5_BLAS_SERIAL ? 1 : variant->threads;
    training.schedule = LENET5_SCHEDULE_CONSTANT;
    training.random_shift = 0;
    training.augmentation = (struct lenet5_augmentation){0};
    training.validation = HELD_OUT; /* the mean that keras-sgd subtracts is that of the others */
    if (run->other) {
        training.loss = run->loss;
        training.label_smoothing = run->smoothing;
    }
    return training;
}

TEST_LOOP(first_steps_are_those_of_pytorch, 0, RUNS *VARIANTS)
{
    const struct run *run = &runs[_i / VARIANTS];
    const struct variant *variant = &variants[_i % VARIANTS];
    if (run->other && variant->backend == LENET5_BACKEND_NAIVE)
        return; /* the loss is the same code */
    const struct lenet5_training training = training_of(run, variant);
    struct lenet5_network *network = create_network(lenet5_preset(run->preset));
    struct lenet5_dataset *dataset = create_dataset();
    struct lenet5_trainer *trainer;
    float golden[RUNS * STEPS], losses[STEPS];
    golden_read(golden, RUNS * STEPS, "presets");
    golden_succeed(lenet5_trainer_create(&trainer, network, dataset, &training, &error), &error);
    for (int step = 0; step < variant->steps; step++) {
        uint32_t indices[128];
        double loss;
        for (int i = 0; i < training.batch_size; i++)
            indices[i] = (uint32_t)((step * training.batch_size + i) % (SAMPLES - HELD_OUT));
        golden_succeed(lenet5_trainer_step(trainer, indices, training.batch_size, &loss, &error),
                       &error);
        losses[step] = (float)loss;
    }
    char what[128];
    snprintf(what, sizeof(what), "%s, loss %d, smoothing %g, %s, threads: %d", run->preset,
             training.loss, training.label_smoothing, lenet5_backend_string(training.backend),
             training.threads);
    golden_close(what, losses, golden + _i / VARIANTS * STEPS, (size_t)variant->steps, tolerance);
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(dataset);
    lenet5_network_destroy(network);
}

/* What all others simplify; test_lecun1998.c is about it. */
static bool is_the_papers(const struct lenet5_preset *preset)
{
    return strcmp(preset->name, "lecun1998") == 0;
}

TEST(every_preset_is_a_lenet5)
{
    static const struct {
        size_t parameters, macs;
        int outputs;
    } expected[] = {{156, 117600, 6},
                    {2416, 240000, 16},
                    {48120, 48000, 120},
                    {10164, 10080, 84},
                    {850, 840, 10}};
    int count = 0;
    for (const struct lenet5_preset *preset; (preset = lenet5_preset_at(count)); count++) {
        struct lenet5_network *network;
        int layer = 0;
        if (is_the_papers(preset))
            continue;
        golden_succeed(lenet5_network_create(&network, &preset->architecture, &error), &error);
        ck_assert_uint_eq(lenet5_network_parameter_count(network), PARAMETERS);
        ck_assert_uint_eq(lenet5_network_macs(network), MACS);
        for (int i = 0; i < preset->architecture.layer_count; i++) {
            const struct lenet5_layer_info info = lenet5_network_layer(network, i);
            if (info.parameters == 0)
                continue;
            ck_assert_int_lt(layer, 5);
            ck_assert_uint_eq(info.parameters, expected[layer].parameters);
            ck_assert_uint_eq(info.macs, expected[layer].macs);
            ck_assert_int_eq(info.out.c, expected[layer].outputs);
            layer++;
        }
        ck_assert_int_eq(layer, 5);
        ck_assert_ptr_eq(lenet5_preset(preset->name), preset);
        golden_succeed(lenet5_network_initialise(network, preset->init, 1, &error), &error);
        lenet5_network_destroy(network);
    }
    ck_assert_int_eq(count, 10);
    ck_assert_ptr_null(lenet5_preset_at(-1));
    ck_assert_ptr_null(lenet5_preset("lenet6"));
}

TEST(the_defaults_are_those_of_the_first)
{
    const struct lenet5_training defaults = lenet5_training_defaults();
    ck_assert_str_eq(lenet5_preset_at(0)->name, "lenet5");
    ck_assert_double_eq(defaults.rate, 0.07);
    ck_assert_int_eq(defaults.epochs, 2);
    ck_assert_int_eq(defaults.schedule, LENET5_SCHEDULE_TRIANGULAR);
}

/* As the documents count them; MNIST's images are as many as these single pixels. */
static const struct {
    const char *preset;
    size_t samples, train, validation;
} splits[] = {
    {"lenet5", 60000, 54000, 6000},         {"keras-dropout", 70000, 46899, 23101},
    {"keras-adam", 60000, 54000, 6000},     {"keras-sgd", 60000, 55000, 5000},
    {"torch-sigmoid", 60000, 48000, 12000},
};

TEST_LOOP(splits_are_those_of_the_documents, 0, sizeof(splits) / sizeof(*splits))
{
    static uint8_t pixels[70000], labels[70000];
    const struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                        {.kind = LENET5_LAYER_DENSE, .outputs = CLASSES}};
    const struct lenet5_architecture tiny = {
        .input = {1, 1, 1}, .scale = 1, .layers = rows, .layer_count = 2, .class_count = CLASSES};
    const struct lenet5_preset *preset = lenet5_preset(splits[_i].preset);
    struct lenet5_training training = preset->training;
    struct lenet5_network *network;
    struct lenet5_dataset *dataset;
    struct lenet5_trainer *trainer;
    training.threads = 1;
    golden_succeed(lenet5_network_create(&network, &tiny, &error), &error);
    golden_succeed(
        lenet5_dataset_create(&dataset, pixels, labels, splits[_i].samples, 1, 1, CLASSES, &error),
        &error);
    golden_succeed(lenet5_trainer_create(&trainer, network, dataset, &training, &error), &error);
    ck_assert_uint_eq(lenet5_trainer_train_samples(trainer), splits[_i].train);
    ck_assert_uint_eq(lenet5_trainer_validation_samples(trainer), splits[_i].validation);
    ck_assert(preset->with_test == (splits[_i].samples == 70000));
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(dataset);
    lenet5_network_destroy(network);
}

/* Keras holds out the last and keeps the last epoch; only seed 4's program keeps the best. */
TEST(frameworks_hold_out_and_keep_their_way)
{
    const struct lenet5_preset *preset;
    for (int i = 0; (preset = lenet5_preset_at(i)); i++) {
        const bool keras = strncmp(preset->name, "keras", 5) == 0;
        const bool torch = strncmp(preset->name, "torch", 5) == 0;
        ck_assert_int_eq(preset->training.holdout,
                         keras ? LENET5_HOLDOUT_LAST : LENET5_HOLDOUT_RANDOM);
        if (keras || torch)
            ck_assert_int_eq(preset->training.keep, strcmp(preset->name, "torch-sigmoid") == 0
                                                        ? LENET5_KEEP_BEST
                                                        : LENET5_KEEP_LAST);
        if (is_the_papers(preset))
            continue;
        ck_assert_int_eq(preset->init, keras   ? LENET5_INIT_GLOROT
                                       : torch ? LENET5_INIT_PYTORCH
                                               : LENET5_INIT_HE);
    }
}
