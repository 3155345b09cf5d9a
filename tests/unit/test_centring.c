/*
 * Centring: whose mean is subtracted from whom. Digits are light on dark, but those held out dark on
 * light, so that it makes a difference.
 */
#include <lenet5/lenet5.h>
#include <math.h>
#include <string.h>

#include "suite.h"

enum { COUNT = 200, HELD_OUT = 50, TRAINED = COUNT - HELD_OUT, SIDE = 28, INPUT = 32 * 32 };

static struct lenet5_error error;
static uint8_t images[COUNT * SIDE * SIDE], labels[COUNT];
static struct lenet5_dataset *all, *last; /* the last are those held out */

static void setup(void)
{
    struct lenet5_dataset *digits;
    ck_assert(!lenet5_dataset_draw_digits(&digits, COUNT, 1, LENET5_SPLIT_TRAIN, &error));
    for (size_t i = 0; i < COUNT; i++) {
        const uint8_t *from = lenet5_dataset_image(digits, i);
        labels[i] = (uint8_t)lenet5_dataset_label(digits, i);
        for (size_t k = 0; k < SIDE * SIDE; k++)
            images[i * SIDE * SIDE + k] = (uint8_t)(i < TRAINED ? from[k] : 255 - from[k]);
    }
    lenet5_dataset_destroy(digits);
    ck_assert(!lenet5_dataset_create(&all, images, labels, COUNT, SIDE, SIDE, 10, &error));
    ck_assert(!lenet5_dataset_create(&last, images + TRAINED * SIDE * SIDE, labels + TRAINED,
                                     HELD_OUT, SIDE, SIDE, 10, &error));
}

static void teardown(void)
{
    lenet5_dataset_destroy(all);
    lenet5_dataset_destroy(last);
}

/* The mean of 32x32 inputs, borders of 0 and all, of count images from the first on. */
static double mean_of(size_t first, size_t count)
{
    double sum = 0;
    for (size_t k = first * SIDE * SIDE; k < (first + count) * SIDE * SIDE; k++)
        sum += images[k] / 255.0;
    return sum / (double)(count * INPUT);
}

static struct lenet5_network *create_network(const char *preset, float shift)
{
    struct lenet5_architecture architecture = lenet5_preset(preset)->architecture;
    struct lenet5_network *network;
    architecture.shift = shift;
    ck_assert(!lenet5_network_create(&network, &architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_GLOROT, 3, &error));
    return network;
}

static struct lenet5_trainer *create_trainer(struct lenet5_network *network,
                                             enum lenet5_centring centring)
{
    struct lenet5_training training = lenet5_preset("keras-sgd")->training;
    struct lenet5_trainer *trainer;
    training.threads = 1;
    training.epochs = 1;
    training.validation = HELD_OUT;
    training.centring = centring;
    ck_assert_msg(!lenet5_trainer_create(&trainer, network, all, &training, &error), "%s",
                  error.message);
    return trainer;
}

static float shift_of(const struct lenet5_network *network)
{
    return lenet5_network_architecture(network)->shift;
}

static void check_shift(enum lenet5_centring centring, double expected)
{
    struct lenet5_network *network = create_network("keras-sgd", 0.25f);
    struct lenet5_trainer *trainer = create_trainer(network, centring);
    ck_assert_double_eq_tol((double)shift_of(network), expected, 1e-6);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
}

TEST(the_network_loses_the_mean_of_what_it_trains_on)
{
    check_shift(LENET5_CENTRING_NONE, 0.25);
    check_shift(LENET5_CENTRING_TRAIN, -mean_of(0, TRAINED));
    check_shift(LENET5_CENTRING_EACH, -mean_of(0, TRAINED));
}

/* However images are made as large as the input, and whatever the shift was before. */
TEST(inputs_have_mean_zero)
{
    const char *const presets[] = {"keras-sgd", "torch-sigmoid", "lenet5"};
    for (int i = 0; i < 3; i++) {
        static float inputs[TRAINED * INPUT];
        struct lenet5_network *network = create_network(presets[i], -7);
        struct lenet5_trainer *trainer = create_trainer(network, LENET5_CENTRING_TRAIN);
        double sum = 0;
        ck_assert(!lenet5_features(network, inputs, -1, images, TRAINED, SIDE, SIDE, &error));
        for (size_t k = 0; k < TRAINED * INPUT; k++)
            sum += (double)inputs[k];
        ck_assert_double_eq_tol(sum / (TRAINED * INPUT), 0, 1e-6);
        lenet5_trainer_destroy(trainer);
        lenet5_network_destroy(network);
    }
}

/* The loss of those held out, under a network with these parameters and this shift. */
static double loss_by(const struct lenet5_network *trained, double shift)
{
    static struct lenet5_evaluation evaluation;
    struct lenet5_network *network = create_network("keras-sgd", (float)shift);
    struct lenet5_classifier *classifier;
    memcpy(lenet5_network_parameters(network), lenet5_network_weights(trained),
           lenet5_network_parameter_count(network) * sizeof(float));
    ck_assert(!lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error));
    ck_assert(!lenet5_evaluate(classifier, &evaluation, last, &error));
    lenet5_classifier_destroy(classifier);
    lenet5_network_destroy(network);
    return evaluation.loss;
}

TEST(validation_loses_the_training_mean_or_its_own)
{
    for (int centring = LENET5_CENTRING_TRAIN; centring <= LENET5_CENTRING_EACH; centring++) {
        struct lenet5_network *network = create_network("keras-sgd", 0);
        struct lenet5_trainer *trainer = create_trainer(network, (enum lenet5_centring)centring);
        struct lenet5_result result;
        ck_assert(!lenet5_trainer_run(trainer, &result, NULL, NULL, &error));
        const double by_train = loss_by(network, -mean_of(0, TRAINED));
        const double by_own = loss_by(network, -mean_of(TRAINED, HELD_OUT));
        ck_assert_double_gt(fabs(by_train - by_own), 1e-3);
        ck_assert_double_eq_tol(result.val_loss,
                                centring == LENET5_CENTRING_EACH ? by_own : by_train, 1e-6);
        lenet5_trainer_destroy(trainer);
        lenet5_network_destroy(network);
    }
}

TEST(a_classifier_centres_and_stops_centring)
{
    static struct lenet5_evaluation evaluation;
    struct lenet5_network *network = create_network("keras-sgd", -0.1f);
    struct lenet5_classifier *classifier;
    struct lenet5_dataset *large;
    static const uint8_t pixels[33 * 33], label = 0;
    float before[10], centred[10], after[10];
    ck_assert(!lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error));
    lenet5_classify(classifier, before, images, 1, SIDE, SIDE, &error);

    ck_assert(!lenet5_classifier_centre(classifier, last, &error));
    ck_assert(!lenet5_evaluate(classifier, &evaluation, last, &error));
    ck_assert_double_eq_tol(evaluation.loss, loss_by(network, -mean_of(TRAINED, HELD_OUT)), 1e-6);
    lenet5_classify(classifier, centred, images, 1, SIDE, SIDE, &error);
    ck_assert_mem_ne(centred, before, sizeof(before));
    ck_assert_float_eq(shift_of(network), -0.1f);

    ck_assert(!lenet5_classifier_centre(classifier, NULL, &error));
    ck_assert(!lenet5_evaluate(classifier, &evaluation, last, &error));
    ck_assert_double_eq_tol(evaluation.loss, loss_by(network, -0.1), 1e-6);
    lenet5_classify(classifier, after, images, 1, SIDE, SIDE, &error);
    ck_assert_mem_eq(after, before, sizeof(before));

    ck_assert(!lenet5_dataset_create(&large, pixels, &label, 1, 33, 33, 10, &error));
    ck_assert_int_eq(lenet5_classifier_centre(classifier, large, &error), LENET5_ERROR_ARGUMENT);
    lenet5_dataset_destroy(large);
    lenet5_classifier_destroy(classifier);
    lenet5_network_destroy(network);
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
}
