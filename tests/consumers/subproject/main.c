/* Trains on drawn digits for a moment and expects to be better than chance on others. */
#include <stdio.h>

#include <lenet5/lenet5.h>

int main(void)
{
    struct lenet5_error error;
    struct lenet5_network *network = NULL;
    struct lenet5_dataset *train = NULL, *test = NULL;
    struct lenet5_trainer *trainer = NULL;
    struct lenet5_classifier *classifier = NULL;
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_result result;
    static struct lenet5_evaluation evaluation;
    int failed = 1;

    training.epochs = 2;
    training.batch_size = 16;
    training.validation = 0;
    if (lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error) ||
        lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 1, &error) ||
        lenet5_dataset_draw_digits(&train, 1000, 1, LENET5_SPLIT_TRAIN, &error) ||
        lenet5_dataset_draw_digits(&test, 200, 1, LENET5_SPLIT_TEST, &error) ||
        lenet5_trainer_create(&trainer, network, train, &training, &error) ||
        lenet5_trainer_run(trainer, &result, NULL, NULL, &error) ||
        lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 0, &error) ||
        lenet5_evaluate(classifier, &evaluation, test, &error)) {
        fprintf(stderr, "consumer: %s\n", error.message);
    } else {
        printf("%zu of %zu digits\n", evaluation.correct, evaluation.samples);
        failed = evaluation.accuracy < 0.5;
    }
    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(test);
    lenet5_dataset_destroy(train);
    lenet5_network_destroy(network);
    return failed;
}
