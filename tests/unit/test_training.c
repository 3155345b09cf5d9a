/* Training as a whole: it learns, it is deterministic, it keeps the best, it stops when told to. */
#include <lenet5/lenet5.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

static struct lenet5_error error;
static struct lenet5_dataset *train_digits, *test_digits;

static void setup(void)
{
    ck_assert_int_eq(lenet5_dataset_draw_digits(&train_digits, 2000, 1, LENET5_SPLIT_TRAIN, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_dataset_draw_digits(&test_digits, 500, 1, LENET5_SPLIT_TEST, &error),
                     LENET5_OK);
}

static void teardown(void)
{
    lenet5_dataset_destroy(train_digits);
    lenet5_dataset_destroy(test_digits);
}

static struct lenet5_training recipe(void)
{
    struct lenet5_training training = lenet5_training_defaults();
    training.threads = 1;
    training.epochs = 3;
    training.batch_size = 50; /* a shard of 16, 16, 16, 2 */
    training.rate = 0.1;
    training.schedule = LENET5_SCHEDULE_ONE_CYCLE;
    training.label_smoothing = 0;
    training.random_shift = 0;
    training.validation = 300;
    training.seed = 4;
    return training;
}

struct outcome {
    enum lenet5_status status;
    struct lenet5_result result;
    char sha256[65];
};

static struct outcome train(const struct lenet5_training *training,
                            lenet5_progress_function *progress, void *user)
{
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct outcome outcome;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 9, &error), LENET5_OK);
    ck_assert_msg(!lenet5_trainer_create(&trainer, network, train_digits, training, &error), "%s",
                  error.message);
    outcome.status = lenet5_trainer_run(trainer, &outcome.result, progress, user, &error);
    lenet5_network_sha256(network, outcome.sha256);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    return outcome;
}

TEST_LOOP(weights_do_not_depend_on_threads, LENET5_BACKEND_BLAS, LENET5_BACKEND_DIRECT + 1)
{
    static const int threads[] = {2, 3, 4, 8};
    struct lenet5_training training = recipe();
    training.random_shift = 2;
    training.augmentation = (struct lenet5_augmentation){
        .rotation = 10, .elastic = 1, .elastic_sigma = 4};
    training.label_smoothing = 0.1;
    training.backend = (enum lenet5_backend)_i;
    const struct outcome one = train(&training, NULL, NULL);
    ck_assert_int_eq(one.status, LENET5_OK);
    for (int repeat = 0; repeat < 3; repeat++)
        for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++) {
            training.threads = threads[i];
            const struct outcome many = train(&training, NULL, NULL);
            ck_assert_msg(strcmp(one.sha256, many.sha256) == 0,
                          "%d threads end in other weights than 1", threads[i]);
            ck_assert(memcmp(&one.result.train_loss, &many.result.train_loss, sizeof(double)) == 0);
            ck_assert(memcmp(&one.result.val_loss, &many.result.val_loss, sizeof(double)) == 0);
        }
}

/* 1,100 samples in a batch: more than 64 shards of 16, so shards grow. */
TEST(large_batches_do_not_depend_on_threads)
{
    struct lenet5_training training = recipe();
    training.batch_size = 1100;
    const struct outcome one = train(&training, NULL, NULL);
    training.threads = 3;
    const struct outcome three = train(&training, NULL, NULL);
    ck_assert_str_eq(one.sha256, three.sha256);
}

TEST(seed_changes_the_run)
{
    struct lenet5_training training = recipe();
    training.epochs = 1;
    const struct outcome a = train(&training, NULL, NULL);
    training.seed++;
    const struct outcome b = train(&training, NULL, NULL);
    ck_assert_str_ne(a.sha256, b.sha256);
}

TEST(it_learns)
{
    struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    struct lenet5_result result;
    struct lenet5_evaluation before, after;
    training.epochs = 6;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 2, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_evaluate(classifier, &before, test_digits, &error), LENET5_OK);
    ck_assert_double_lt(before.accuracy, 0.3);
    ck_assert_double_eq_tol(before.loss, log(10), 0.2);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_OK);
    ck_assert_uint_eq(lenet5_trainer_train_samples(trainer), 1700);
    ck_assert_uint_eq(lenet5_trainer_validation_samples(trainer), 300);
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, NULL, NULL, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_evaluate(classifier, &after, test_digits, &error), LENET5_OK);
    ck_assert_msg(after.accuracy > 0.9, "after %d epochs the test accuracy is %g", result.epochs,
                  after.accuracy);
    ck_assert_double_gt(result.val_accuracy, 0.9);
    ck_assert_double_lt(result.train_loss, 0.5);
    lenet5_trainer_destroy(trainer);
    lenet5_classifier_destroy(classifier);
    lenet5_network_destroy(network);
}

/* The figures of an evaluation, counted again from the probabilities. */
TEST(evaluation_adds_up)
{
    struct lenet5_network *network;
    struct lenet5_classifier *classifier;
    struct lenet5_evaluation evaluation;
    size_t correct = 0, total = 0, diagonal = 0;
    double loss = 0;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_GLOROT, 2, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 2, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_evaluate(classifier, &evaluation, test_digits, &error), LENET5_OK);
    for (size_t i = 0; i < 500; i++) {
        float probabilities[10];
        const int label = lenet5_dataset_label(test_digits, i);
        double sum = 0;
        int best = 0;
        ck_assert_int_eq(lenet5_classify(classifier, probabilities,
                                         lenet5_dataset_image(test_digits, i), 1, 28, 28, &error),
                         LENET5_OK);
        for (int k = 0; k < 10; k++) {
            sum += (double)probabilities[k];
            if (probabilities[k] > probabilities[best])
                best = k;
        }
        ck_assert_double_eq_tol(sum, 1, 1e-6);
        correct += best == label;
        loss -= log((double)probabilities[label]);
    }
    for (int k = 0; k < 100; k++) {
        total += evaluation.confusion[k];
        diagonal += k % 11 == 0 ? evaluation.confusion[k] : 0;
    }
    ck_assert_uint_eq(evaluation.samples, 500);
    ck_assert_uint_eq(total, 500);
    ck_assert_uint_eq(evaluation.correct, correct);
    ck_assert_uint_eq(diagonal, correct);
    ck_assert_double_eq(evaluation.accuracy, (double)correct / 500);
    ck_assert_double_eq_tol(evaluation.loss, loss / 500, 1e-6);
    lenet5_classifier_destroy(classifier);
    lenet5_network_destroy(network);
}

TEST(backends_train_alike)
{
    double losses[3][20];
    for (int backend = LENET5_BACKEND_NAIVE; backend <= LENET5_BACKEND_DIRECT; backend++) {
        struct lenet5_training training = recipe();
        struct lenet5_network *network;
        struct lenet5_trainer *trainer;
        training.backend = (enum lenet5_backend)backend;
        training.schedule = LENET5_SCHEDULE_CONSTANT;
        ck_assert_int_eq(
            lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
            LENET5_OK);
        ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_LECUN, 2, &error),
                         LENET5_OK);
        ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                         LENET5_OK);
        for (uint32_t step = 0; step < 20; step++) {
            uint32_t batch[50];
            for (uint32_t i = 0; i < 50; i++)
                batch[i] = (step * 50 + i * 7) % 2000;
            ck_assert_int_eq(
                lenet5_trainer_step(trainer, batch, 50, &losses[backend][step], &error), LENET5_OK);
        }
        lenet5_trainer_destroy(trainer);
        lenet5_network_destroy(network);
    }
    ck_assert_double_lt(losses[0][19], losses[0][0]);
    for (int step = 0; step < 20; step++) {
        ck_assert_double_eq_tol(losses[LENET5_BACKEND_NAIVE][step],
                                losses[LENET5_BACKEND_BLAS][step], 1e-4);
        ck_assert_double_eq_tol(losses[LENET5_BACKEND_NAIVE][step],
                                losses[LENET5_BACKEND_DIRECT][step], 1e-4);
    }
}

/* A batch of 23 has the gradient of its 23 samples: the mean of their own gradients. */
TEST(gradient_is_the_mean_over_the_batch)
{
    enum { COUNT = 23, PARAMETERS = 61706 };
    static float whole[PARAMETERS], one[PARAMETERS];
    static double mean[PARAMETERS];
    const struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    uint32_t batch[COUNT];
    double loss, sum = 0;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_LECUN, 2, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        batch[i] = 31 * i;
        lenet5_trainer_gradient(trainer, one, &batch[i], 1, &loss, &error);
        sum += loss / COUNT;
        for (int k = 0; k < PARAMETERS; k++)
            mean[k] += (double)one[k] / COUNT;
    }
    ck_assert_int_eq(lenet5_trainer_gradient(trainer, whole, batch, COUNT, &loss, &error),
                     LENET5_OK);
    ck_assert_double_eq_tol(loss, sum, 1e-6);
    for (int k = 0; k < PARAMETERS; k++)
        ck_assert_double_eq_tol(whole[k], mean[k], 1e-6);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
}

/* Copies of one image, each moved in its own way, from the first piece of a batch to the last. */
TEST(every_place_has_its_own_shift)
{
    enum { COUNT = 40 };
    static float gradient[61706];
    struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    const uint32_t batch[COUNT] = {0};
    double sums[COUNT + 1] = {0};
    int equal = 0;
    training.random_shift = 8;
    ck_assert(!lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_HE, 2, &error));
    ck_assert(!lenet5_trainer_create(&trainer, network, train_digits, &training, &error));
    for (int count = 1; count <= COUNT; count++) {
        double loss;
        lenet5_trainer_gradient(trainer, gradient, batch, count, &loss, &error);
        sums[count] = loss * count;
    }
    for (int a = 0; a < COUNT; a++)
        for (int b = 0; b < a; b++)
            equal += fabs((sums[a + 1] - sums[a]) - (sums[b + 1] - sums[b])) < 1e-5;
    ck_assert_int_lt(equal, 10); /* of 780 pairs; 289 shifts make about 3 equal */
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
}

/* With dropout too: the step drops the same units as the gradient that stands for it. */
TEST(gradient_is_what_the_step_uses)
{
    const struct lenet5_layer layers[] = {
        {.kind = LENET5_LAYER_FLATTEN},      {LENET5_LAYER_DENSE, .outputs = 30},
        {.kind = LENET5_LAYER_TANH},         {LENET5_LAYER_DROPOUT, .rate = 0.5f},
        {LENET5_LAYER_DENSE, .outputs = 10},
    };
    const struct lenet5_architecture architecture = {.input = {1, 28, 28},
                                                     .scale = 1.0f / 255,
                                                     .layers = layers,
                                                     .layer_count = 5,
                                                     .class_count = 10};
    struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    uint32_t batch[20];
    training.schedule = LENET5_SCHEDULE_CONSTANT;
    training.rate = 1;
    training.momentum = training.weight_decay = 0;
    training.nesterov = false;
    for (uint32_t i = 0; i < 20; i++)
        batch[i] = i;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_LECUN, 2, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_OK);
    const size_t count = lenet5_network_parameter_count(network);
    float *gradient = malloc(count * sizeof(float)), *before = malloc(count * sizeof(float));
    const float *weights = lenet5_network_weights(network);
    for (int step = 0; step < 2; step++) {
        memcpy(before, weights, count * sizeof(float));
        lenet5_trainer_gradient(trainer, gradient, batch, 20, NULL, &error);
        ck_assert_mem_eq(before, weights, count * sizeof(float));
        ck_assert_int_eq(lenet5_trainer_step(trainer, batch, 20, NULL, &error), LENET5_OK);
        for (size_t i = 0; i < count; i++)
            ck_assert_double_eq_tol(before[i] - weights[i], gradient[i], 1e-6);
    }
    free(before);
    free(gradient);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
}

struct watch {
    int stop_at_batch, stop_at_epoch;
    int batches, epochs;
    double best;
    struct lenet5_progress last;
};

static int watch(void *user, const struct lenet5_progress *progress)
{
    struct watch *seen = user;
    seen->last = *progress;
    if (progress->epoch_done) {
        seen->epochs++;
        if (progress->val_accuracy > seen->best)
            seen->best = progress->val_accuracy;
        return progress->epoch == seen->stop_at_epoch;
    }
    seen->batches++;
    return seen->batches == seen->stop_at_batch;
}

TEST(progress_counts_the_partial_batch)
{
    const struct lenet5_training training = recipe();
    struct watch seen = {0};
    struct lenet5_training odd = training;
    odd.validation = 311; /* 1,689 = 33 * 50 + 39 */
    const struct outcome outcome = train(&odd, watch, &seen);
    ck_assert_int_eq(outcome.status, LENET5_OK);
    ck_assert_int_eq(seen.batches, 3 * 34);
    ck_assert_int_eq(seen.epochs, 3);
    ck_assert_int_eq(seen.last.batches, 34);
    ck_assert_double_eq(outcome.result.val_accuracy, seen.best);
    ck_assert_int_eq(outcome.result.epochs, 3);
}

TEST(callback_stops_after_the_batch)
{
    const struct lenet5_training training = recipe();
    struct watch seen = {.stop_at_batch = 5};
    const struct outcome outcome = train(&training, watch, &seen);
    ck_assert_int_eq(outcome.status, LENET5_STOPPED);
    ck_assert_int_eq(seen.batches, 5);
    ck_assert_int_eq(outcome.result.epochs, 0);
    seen = (struct watch){.stop_at_epoch = 2};
    ck_assert_int_eq(train(&training, watch, &seen).status, LENET5_STOPPED);
    ck_assert_int_eq(seen.epochs, 2);
}

/* A huge rate after a good start: training stops, and the network is what it was before. */
TEST(divergence_leaves_the_last_good_weights)
{
    struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_result result;
    char before[65], after[65];
    training.rate = 1e30;
    training.schedule = LENET5_SCHEDULE_CONSTANT;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_LECUN, 2, &error), LENET5_OK);
    lenet5_network_sha256(network, before);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, NULL, NULL, &error),
                     LENET5_ERROR_DIVERGED);
    ck_assert_msg(strstr(error.message, "not finite"), "%s", error.message);
    lenet5_network_sha256(network, after);
    ck_assert_str_eq(before, after);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
}

/* With a rate of zero no epoch is better than the first. */
TEST(patience_ends_training_early)
{
    struct lenet5_training training = recipe();
    training.rate = 0;
    training.epochs = 10;
    training.patience = 2;
    const struct outcome outcome = train(&training, NULL, NULL);
    ck_assert_int_eq(outcome.status, LENET5_OK);
    ck_assert_int_eq(outcome.result.best_epoch, 1);
    ck_assert_int_eq(outcome.result.epochs, 3);
}

TEST(best_epoch_is_kept)
{
    struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_result result;
    char kept[65];
    training.schedule = LENET5_SCHEDULE_STEP; /* two good epochs, then a rate that spoils them */
    training.step_epochs = 2;
    training.step_gamma = 100;
    training.epochs = 4;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 9, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, NULL, NULL, &error), LENET5_OK);
    lenet5_network_sha256(network, kept);
    ck_assert_int_lt(result.best_epoch, 4);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    /* The same run, ended after its best epoch, ends in the same weights. */
    training.epochs = result.best_epoch;
    const struct outcome shorter = train(&training, NULL, NULL);
    ck_assert_str_eq(kept, shorter.sha256);
}

/* The weights at the end of every epoch. */
struct diary {
    const struct lenet5_network *network;
    char sha256[16][65]; /* by epoch, from 1 */
    double val_loss[16];
};

static int write_down(void *user, const struct lenet5_progress *progress)
{
    struct diary *diary = user;
    if (progress->epoch_done) {
        lenet5_network_sha256(diary->network, diary->sha256[progress->epoch]);
        diary->val_loss[progress->epoch] = progress->val_loss;
    }
    return 0;
}

static struct outcome train_with_diary(const struct lenet5_training *training, struct diary *diary)
{
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct outcome outcome;
    ck_assert(
        !lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 9, &error));
    ck_assert(!lenet5_trainer_create(&trainer, network, train_digits, training, &error));
    *diary = (struct diary){.network = network};
    outcome.status = lenet5_trainer_run(trainer, &outcome.result, write_down, diary, &error);
    lenet5_network_sha256(network, outcome.sha256);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    return outcome;
}

TEST(the_last_epoch_is_kept_or_the_best)
{
    for (int keep = LENET5_KEEP_BEST; keep <= LENET5_KEEP_LAST; keep++) {
        struct lenet5_training training = recipe();
        struct diary diary;
        training.schedule =
            LENET5_SCHEDULE_STEP; /* two good epochs, then a rate that spoils them */
        training.step_epochs = 2;
        training.step_gamma = 100;
        training.epochs = 4;
        training.keep = (enum lenet5_keep)keep;
        const struct outcome outcome = train_with_diary(&training, &diary);
        const int kept = keep == LENET5_KEEP_LAST ? 4 : outcome.result.best_epoch;
        ck_assert_int_eq(outcome.status, LENET5_OK);
        ck_assert_int_gt(outcome.result.best_epoch, 0);
        ck_assert_int_lt(outcome.result.best_epoch, 4);
        ck_assert_int_eq(outcome.result.kept_epoch, kept);
        ck_assert_str_eq(outcome.sha256, diary.sha256[kept]);
        ck_assert_double_eq(outcome.result.val_loss, diary.val_loss[kept]);
    }
}

/* Two good epochs, then a rate that makes weight decay the end of the weights. */
TEST(divergence_leaves_the_kept_epoch)
{
    for (int keep = LENET5_KEEP_BEST; keep <= LENET5_KEEP_LAST; keep++) {
        struct lenet5_training training = recipe();
        struct diary diary;
        training.schedule = LENET5_SCHEDULE_STEP;
        training.step_epochs = 2;
        training.step_gamma = 1e6;
        training.weight_decay = 1e-2;
        training.epochs = 5;
        training.keep = (enum lenet5_keep)keep;
        const struct outcome outcome = train_with_diary(&training, &diary);
        const int kept = keep == LENET5_KEEP_LAST ? 2 : outcome.result.best_epoch;
        ck_assert_int_eq(outcome.status, LENET5_ERROR_DIVERGED);
        ck_assert_int_eq(outcome.result.epochs, 2);
        ck_assert_int_eq(outcome.result.kept_epoch, kept);
        ck_assert_str_eq(outcome.sha256, diary.sha256[kept]);
    }
}

static struct lenet5_dataset *part_of(const struct lenet5_dataset *whole, size_t first,
                                      size_t count)
{
    struct lenet5_dataset *part;
    uint8_t *labels = malloc(count);
    for (size_t i = 0; i < count; i++)
        labels[i] = (uint8_t)lenet5_dataset_label(whole, first + i);
    ck_assert(!lenet5_dataset_create(&part, lenet5_dataset_image(whole, first), labels, count, 28,
                                     28, 10, &error));
    free(labels);
    return part;
}

/* To train without the last is to train on a dataset that does not have them. */
TEST(the_last_samples_are_held_out)
{
    static struct lenet5_evaluation evaluation;
    struct lenet5_dataset *whole = train_digits, *rest = part_of(whole, 0, 1700),
                          *held_out = part_of(whole, 1700, 300);
    struct lenet5_training training = recipe();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    struct lenet5_result result;
    char sha256[65];
    training.epochs = 2;
    training.keep = LENET5_KEEP_LAST;
    training.validation = 0;
    train_digits = rest;
    const struct outcome without = train(&training, NULL, NULL);
    train_digits = whole;

    training.holdout = LENET5_HOLDOUT_LAST;
    training.validation = 0.15;
    ck_assert(
        !lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error));
    ck_assert(!lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 9, &error));
    ck_assert(!lenet5_trainer_create(&trainer, network, whole, &training, &error));
    ck_assert_uint_eq(lenet5_trainer_train_samples(trainer), 1700);
    ck_assert(!lenet5_trainer_run(trainer, &result, NULL, NULL, &error));
    lenet5_network_sha256(network, sha256);
    ck_assert_str_eq(sha256, without.sha256);

    ck_assert(!lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error));
    ck_assert(!lenet5_evaluate(classifier, &evaluation, held_out, &error));
    ck_assert_double_eq(result.val_loss, evaluation.loss);
    ck_assert_double_eq(result.val_accuracy, evaluation.accuracy);

    /* The samples trained on, too: all of them, in the order of the last epoch, or some. */
    static struct lenet5_evaluation trained;
    ck_assert(!lenet5_evaluate(classifier, &evaluation, rest, &error));
    ck_assert(!lenet5_trainer_evaluate(trainer, &trained, 100000, &error));
    ck_assert_uint_eq(trained.samples, 1700);
    ck_assert_uint_eq(trained.correct, evaluation.correct);
    ck_assert_double_eq_tol(trained.loss, evaluation.loss, 1e-6);
    ck_assert(!lenet5_trainer_evaluate(trainer, &trained, 100, &error));
    ck_assert_uint_eq(trained.samples, 100);

    training.holdout = LENET5_HOLDOUT_RANDOM;
    ck_assert_str_ne(train(&training, NULL, NULL).sha256, without.sha256);
    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(held_out);
    lenet5_dataset_destroy(rest);
}

/* Validation is by the loss that is trained, without label smoothing. */
TEST(validation_is_by_the_same_loss)
{
    static const enum lenet5_loss losses[] = {LENET5_LOSS_CROSS_ENTROPY, LENET5_LOSS_BCE_SOFTMAX,
                                              LENET5_LOSS_BCE_LOGITS,
                                              LENET5_LOSS_CROSS_ENTROPY_TWICE, LENET5_LOSS_MSE};
    for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++) {
        struct lenet5_training training = recipe();
        training.rate = 0; /* training and validation then see the same weights */
        training.epochs = 1;
        training.loss = losses[i];
        const struct outcome plain = train(&training, NULL, NULL);
        training.label_smoothing = 0.5;
        const struct outcome smoothed = train(&training, NULL, NULL);
        ck_assert_double_eq(smoothed.result.val_loss, plain.result.val_loss);
        ck_assert_double_eq_tol(plain.result.val_loss / plain.result.train_loss, 1, 0.05);
        ck_assert_double_ne(smoothed.result.train_loss, plain.result.train_loss);
    }
}

TEST(settings_out_of_range_are_refused)
{
    struct lenet5_network *network;
    struct lenet5_trainer *trainer = NULL;
    const struct lenet5_training good = recipe();
    struct lenet5_training bad[16];
    for (size_t i = 0; i < 16; i++)
        bad[i] = good;
    bad[0].epochs = 0;
    bad[1].batch_size = 0;
    bad[2].rate = -1;
    bad[3].rate = NAN;
    bad[4].momentum = 1.5;
    bad[5].threads = -1;
    bad[6].threads = 65;
    bad[7].validation = 2000;
    bad[8].validation = -0.1;
    bad[9].beta2 = 1;
    bad[10].weight_decay = INFINITY;
    bad[11].validation = 0;
    bad[11].patience = 3;
    bad[12].loss = LENET5_LOSS_MSE + 1;
    bad[13].holdout = LENET5_HOLDOUT_LAST + 1;
    bad[14].keep = LENET5_KEEP_LAST + 1;
    bad[15].centring = LENET5_CENTRING_EACH + 1;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5-tanh")->architecture, &error),
        LENET5_OK);
    for (size_t i = 0; i < 16; i++) {
        ck_assert_msg(lenet5_trainer_create(&trainer, network, train_digits, &bad[i], &error) ==
                          LENET5_ERROR_ARGUMENT,
                      "setting %zu was accepted", i);
        ck_assert_ptr_null(trainer);
    }
    const uint32_t outside = 2000;
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &good, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_trainer_step(trainer, &outside, 1, NULL, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_trainer_step(trainer, &outside, 0, NULL, &error),
                     LENET5_ERROR_ARGUMENT);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
}

/* Every setting, by its text: its own value back, both ends of its range, and nothing beyond. */
TEST(settings_are_one_table)
{
    const struct lenet5_training defaults = lenet5_training_defaults();
    const struct lenet5_setting *setting;
    char text[LENET5_SETTING_TEXT], end[64];
    int count = 0;
    for (; (setting = lenet5_setting_at(count)); count++) {
        struct lenet5_training training = defaults;
        const char *key = setting->key;
        ck_assert_ptr_eq(lenet5_setting(key), setting);
        ck_assert_msg(!lenet5_setting_get(&training, key, text, &error), "%s", error.message);
        memset((char *)&training + setting->offset, 0,
               setting->kind == LENET5_SETTING_BOOL ? 1 : 4);
        ck_assert_msg(!lenet5_setting_set(&training, key, text, &error), "%s", error.message);
        ck_assert_msg(!memcmp(&training, &defaults, sizeof(training)), "%s", key);
        ck_assert_int_eq(lenet5_setting_set(&training, key, "x", &error), LENET5_ERROR_ARGUMENT);
        ck_assert_int_eq(lenet5_setting_set(&training, key, "", &error), LENET5_ERROR_ARGUMENT);
        if (setting->kind != LENET5_SETTING_INT && setting->kind != LENET5_SETTING_REAL)
            continue;
        snprintf(end, sizeof(end), "%.0f", setting->least);
        ck_assert_int_eq(lenet5_setting_set(&training, key, end, &error), LENET5_OK);
        snprintf(end, sizeof(end), "%.0f", setting->least - 1);
        ck_assert_int_eq(lenet5_setting_set(&training, key, end, &error), LENET5_ERROR_ARGUMENT);
        snprintf(end, sizeof(end), "%.15g", setting->most);
        ck_assert_int_eq(lenet5_setting_set(&training, key, end, &error),
                         setting->below ? LENET5_ERROR_ARGUMENT : LENET5_OK);
        snprintf(end, sizeof(end), "%.9g", 2 * setting->most + 1);
        ck_assert_int_eq(lenet5_setting_set(&training, key, end, &error), LENET5_ERROR_ARGUMENT);
    }
    struct lenet5_training training = defaults;
    static const char *const refused[][3] = {
        {"colour", "1", "there is no setting 'colour'"},
        {"lr", "1", "there is no setting 'lr'; did you mean 'rate'?"},
        {"epocs", "1", "there is no setting 'epocs'; did you mean 'epochs'?"},
        {"epochs", "1.5", "epochs is '1.5', expected a whole number from 1 to 1000000"},
        {"epochs", "0", "epochs is 0, expected a whole number from 1 to 1000000"},
        {"momentum", "1", "momentum is 1, expected a number from 0 to below 1"},
        {"keep", "first", "keep is 'first', expected one of best, last"},
        {"validation", "1.5",
         "validation is 1.5, expected a share below 1 or a whole number of images"}};
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        ck_assert_int_eq(lenet5_setting_set(&training, refused[i][0], refused[i][1], &error),
                         LENET5_ERROR_ARGUMENT);
        ck_assert_str_eq(error.message, refused[i][2]);
    }
    for (const char *const *count = (const char *const[]){"1", "2", NULL}; *count; count++)
        ck_assert_int_eq(lenet5_setting_set(&training, "validation", *count, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_setting_set(&training, "loss", "map", &error), LENET5_OK);
    ck_assert_int_eq(training.loss, LENET5_LOSS_MAP);
    training.loss = LENET5_LOSS_MAP + 1;
    ck_assert_int_eq(lenet5_setting_get(&training, "loss", text, &error), LENET5_ERROR_ARGUMENT);
}

/* A field without a row would be neither checked nor kept in checkpoints. Rows must cover the structure but
 * for padding and the reserved members. */
TEST(every_field_is_a_setting)
{
    static const size_t sizes[] = {[LENET5_SETTING_BOOL] = sizeof(bool),
                                   [LENET5_SETTING_INT] = sizeof(int),
                                   [LENET5_SETTING_REAL] = sizeof(double),
                                   [LENET5_SETTING_CHOICE] = sizeof(enum lenet5_loss),
                                   [LENET5_SETTING_SEED] = sizeof(uint64_t)};
    char covered[sizeof(struct lenet5_training)] = {0};
    const struct lenet5_setting *setting;
    for (int i = 0; (setting = lenet5_setting_at(i)); i++)
        memset(covered + setting->offset, 1, sizes[setting->kind]);
    memset(covered + offsetof(struct lenet5_training, reserved), 1, 8 * LENET5_RESERVED);
    memset(covered + offsetof(struct lenet5_training, augmentation.reserved), 1,
           8 * LENET5_RESERVED);
    size_t gap = 0;
    for (size_t i = 0; i < sizeof(covered); i++) {
        gap = covered[i] ? 0 : gap + 1;
        ck_assert_msg(gap < 8, "a field before byte %zu has no setting", i);
    }
}

/* What a later version might mean by them is not ignored. */
TEST(reserved_members_are_zero)
{
    struct lenet5_training training = recipe();
    struct lenet5_architecture architecture = lenet5_preset("lenet5")->architecture;
    struct lenet5_layer layers[16];
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_dataset *data;
    ck_assert(!lenet5_network_create(&network, &architecture, &error));
    training.reserved[LENET5_RESERVED - 1] = 1;
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_ERROR_ARGUMENT);
    training = recipe();
    training.augmentation.reserved[0] = 1;
    ck_assert_int_eq(lenet5_trainer_create(&trainer, network, train_digits, &training, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "struct lenet5_augmentation"));
    ck_assert_int_eq(
        lenet5_dataset_augment(&data, train_digits, &training.augmentation, 32, 1, &error),
        LENET5_ERROR_ARGUMENT);
    lenet5_network_destroy(network);
    architecture.reserved[0] = 1;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_ERROR_ARGUMENT);
    architecture.reserved[0] = 0;
    memcpy(layers, architecture.layers, (size_t)architecture.layer_count * sizeof(*layers));
    layers[3].reserved[0] = 1;
    architecture.layers = layers;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_ERROR_ARGUMENT);
    const struct lenet5_idx_format format = {.classes = 10, .reserved = {1}};
    ck_assert_int_eq(lenet5_dataset_read_files(&data, ".", "images", "labels", &format, &error),
                     LENET5_ERROR_ARGUMENT);
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
}
