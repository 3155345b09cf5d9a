/* The conductor: what is held out, epochs in shuffled order, and which weights are kept. */
#include <lenet5/trainer.h>
#include <math.h>
#include <string.h>

#include "classifier.h"
#include "error.h"
#include "memory.h"
#include "network.h"
#include "rng.h"
#include "schedule.h"
#include "stepper.h"
#include "threads.h"

enum { MAX_BATCH = 1 << 20 };

struct lenet5_trainer {
    struct lenet5_network *network;
    const struct lenet5_dataset *dataset;
    struct lenet5_training training;
    struct stepper *stepper;
    struct lenet5_classifier *classifier;

    uint32_t *samples; /* all of the dataset's, those of validation last */
    uint32_t *order;   /* train_count of them, shuffled */
    size_t train_count, validation_count;
    float *start, *best; /* parameters: as they were given, and of the best epoch */
};

struct lenet5_training lenet5_training_defaults(void)
{
    return (struct lenet5_training){
        .backend = LENET5_BLAS,
        .epochs = 2,
        .batch_size = 32,
        .optimizer = LENET5_SGD,
        .rate = 0.07,
        .momentum = 0.9,
        .nesterov = true,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .epsilon = 1e-8,
        .weight_decay = 5e-4,
        .schedule = LENET5_TRIANGULAR,
        .step_epochs = 1,
        .step_gamma = 0.5,
        .label_smoothing = 0.05,
        .shift = 1,
        .seed = 1,
        .validation = 0.1,
    };
}

static enum lenet5_status check_number(const char *name, double value, double low, double high,
                                       struct lenet5_error *error)
{
    if (value >= low && value <= high)
        return LENET5_OK;
    return fail(error, LENET5_ERROR_ARGUMENT, "%s is %g, expected %g to %g", name, value, low,
                high);
}

static enum lenet5_status check(const struct lenet5_training *t, struct lenet5_error *error)
{
    const struct {
        const char *name;
        double value, low, high;
    } numbers[] = {
        {"epochs", t->epochs, 1, 1e6},
        {"batch size", t->batch_size, 1, MAX_BATCH},
        {"learning rate", t->rate, 0, 1e30},
        {"momentum", t->momentum, 0, 1},
        {"beta1", t->beta1, 0, 0x1.fffffep-1},
        {"beta2", t->beta2, 0, 0x1.fffffep-1},
        {"epsilon", t->epsilon, 0, 1},
        {"weight decay", t->weight_decay, 0, 1e30},
        {"warm-up epochs", t->warmup, 0, t->epochs},
        {"step epochs", t->step_epochs, 1, 1e6},
        {"step gamma", t->step_gamma, 0, 1e6},
        {"label smoothing", t->label_smoothing, 0, 1},
        {"shift", t->shift, 0, LENET5_MAX_SIDE},
        {"patience", t->patience, 0, 1e6},
        {"validation", t->validation, 0, 1e9},
        {"optimizer", t->optimizer, LENET5_SGD, LENET5_ADAMW},
        {"schedule", t->schedule, LENET5_CONSTANT, LENET5_TRIANGULAR},
        {"backend", t->backend, LENET5_NAIVE, LENET5_BLAS},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        enum lenet5_status status = check_number(numbers[i].name, numbers[i].value, numbers[i].low,
                                                 numbers[i].high, error);
        if (status)
            return status;
    }
    if (t->patience > 0 && t->validation == 0)
        return fail(error, LENET5_ERROR_ARGUMENT, "patience needs validation samples");
    return LENET5_OK;
}

static void shuffle(uint32_t *samples, size_t count, struct rng rng)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = rng_below(&rng, (uint32_t)i);
        uint32_t swapped = samples[i - 1];
        samples[i - 1] = samples[k];
        samples[k] = swapped;
    }
}

/*
 * Holds out validation samples: drawn once from the seed, then both parts in their original order.
 */
static enum lenet5_status split(struct lenet5_trainer *self, struct lenet5_error *error)
{
    const size_t total = lenet5_dataset_count(self->dataset);
    const double validation = self->training.validation;
    const double held_out = validation < 1 ? floor((double)total * validation) : floor(validation);
    if (held_out >= (double)total)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%.0f validation samples leave none of %zu to train on", held_out, total);
    self->validation_count = (size_t)held_out;
    self->train_count = total - self->validation_count;
    self->samples = memory_alloc(total, sizeof(*self->samples));
    uint8_t *chosen = memory_alloc(total, 1);
    if (!self->samples || !chosen) {
        memory_free(chosen);
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < total; i++)
        self->samples[i] = (uint32_t)i;
    if (self->validation_count > 0)
        shuffle(self->samples, total, rng_stream(self->training.seed, RNG_SPLIT, 0, 0));
    for (size_t i = self->train_count; i < total; i++)
        chosen[self->samples[i]] = 1;
    size_t train = 0, validation_at = self->train_count;
    for (size_t i = 0; i < total; i++)
        self->samples[chosen[i] ? validation_at++ : train++] = (uint32_t)i;
    memory_free(chosen);
    return LENET5_OK;
}

static enum lenet5_status allocate(struct lenet5_trainer *self, struct lenet5_error *error)
{
    self->order = memory_alloc(self->train_count, sizeof(*self->order));
    self->start = memory_alloc(self->network->parameter_count, sizeof(*self->start));
    self->best = memory_alloc(self->network->parameter_count, sizeof(*self->best));
    if (!self->order || !self->start || !self->best)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    return LENET5_OK;
}

enum lenet5_status lenet5_trainer_create(struct lenet5_trainer **trainer,
                                         struct lenet5_network *network,
                                         const struct lenet5_dataset *dataset,
                                         const struct lenet5_training *training,
                                         struct lenet5_error *error)
{
    *trainer = NULL;
    struct lenet5_training settings = *training;
    enum lenet5_status status = check(&settings, error);
    if (!status)
        status = classifier_accepts(network, lenet5_dataset_rows(dataset),
                                    lenet5_dataset_cols(dataset), lenet5_dataset_classes(dataset),
                                    error);
    if (!status)
        status = threads_resolve(&settings.threads, settings.backend, error);
    if (status)
        return status;
    struct lenet5_trainer *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    self->network = network;
    self->dataset = dataset;
    self->training = settings;
    status = split(self, error);
    if (!status)
        status = allocate(self, error);
    if (!status)
        status = stepper_create(&self->stepper, network, dataset, &self->training, error);
    if (!status)
        status = lenet5_classifier_create(&self->classifier, network, settings.backend,
                                          settings.threads, error);
    if (status) {
        lenet5_trainer_destroy(self);
        return status;
    }
    *trainer = self;
    return LENET5_OK;
}

void lenet5_trainer_destroy(struct lenet5_trainer *trainer)
{
    if (!trainer)
        return;
    lenet5_classifier_destroy(trainer->classifier);
    stepper_destroy(trainer->stepper);
    memory_free(trainer->best);
    memory_free(trainer->start);
    memory_free(trainer->order);
    memory_free(trainer->samples);
    memory_free(trainer);
}

size_t lenet5_trainer_train_samples(const struct lenet5_trainer *trainer)
{
    return trainer->train_count;
}

size_t lenet5_trainer_validation_samples(const struct lenet5_trainer *trainer)
{
    return trainer->validation_count;
}

static enum lenet5_status check_batch(const struct lenet5_trainer *self, const uint32_t *indices,
                                      int count, struct lenet5_error *error)
{
    const size_t total = lenet5_dataset_count(self->dataset);
    if (count < 1 || count > self->training.batch_size)
        return fail(error, LENET5_ERROR_ARGUMENT, "a batch of %d samples, expected 1 to %d", count,
                    self->training.batch_size);
    for (int i = 0; i < count; i++)
        if (indices[i] >= total)
            return fail(error, LENET5_ERROR_ARGUMENT, "sample %u, expected 0 to %zu", indices[i],
                        total - 1);
    return LENET5_OK;
}

static long steps_per_epoch(const struct lenet5_trainer *self)
{
    const size_t batch = (size_t)self->training.batch_size;
    return (long)((self->train_count + batch - 1) / batch);
}

/* The learning rate of the next step. */
static double next_rate(const struct lenet5_trainer *self)
{
    return schedule_rate(&self->training, stepper_steps(self->stepper), steps_per_epoch(self));
}

enum lenet5_status lenet5_trainer_step(struct lenet5_trainer *trainer, const uint32_t *indices,
                                       int count, double *loss, struct lenet5_error *error)
{
    struct step_figures figures;
    enum lenet5_status status = check_batch(trainer, indices, count, error);
    if (status)
        return status;
    status = stepper_step(trainer->stepper, &figures, indices, count, next_rate(trainer), error);
    if (loss)
        *loss = figures.loss;
    return status;
}

enum lenet5_status lenet5_trainer_gradient(struct lenet5_trainer *trainer, float *gradient,
                                           const uint32_t *indices, int count, double *loss,
                                           struct lenet5_error *error)
{
    struct step_figures figures;
    enum lenet5_status status = check_batch(trainer, indices, count, error);
    if (status)
        return status;
    stepper_gradient(trainer->stepper, &figures, gradient, indices, count);
    if (loss)
        *loss = figures.loss;
    return LENET5_OK;
}

/* One epoch of steps; *progress is kept up to date, and holds the epoch's figures at the end. */
static enum lenet5_status run_epoch(struct lenet5_trainer *self, struct lenet5_progress *progress,
                                    lenet5_progress_function *callback, void *user,
                                    struct lenet5_error *error)
{
    const size_t batch = (size_t)self->training.batch_size;
    double loss_sum = 0;
    size_t correct = 0;
    memcpy(self->order, self->samples, self->train_count * sizeof(*self->order));
    shuffle(self->order, self->train_count,
            rng_stream(self->training.seed, RNG_SHUFFLE, (uint32_t)progress->epoch, 0));
    progress->batches = (int)steps_per_epoch(self);
    for (progress->batch = 1; progress->batch <= progress->batches; progress->batch++) {
        const size_t left = self->train_count - progress->samples;
        const int count = (int)(left < batch ? left : batch);
        struct step_figures figures;
        progress->rate = next_rate(self);
        enum lenet5_status status = stepper_step(
            self->stepper, &figures, self->order + progress->samples, count, progress->rate, error);
        if (status)
            return status;
        progress->samples += (size_t)count;
        loss_sum += figures.loss * count;
        correct += figures.correct;
        progress->seconds += figures.seconds;
        progress->train_loss = loss_sum / (double)progress->samples;
        progress->train_accuracy = (double)correct / (double)progress->samples;
        progress->samples_per_second = (double)progress->samples / progress->seconds;
        if (callback && callback(user, progress))
            return fail(error, LENET5_STOPPED, "stopped after %d of %d batches of epoch %d",
                        progress->batch, progress->batches, progress->epoch);
    }
    progress->batch = progress->batches;
    return LENET5_OK;
}

/* The last step of an epoch can ruin weights whose loss nobody has seen yet. Errors: DIVERGED. */
static enum lenet5_status check_finite(const struct lenet5_trainer *self, int epoch,
                                       struct lenet5_error *error)
{
    for (size_t i = 0; i < self->network->parameter_count; i++)
        if (!isfinite(self->network->parameters[i]))
            return fail(error, LENET5_ERROR_DIVERGED,
                        "a weight is not finite after epoch %d; a smaller learning rate may help",
                        epoch);
    return LENET5_OK;
}

/* Fills in the validation figures; without validation samples every epoch is the best so far. */
static enum lenet5_status validate(struct lenet5_trainer *self, struct lenet5_progress *progress,
                                   const struct lenet5_result *result, struct lenet5_error *error)
{
    struct lenet5_evaluation evaluation;
    progress->val_loss = progress->val_accuracy = NAN;
    progress->best = true;
    if (self->validation_count == 0)
        return LENET5_OK;
    enum lenet5_status status = classifier_evaluate(self->classifier, &evaluation, self->dataset,
                                                    self->samples + self->train_count,
                                                    self->validation_count, error);
    progress->val_loss = evaluation.loss;
    progress->val_accuracy = evaluation.accuracy;
    progress->best = result->best_epoch == 0 || evaluation.accuracy > result->val_accuracy ||
                     (evaluation.accuracy == result->val_accuracy &&
                      evaluation.loss < result->val_loss);
    return status;
}

static enum lenet5_status run(struct lenet5_trainer *self, struct lenet5_result *result,
                              lenet5_progress_function *callback, void *user,
                              struct lenet5_error *error)
{
    const size_t bytes = self->network->parameter_count * sizeof(*self->best);
    size_t trained = 0;
    for (int epoch = 1; epoch <= self->training.epochs; epoch++) {
        struct lenet5_progress progress = {.epoch = epoch, .epochs = self->training.epochs};
        enum lenet5_status status = run_epoch(self, &progress, callback, user, error);
        result->train_loss = progress.train_loss;
        result->train_accuracy = progress.train_accuracy;
        result->train_seconds += progress.seconds;
        trained += progress.samples;
        result->samples_per_second = result->train_seconds > 0
                                         ? (double)trained / result->train_seconds
                                         : 0;
        if (status)
            return status;
        result->epochs = epoch;
        status = check_finite(self, epoch, error);
        if (!status)
            status = validate(self, &progress, result, error);
        if (status)
            return status;
        if (progress.best) {
            memcpy(self->best, self->network->parameters, bytes);
            result->best_epoch = epoch;
            result->val_loss = progress.val_loss;
            result->val_accuracy = progress.val_accuracy;
        }
        progress.epoch_done = true;
        if (callback && callback(user, &progress))
            return fail(error, LENET5_STOPPED, "stopped after epoch %d", epoch);
        if (self->training.patience > 0 && epoch - result->best_epoch >= self->training.patience)
            break;
    }
    return LENET5_OK;
}

enum lenet5_status lenet5_trainer_run(struct lenet5_trainer *trainer, struct lenet5_result *result,
                                      lenet5_progress_function *progress, void *user,
                                      struct lenet5_error *error)
{
    const size_t bytes = trainer->network->parameter_count * sizeof(*trainer->best);
    *result = (struct lenet5_result){.val_loss = NAN, .val_accuracy = NAN};
    memcpy(trainer->start, trainer->network->parameters, bytes);
    enum lenet5_status status = run(trainer, result, progress, user, error);
    if (result->best_epoch > 0 &&
        (trainer->validation_count > 0 || status == LENET5_ERROR_DIVERGED))
        memcpy(trainer->network->parameters, trainer->best, bytes);
    else if (status == LENET5_ERROR_DIVERGED)
        memcpy(trainer->network->parameters, trainer->start, bytes);
    return status;
}
