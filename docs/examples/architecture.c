/*
 * Defines a network as a table of layers. As in the paper of 1998, each map of C3 is connected to some maps of
 * S2 only (Table I). After a short training the network classifies built-in digits.
 */
#include <lenet5/lenet5.h>
#include <stdio.h>

/* (16, 6): for each map of C3, a 1 for each map of S2 that it is connected to. */
static const uint8_t table_1[16][6] = {
    {1, 1, 1, 0, 0, 0}, {0, 1, 1, 1, 0, 0}, {0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1},
    {1, 0, 0, 0, 1, 1}, {1, 1, 0, 0, 0, 1}, {1, 1, 1, 1, 0, 0}, {0, 1, 1, 1, 1, 0},
    {0, 0, 1, 1, 1, 1}, {1, 0, 0, 1, 1, 1}, {1, 1, 0, 0, 1, 1}, {1, 1, 1, 0, 0, 1},
    {1, 1, 0, 1, 1, 0}, {0, 1, 1, 0, 1, 1}, {1, 0, 1, 1, 0, 1}, {1, 1, 1, 1, 1, 1},
};

static const struct lenet5_layer layers[] = {
    {.kind = LENET5_LAYER_CONV, .name = "c1", .outputs = 6, .kernel = {5, 5}},
    {.kind = LENET5_LAYER_TANH},
    {.kind = LENET5_LAYER_AVG_POOL, .kernel = {2, 2}},
    {.kind = LENET5_LAYER_CONV,
     .name = "c3",
     .outputs = 16,
     .kernel = {5, 5},
     .connections = table_1[0]},
    {.kind = LENET5_LAYER_TANH},
    {.kind = LENET5_LAYER_AVG_POOL, .kernel = {2, 2}},
    {.kind = LENET5_LAYER_CONV, .name = "c5", .outputs = 120, .kernel = {5, 5}},
    {.kind = LENET5_LAYER_TANH},
    {.kind = LENET5_LAYER_FLATTEN},
    {.kind = LENET5_LAYER_DENSE, .name = "f6", .outputs = 84},
    {.kind = LENET5_LAYER_TANH},
    {.kind = LENET5_LAYER_DENSE, .name = "output", .outputs = 10},
};

static const struct lenet5_architecture architecture = {
    .name = "table-1",
    .input = {1, 32, 32},
    .scale = 1 / 255.0f,
    .layers = layers,
    .layer_count = sizeof(layers) / sizeof(*layers),
    .class_count = 10,
};

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
    int status = 1;

    training.epochs = 3;
    training.batch_size = 16;
    if (lenet5_network_create(&network, &architecture, &error) ||
        lenet5_network_initialise(network, LENET5_INIT_LECUN, 1, &error) ||
        lenet5_dataset_draw_digits(&train, 2000, 1, LENET5_SPLIT_TRAIN, &error) ||
        lenet5_dataset_draw_digits(&test, 500, 1, LENET5_SPLIT_TEST, &error) ||
        lenet5_trainer_create(&trainer, network, train, &training, &error) ||
        lenet5_trainer_run(trainer, &result, NULL, NULL, &error) ||
        lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 0, &error) ||
        lenet5_evaluate(classifier, &evaluation, test, &error)) {
        fprintf(stderr, "%s\n", error.message);
    } else {
        printf("%zu parameters, %zu multiply-accumulates, %zu of %zu digits right\n",
               lenet5_network_parameter_count(network), lenet5_network_macs(network),
               evaluation.correct, evaluation.samples);
        status = lenet5_network_parameter_count(network) != 60806 || evaluation.accuracy < 0.8;
    }
    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_dataset_destroy(test);
    lenet5_dataset_destroy(train);
    lenet5_network_destroy(network);
    return status;
}
