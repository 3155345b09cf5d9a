/*
 * The default recipe on MNIST: test accuracy at the end, and how many epochs and seconds it took
 * until the test accuracy was 99.0 % for the first time. Seconds are those of training steps alone.
 * Nothing is chosen by the test set: looking at it after every epoch is the yardstick's, not the
 * recipe's.
 *
 *     bench-recipe DIRECTORY THREADS SEED BACKEND [FILE]
 *
 * FILE receives the recipe as JSON, with the learning rate of every step as it was, so that a peer
 * can follow it to the letter.
 */
#include <cjson/cJSON.h>
#include <lenet5/lenet5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "network/layer.h"
#include "network/names.h"
#include "record.h"
#include "workload.h"

static const double target = 0.99;

struct run {
    struct lenet5_training training;
    struct lenet5_dataset *train, *test;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    double seconds; /* of the epochs done */
    int reached;    /* the first epoch at the target, 0 = none yet */
    double seconds_to_target;
    cJSON *rates;
};

static double test_accuracy(struct run *run)
{
    struct lenet5_error error;
    static struct lenet5_evaluation evaluation;
    workload_check(lenet5_evaluate(run->classifier, &evaluation, run->test, &error), &error);
    return evaluation.accuracy;
}

static int on_progress(void *user, const struct lenet5_progress *now)
{
    struct run *run = user;
    if (!now->epoch_done) {
        cJSON_AddItemToArray(run->rates, cJSON_CreateNumber(now->rate));
        return 0;
    }
    const double accuracy = test_accuracy(run);
    run->seconds += now->seconds;
    if (run->reached == 0 && accuracy >= target) {
        run->reached = now->epoch;
        run->seconds_to_target = run->seconds;
    }
    fprintf(stderr, "\rlenet5, seed %d: epoch %d of %d, test %.2f %% ", (int)run->training.seed,
            now->epoch, now->epochs, 100 * accuracy);
    return 0;
}

static void prepare(struct run *run, const char *directory)
{
    struct lenet5_error error;
    workload_check(lenet5_dataset_read_mnist(&run->train, directory, LENET5_SPLIT_TRAIN, &error),
                   &error);
    workload_check(lenet5_dataset_read_mnist(&run->test, directory, LENET5_SPLIT_TEST, &error),
                   &error);
    const struct lenet5_preset *preset = lenet5_preset("lenet5");
    workload_check(lenet5_network_create(&run->network, &preset->architecture, &error), &error);
    workload_check(
        lenet5_network_initialise(run->network, preset->init, run->training.seed, &error), &error);
    workload_check(
        lenet5_trainer_create(&run->trainer, run->network, run->train, &run->training, &error),
        &error);
    workload_check(lenet5_classifier_create(&run->classifier, run->network, run->training.backend,
                                            run->training.threads, &error),
                   &error);
}

/* Whether the file could be written. */
static bool write_recipe(const struct run *run, const char *path)
{
    const struct lenet5_training *training = &run->training;
    const struct lenet5_architecture *preset = &lenet5_preset("lenet5")->architecture;
    const enum lenet5_layer_kind activation =
        preset->layers[1].kind; /* the same after every layer */
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"batch", training->batch_size},
        {"move", training->random_shift},
        {"validation_samples", (double)lenet5_trainer_validation_samples(run->trainer)},
        {"scale", preset->scale},
        {"shift", preset->shift},
        {"side", preset->input.h},
        {"target", target},
    };
    static const char *const settings[] = {"epochs", "momentum", "nesterov", "weight_decay",
                                           "label_smoothing"};
    char value[LENET5_SETTING_TEXT];
    cJSON *json = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (!lenet5_setting_get(training, settings[i], value, NULL))
            cJSON_AddRawToObject(json, settings[i], value);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        cJSON_AddNumberToObject(json, numbers[i].key, numbers[i].value);
    cJSON_AddStringToObject(json, "optimizer", names_optimizers[training->optimizer]);
    cJSON_AddStringToObject(json, "init", names_inits[lenet5_preset("lenet5")->init]);
    cJSON_AddStringToObject(json, "activation", lenet5_layer_kind_string(activation));
    cJSON_AddItemToObject(json, "rates", run->rates);
    char *text = cJSON_PrintUnformatted(json);
    FILE *file = fopen(path, "w");
    const bool written = file && text && fputs(text, file) >= 0;
    const bool closed = file && fclose(file) == 0;
    cJSON_free(text);
    cJSON_Delete(json);
    return written && closed;
}

static void print_records(struct run *run)
{
    char seed[32];
    snprintf(seed, sizeof(seed), "seed %d", (int)run->training.seed);
    const struct record row = {.section = "recipe",
                               .name = seed,
                               .threads = run->training.threads,
                               .contender = lenet5_backend_string(run->training.backend)};
    record_value(&row, "accuracy", 100 * test_accuracy(run));
    record_value(&row, "epochs_to_target", run->reached ? run->reached : NAN);
    record_value(&row, "seconds_to_target", run->reached ? run->seconds_to_target : NAN);
    record_value(&row, "seconds", run->seconds);
    if (!run->reached)
        record_note(&row, "99.0 % was not reached");
}

int main(int argc, char **argv)
{
    struct run run = {.training = lenet5_training_defaults()};
    struct lenet5_error error;
    struct lenet5_result result;
    if (argc < 5 || argc > 6 || atoi(argv[2]) < 1 || atoi(argv[3]) < 0 ||
        workload_backend(argv[4]) < 0) {
        fprintf(stderr, "usage: bench-recipe DIRECTORY THREADS SEED BACKEND [FILE]\n");
        return 64;
    }
    run.training.threads = atoi(argv[2]);
    run.training.seed = (uint64_t)atoi(argv[3]);
    run.training.backend = (enum lenet5_backend)workload_backend(argv[4]);
    run.rates = cJSON_CreateArray();

    lenet5_blas_use_one_thread();
    prepare(&run, argv[1]);
    workload_check(lenet5_trainer_run(run.trainer, &result, on_progress, &run, &error), &error);
    fputc('\n', stderr);
    print_records(&run);
    if (argc == 6 && !write_recipe(&run, argv[5])) {
        fprintf(stderr, "bench-recipe: %s could not be written\n", argv[5]);
        return 1;
    }
    return 0;
}
