/* The conductor: what is held out, epochs in shuffled order, and which weights are kept. */
#include <lenet5/trainer.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "batch.h"
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
    uint32_t *drawn;   /* likewise, for the curvature, where it is needed */
    size_t train_count, validation_count;
    float *start, *kept;             /* parameters: as they were given, and of the kept epoch */
    double best_accuracy, best_loss; /* of the best epoch's validation */
};

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
    const bool curves = t->optimizer == LENET5_SDLM;
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
        {"optimizer", t->optimizer, LENET5_SGD, LENET5_SDLM},
        {"schedule", t->schedule, LENET5_CONSTANT, LENET5_LECUN1998},
        {"backend", t->backend, LENET5_NAIVE, LENET5_BLAS},
        {"rotation", t->augmentation.rotation, 0, 180},
        {"scale", t->augmentation.scale, 0, 2},
        {"stretch", t->augmentation.stretch, 0, 2},
        {"shear", t->augmentation.shear, 0, 10},
        {"translation", t->augmentation.translate, 0, LENET5_MAX_SIDE},
        {"elastic displacement", t->augmentation.elastic, 0, LENET5_MAX_SIDE},
        {"elastic smoothness", t->augmentation.elastic_sigma, t->augmentation.elastic > 0 ? 0.6 : 0,
         LENET5_MAX_SIDE},
        {"share of erased images", t->augmentation.erase, 0, 1},
        {"loss", t->loss, LENET5_CROSS_ENTROPY, LENET5_MAP},
        {"j of the loss", t->map_j, -1e6, 1e6},
        {"mu", t->mu, curves ? 1e-12 : 0, 1e12},
        {"curvature samples", t->curvature_samples, curves ? 1 : 0, 1e9},
        {"holdout", t->holdout, LENET5_HOLDOUT_RANDOM, LENET5_HOLDOUT_LAST},
        {"keep", t->keep, LENET5_KEEP_BEST, LENET5_KEEP_LAST},
        {"centring", t->centring, LENET5_CENTRE_NONE, LENET5_CENTRE_EACH},
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

/* How many samples are left to train on. */
static double train_share(double total, double validation)
{
    const double left = validation < 1 ? total * (1 - validation) : total - floor(validation);
    return floor(left);
}

/* The last ones of samples become those of a random draw; both parts stay in their original order. */
static enum lenet5_status draw_validation(struct lenet5_trainer *self, size_t total,
                                          struct lenet5_error *error)
{
    uint8_t *chosen = memory_alloc(total, 1);
    if (!chosen)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    shuffle(self->samples, total, rng_stream(self->training.seed, RNG_SPLIT, 0, 0));
    for (size_t i = self->train_count; i < total; i++)
        chosen[self->samples[i]] = 1;
    size_t train = 0, validation_at = self->train_count;
    for (size_t i = 0; i < total; i++)
        self->samples[chosen[i] ? validation_at++ : train++] = (uint32_t)i;
    memory_free(chosen);
    return LENET5_OK;
}

static enum lenet5_status split(struct lenet5_trainer *self, struct lenet5_error *error)
{
    const size_t total = lenet5_dataset_count(self->dataset);
    const double left = train_share((double)total, self->training.validation);
    if (left < 1)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "validation samples: %g of %zu leave none to train on",
                    self->training.validation, total);
    self->train_count = (size_t)left;
    self->validation_count = total - self->train_count;
    self->samples = memory_alloc(total, sizeof(*self->samples));
    if (!self->samples)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < total; i++)
        self->samples[i] = (uint32_t)i;
    if (self->validation_count > 0 && self->training.holdout == LENET5_HOLDOUT_RANDOM)
        return draw_validation(self, total, error);
    return LENET5_OK;
}

/* The network's input loses the mean of what is trained on. */
static enum lenet5_status centre(struct lenet5_trainer *self, struct lenet5_error *error)
{
    float shift;
    if (self->training.centring == LENET5_CENTRE_NONE)
        return LENET5_OK;
    enum lenet5_status status = batch_centring(&shift, &self->network->architecture, self->dataset,
                                               self->samples, self->train_count, error);
    if (!status)
        self->network->architecture.shift = shift;
    return status;
}

/* The classifier looks at nothing but validation samples. */
static enum lenet5_status centre_validation(struct lenet5_trainer *self, struct lenet5_error *error)
{
    if (self->training.centring != LENET5_CENTRE_EACH || self->validation_count == 0)
        return LENET5_OK;
    return classifier_centre(self->classifier, self->dataset, self->samples + self->train_count,
                             self->validation_count, error);
}

/* Equation 8 is a distance, and has a least value, only where the outputs are. */
static enum lenet5_status check_loss(const struct lenet5_network *network, enum lenet5_loss loss,
                                     struct lenet5_error *error)
{
    const struct lenet5_architecture *architecture = &network->architecture;
    if (loss != LENET5_DISTANCE ||
        architecture->layers[architecture->layer_count - 1].kind == LENET5_RBF)
        return LENET5_OK;
    return fail(error, LENET5_ERROR_ARGUMENT,
                "the loss is a distance, but the network's last layer is %s, expected rbf",
                lenet5_layer_kind_string(architecture->layers[architecture->layer_count - 1].kind));
}

static enum lenet5_status allocate(struct lenet5_trainer *self, struct lenet5_error *error)
{
    self->order = memory_alloc(self->train_count, sizeof(*self->order));
    self->start = memory_alloc(self->network->parameter_count, sizeof(*self->start));
    self->kept = memory_alloc(self->network->parameter_count, sizeof(*self->kept));
    self->drawn = self->training.optimizer == LENET5_SDLM
                      ? memory_alloc(self->train_count, sizeof(*self->drawn))
                      : NULL;
    if (!self->order || !self->start || !self->kept ||
        (self->training.optimizer == LENET5_SDLM && !self->drawn))
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
        status = check_loss(network, settings.loss, error);
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
        status = centre(self, error);
    if (!status)
        status = allocate(self, error);
    if (!status)
        status = stepper_create(&self->stepper, network, dataset, &self->training, error);
    if (!status)
        status = lenet5_classifier_create(&self->classifier, network, settings.backend,
                                          settings.threads, error);
    if (!status)
        status = centre_validation(self, error);
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
    memory_free(trainer->kept);
    memory_free(trainer->start);
    memory_free(trainer->drawn);
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
                                      int count, int most, struct lenet5_error *error)
{
    const size_t total = lenet5_dataset_count(self->dataset);
    if (count < 1 || count > most)
        return fail(error, LENET5_ERROR_ARGUMENT, "a batch of %d samples, expected 1 to %d", count,
                    most);
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

/* Before the first step of an epoch, where the optimizer wants it: the curvature by other samples. */
static enum lenet5_status find_curvature(struct lenet5_trainer *self, struct lenet5_error *error)
{
    const long step = stepper_steps(self->stepper), steps = steps_per_epoch(self);
    if (self->training.optimizer != LENET5_SDLM || step % steps != 0)
        return LENET5_OK;
    memcpy(self->drawn, self->samples, self->train_count * sizeof(*self->drawn));
    shuffle(self->drawn, self->train_count,
            rng_stream(self->training.seed, RNG_CURVATURE, (uint32_t)(step / steps) + 1, 0));
    const size_t wanted = (size_t)self->training.curvature_samples;
    return stepper_curve(self->stepper, self->drawn,
                         (int)(wanted < self->train_count ? wanted : self->train_count), error);
}

static enum lenet5_status step(struct lenet5_trainer *self, struct step_figures *figures,
                               const uint32_t *indices, int count, double rate,
                               struct lenet5_error *error)
{
    enum lenet5_status status = find_curvature(self, error);
    if (!status)
        status = stepper_step(self->stepper, figures, indices, count, rate, error);
    return status;
}

enum lenet5_status lenet5_trainer_step(struct lenet5_trainer *trainer, const uint32_t *indices,
                                       int count, double *loss, struct lenet5_error *error)
{
    struct step_figures figures;
    enum lenet5_status status = check_batch(trainer, indices, count, trainer->training.batch_size,
                                            error);
    if (status)
        return status;
    status = step(trainer, &figures, indices, count, next_rate(trainer), error);
    if (loss)
        *loss = figures.loss;
    return status;
}

enum lenet5_status lenet5_trainer_gradient(struct lenet5_trainer *trainer, float *gradient,
                                           const uint32_t *indices, int count, double *loss,
                                           struct lenet5_error *error)
{
    struct step_figures figures;
    enum lenet5_status status = check_batch(trainer, indices, count, trainer->training.batch_size,
                                            error);
    if (status)
        return status;
    stepper_gradient(trainer->stepper, &figures, gradient, indices, count);
    if (loss)
        *loss = figures.loss;
    return LENET5_OK;
}

enum lenet5_status lenet5_trainer_curvature(struct lenet5_trainer *trainer, float *curvature,
                                            const uint32_t *indices, int count,
                                            struct lenet5_error *error)
{
    enum lenet5_status status = check_batch(trainer, indices, count, INT_MAX, error);
    if (!status)
        status = stepper_curvature(trainer->stepper, curvature, indices, count, error);
    return status;
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
        enum lenet5_status status = step(self, &figures, self->order + progress->samples, count,
                                         progress->rate, error);
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
                                   struct lenet5_result *result, struct lenet5_error *error)
{
    const struct loss loss = {.kind = self->training.loss, .map_j = self->training.map_j};
    struct lenet5_evaluation evaluation;
    progress->val_loss = progress->val_accuracy = NAN;
    progress->best = true;
    if (self->validation_count > 0) {
        enum lenet5_status status = classifier_evaluate(
            self->classifier, &evaluation, &loss, self->dataset, self->samples + self->train_count,
            self->validation_count, error);
        if (status)
            return status;
        progress->val_loss = evaluation.loss;
        progress->val_accuracy = evaluation.accuracy;
        progress->best = result->best_epoch == 0 || evaluation.accuracy > self->best_accuracy ||
                         (evaluation.accuracy == self->best_accuracy &&
                          evaluation.loss < self->best_loss);
    }
    if (progress->best) {
        result->best_epoch = progress->epoch;
        self->best_accuracy = progress->val_accuracy;
        self->best_loss = progress->val_loss;
    }
    return LENET5_OK;
}

static void keep(struct lenet5_trainer *self, const struct lenet5_progress *progress,
                 struct lenet5_result *result)
{
    memcpy(self->kept, self->network->parameters,
           self->network->parameter_count * sizeof(*self->kept));
    result->kept_epoch = progress->epoch;
    result->val_loss = progress->val_loss;
    result->val_accuracy = progress->val_accuracy;
}

static enum lenet5_status run(struct lenet5_trainer *self, struct lenet5_result *result,
                              lenet5_progress_function *callback, void *user,
                              struct lenet5_error *error)
{
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
        if (progress.best || self->training.keep == LENET5_KEEP_LAST)
            keep(self, &progress, result);
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
    const size_t bytes = trainer->network->parameter_count * sizeof(*trainer->kept);
    *result = (struct lenet5_result){.val_loss = NAN, .val_accuracy = NAN};
    memcpy(trainer->start, trainer->network->parameters, bytes);
    enum lenet5_status status = run(trainer, result, progress, user, error);
    if (result->kept_epoch > 0)
        memcpy(trainer->network->parameters, trainer->kept, bytes);
    else if (status == LENET5_ERROR_DIVERGED)
        memcpy(trainer->network->parameters, trainer->start, bytes);
    return status;
}
