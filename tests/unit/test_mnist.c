/* The real MNIST, where LENET5_DATA says it is: two epochs must do what they have always done. */
#include <lenet5/lenet5.h>
#include <math.h>

#include "suite.h"

static struct lenet5_error error;

TEST(the_default_recipe_reaches_99_percent)
{
    const char *directory = getenv("LENET5_DATA");
    struct lenet5_dataset *train, *test;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    struct lenet5_result result;
    static struct lenet5_evaluation evaluation;
    struct lenet5_training training = lenet5_training_defaults();
    ck_assert_msg(!lenet5_dataset_read_mnist(&train, directory, LENET5_SPLIT_TRAIN, &error) &&
                      !lenet5_dataset_read_mnist(&test, directory, LENET5_SPLIT_TEST, &error),
                  "%s", error.message);
    ck_assert_uint_eq(lenet5_dataset_count(train), 60000);
    ck_assert_uint_eq(lenet5_dataset_count(test), 10000);
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_HE, 1, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train, &training, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, NULL, NULL, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 0, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_evaluate(classifier, &evaluation, test, &error), LENET5_OK);
    ck_assert_msg(evaluation.accuracy >= 0.99, "test accuracy %g", evaluation.accuracy);
    ck_assert_double_eq_tol(result.val_accuracy, evaluation.accuracy, 0.01);
    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(test);
    lenet5_dataset_destroy(train);
}

void add_fixtures(TCase *tests)
{
    (void)tests;
    if (!getenv("LENET5_DATA"))
        exit(SUITE_SKIPPED);
}
