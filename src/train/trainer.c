/* The conductor: which settings are accepted, what is held out, and single steps. */
#include "trainer_state.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "data/batch.h"
#include "engine/evaluate.h"
#include "engine/threads.h"
#include "network/network_state.h"
#include "schedule.h"

enum { MAX_BATCH = 1 << 20 };

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
    const bool curves = t->optimizer == LENET5_OPTIMIZER_SDLM;
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
        {"optimizer", t->optimizer, LENET5_OPTIMIZER_SGD, LENET5_OPTIMIZER_SDLM},
        {"schedule", t->schedule, LENET5_SCHEDULE_CONSTANT, LENET5_SCHEDULE_LECUN1998},
        {"backend", t->backend, LENET5_BACKEND_NAIVE, LENET5_BACKEND_DIRECT},
        {"rotation", t->augmentation.rotation, 0, 180},
        {"scale", t->augmentation.scale, 0, 2},
        {"stretch", t->augmentation.stretch, 0, 2},
        {"shear", t->augmentation.shear, 0, 10},
        {"translation", t->augmentation.translate, 0, LENET5_MAX_SIDE},
        {"elastic displacement", t->augmentation.elastic, 0, LENET5_MAX_SIDE},
        {"elastic smoothness", t->augmentation.elastic_sigma, t->augmentation.elastic > 0 ? 0.6 : 0,
         LENET5_MAX_SIDE},
        {"share of erased images", t->augmentation.erase, 0, 1},
        {"loss", t->loss, LENET5_LOSS_CROSS_ENTROPY, LENET5_LOSS_MAP},
        {"j of the loss", t->map_j, -1e6, 1e6},
        {"mu", t->mu, curves ? 1e-12 : 0, 1e12},
        {"curvature samples", t->curvature_samples, curves ? 1 : 0, 1e9},
        {"holdout", t->holdout, LENET5_HOLDOUT_RANDOM, LENET5_HOLDOUT_LAST},
        {"keep", t->keep, LENET5_KEEP_BEST, LENET5_KEEP_LAST},
        {"centring", t->centring, LENET5_CENTRING_NONE, LENET5_CENTRING_EACH},
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
    if (self->training.centring == LENET5_CENTRING_NONE)
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
    if (self->training.centring != LENET5_CENTRING_EACH || self->validation_count == 0)
        return LENET5_OK;
    return classifier_centre(self->classifier, self->dataset, self->samples + self->train_count,
                             self->validation_count, error);
}

/* Equation 8 is a distance, and has a least value, only where the outputs are. */
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
    const bool curves = self->training.optimizer == LENET5_OPTIMIZER_SDLM;
    self->drawn = curves ? memory_alloc(self->train_count, sizeof(*self->drawn)) : NULL;
    self->epochs = memory_alloc((size_t)self->training.epochs, sizeof(*self->epochs));
    if (!self->order || !self->start || !self->kept || !self->epochs || (curves && !self->drawn))
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
        status = train_step_create(&self->stepper, network, dataset, &self->training, error);
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
    train_step_destroy(trainer->stepper);
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

long trainer_steps_per_epoch(const struct lenet5_trainer *trainer)
{
    const size_t batch = (size_t)trainer->training.batch_size;
    return (long)((trainer->train_count + batch - 1) / batch);
}

double trainer_next_rate(const struct lenet5_trainer *trainer)
{
    return schedule_rate(&trainer->training, train_step_steps(trainer->stepper),
                         trainer_steps_per_epoch(trainer));
}

/* Before the first step of an epoch, where the optimizer wants it: the curvature by other samples. */
static enum lenet5_status find_curvature(struct lenet5_trainer *self, struct lenet5_error *error)
{
    const long step = train_step_steps(self->stepper), steps = trainer_steps_per_epoch(self);
    if (self->training.optimizer != LENET5_OPTIMIZER_SDLM || step % steps != 0)
        return LENET5_OK;
    memcpy(self->drawn, self->samples, self->train_count * sizeof(*self->drawn));
    rng_shuffle(self->drawn, self->train_count,
                rng_stream(self->training.seed, RNG_CURVATURE, (uint32_t)(step / steps) + 1, 0));
    const size_t wanted = (size_t)self->training.curvature_samples;
    return train_step_update_curvature(
        self->stepper, self->drawn, (int)(wanted < self->train_count ? wanted : self->train_count),
        error);
}

enum lenet5_status trainer_step(struct lenet5_trainer *trainer, struct step_figures *figures,
                                const uint32_t *indices, int count, double rate,
                                struct lenet5_error *error)
{
    enum lenet5_status status = find_curvature(trainer, error);
    if (!status)
        status = train_step_run(trainer->stepper, figures, indices, count, rate, error);
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
    train_step_gradient(trainer->stepper, &figures, gradient, indices, count);
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
        status = train_step_curvature(trainer->stepper, curvature, indices, count, error);
    return status;
}
