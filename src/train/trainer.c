/* The trainer: the validation split, centring, and single optimizer steps. */
#include "trainer_internal.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/batch.h"
#include "data/dataset_internal.h"
#include "engine/classifier_internal.h"
#include "engine/thread_count.h"
#include "network/network_internal.h"
#include "optimizer.h"
#include "schedule.h"
#include "settings.h"

/* How many samples are left to train on. */
static double train_share(double total, double validation)
{
    const double left = validation < 1 ? total * (1 - validation) : total - floor(validation);
    return floor(left);
}

/* Moves a random draw to the end of samples; both parts keep their original order. */
static enum lenet5_status draw_validation(struct lenet5_trainer *self, size_t total,
                                          struct lenet5_error *error)
{
    uint8_t *chosen = memory_alloc(total, 1);
    if (!chosen)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    rng_shuffle(self->samples, total, rng_stream(self->training.seed, RNG_SPLIT, 0, 0));
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
    const size_t total = self->dataset->count;
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

/* Subtracts the mean of the training samples from the network's input. */
static enum lenet5_status centre(struct lenet5_trainer *self, struct lenet5_error *error)
{
    float shift;
    if (self->training.centring == LENET5_CENTRING_NONE)
        return LENET5_OK;
    enum lenet5_status status = batch_centring(&shift, &self->network->architecture, self->dataset,
                                               self->samples, self->train_count, error);
    if (!status)
        self->network->architecture.shift = shift;
    return status;
}

/* The trainer's classifier is used for validation samples only. */
static enum lenet5_status centre_validation(struct lenet5_trainer *self, struct lenet5_error *error)
{
    if (self->training.centring != LENET5_CENTRING_EACH || self->validation_count == 0)
        return LENET5_OK;
    return classifier_centre(self->classifier, self->dataset, self->samples + self->train_count,
                             self->validation_count, error);
}

/* Equation 8 has a lower bound only if the outputs are distances. */
static enum lenet5_status check_loss(const struct lenet5_network *network, enum lenet5_loss loss,
                                     struct lenet5_error *error)
{
    const struct lenet5_architecture *architecture = &network->architecture;
    if (loss != LENET5_LOSS_DISTANCE ||
        architecture->layers[architecture->layer_count - 1].kind == LENET5_LAYER_RBF)
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
    const bool sdlm = self->training.optimizer == LENET5_OPTIMIZER_SDLM;
    self->drawn = sdlm ? memory_alloc(self->train_count, sizeof(*self->drawn)) : NULL;
    self->epochs = memory_alloc((size_t)self->training.epochs, sizeof(*self->epochs));
    if (!self->order || !self->start || !self->kept || !self->epochs || (sdlm && !self->drawn))
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
    enum lenet5_status status;
    if ((status = settings_check(&settings, error)) ||
        (status = classifier_accepts(network, dataset->rows, dataset->cols, dataset->classes,
                                     error)) ||
        (status = check_loss(network, settings.loss, error)) ||
        (status = threads_resolve(&settings.threads, settings.backend, error)))
        return status;
    struct lenet5_trainer *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    self->network = network;
    self->dataset = dataset;
    self->training = settings;
    if ((status = split(self, error)) || (status = centre(self, error)) ||
        (status = allocate(self, error)) ||
        (status = train_step_create(&self->step, network, dataset, &self->training, error)) ||
        (status = lenet5_classifier_create(&self->classifier, network, settings.backend,
                                           settings.threads, error)) ||
        (status = centre_validation(self, error))) {
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
    train_step_destroy(trainer->step);
    memory_free(trainer->epochs);
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

const struct lenet5_progress *lenet5_trainer_epochs(const struct lenet5_trainer *trainer,
                                                    int *count)
{
    *count = trainer->finished;
    return trainer->epochs;
}

static enum lenet5_status check_batch(const struct lenet5_trainer *self, const uint32_t *indices,
                                      int count, int most, struct lenet5_error *error)
{
    const size_t total = self->dataset->count;
    if (count < 1 || count > most)
        return fail(error, LENET5_ERROR_ARGUMENT, "a batch of %d samples, expected 1 to %d", count,
                    most);
    for (int i = 0; i < count; i++)
        if (indices[i] >= total)
            return fail(error, LENET5_ERROR_ARGUMENT, "sample %u, expected 0 to %zu", indices[i],
                        total - 1);
    return LENET5_OK;
}

long trainer_steps_per_epoch(const struct lenet5_trainer *trainer)
{
    const size_t batch = (size_t)trainer->training.batch_size;
    return (long)((trainer->train_count + batch - 1) / batch);
}

double trainer_next_rate(const struct lenet5_trainer *trainer)
{
    return schedule_rate(&trainer->training, train_step_optimizer(trainer->step)->step,
                         trainer_steps_per_epoch(trainer));
}

/* SDLM: the curvature pass before the first step of an epoch, on samples drawn for it. */
static enum lenet5_status find_curvature(struct lenet5_trainer *self, struct lenet5_error *error)
{
    const long step = train_step_optimizer(self->step)->step, steps = trainer_steps_per_epoch(self);
    if (self->training.optimizer != LENET5_OPTIMIZER_SDLM || step % steps != 0)
        return LENET5_OK;
    memcpy(self->drawn, self->samples, self->train_count * sizeof(*self->drawn));
    rng_shuffle(self->drawn, self->train_count,
                rng_stream(self->training.seed, RNG_CURVATURE, (uint32_t)(step / steps) + 1, 0));
    const size_t wanted = (size_t)self->training.curvature_samples;
    const float *curvature;
    enum lenet5_status status = train_step_curvature(
        self->step, &curvature, self->drawn,
        (int)(wanted < self->train_count ? wanted : self->train_count), error);
    if (!status)
        optimizer_set_curvature(train_step_optimizer(self->step), curvature);
    return status;
}

enum lenet5_status trainer_step(struct lenet5_trainer *trainer, struct step_figures *figures,
                                const uint32_t *indices, int count, double rate,
                                struct lenet5_error *error)
{
    enum lenet5_status status = find_curvature(trainer, error);
    if (!status)
        status = train_step_run(trainer->step, figures, indices, count, rate, error);
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
    status = trainer_step(trainer, &figures, indices, count, trainer_next_rate(trainer), error);
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
    train_step_gradient(trainer->step, &figures, gradient, indices, count);
    if (loss)
        *loss = figures.loss;
    return LENET5_OK;
}

enum lenet5_status lenet5_trainer_curvature(struct lenet5_trainer *trainer, float *curvature,
                                            const uint32_t *indices, int count,
                                            struct lenet5_error *error)
{
    const float *mean;
    enum lenet5_status status = check_batch(trainer, indices, count, INT_MAX, error);
    if (!status)
        status = train_step_curvature(trainer->step, &mean, indices, count, error);
    if (!status)
        memcpy(curvature, mean, trainer->network->parameter_count * sizeof(*curvature));
    return status;
}
