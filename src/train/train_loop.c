/* The training loop: shuffled epochs, validation after each, and the epoch whose weights are kept. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "engine/classifier_internal.h"
#include "network/network_internal.h"
#include "trainer_internal.h"

/* Calls the progress function; true = stop. Checkpoints can be saved only during this call. */
static bool report(struct lenet5_trainer *self, const struct lenet5_progress *progress,
                   lenet5_progress_function *callback, void *user)
{
    self->reporting = true;
    const bool stop = callback && callback(user, progress);
    self->reporting = false;
    return stop;
}

static void begin_epoch(struct lenet5_trainer *self)
{
    self->now = (struct lenet5_progress){.epoch = self->finished + 1,
                                         .epochs = self->training.epochs,
                                         .batches = (int)trainer_steps_per_epoch(self)};
    self->loss_sum = 0;
    self->correct = 0;
}

/* The remaining steps of the epoch; self->now then has its figures. */
static enum lenet5_status run_epoch(struct lenet5_trainer *self, lenet5_progress_function *callback,
                                    void *user, struct lenet5_error *error)
{
    const size_t batch = (size_t)self->training.batch_size;
    struct lenet5_progress *now = &self->now;
    if (now->batch == 0)
        begin_epoch(self);
    memcpy(self->order, self->samples, self->train_count * sizeof(*self->order));
    rng_shuffle(self->order, self->train_count,
                rng_stream(self->training.seed, RNG_SHUFFLE, (uint32_t)now->epoch, 0));
    while (now->batch < now->batches) {
        const size_t left = self->train_count - now->samples;
        const int count = (int)(left < batch ? left : batch);
        const double rate = trainer_next_rate(self);
        struct step_figures figures;
        enum lenet5_status status = trainer_step(self, &figures, self->order + now->samples, count,
                                                 rate, error);
        if (status)
            return status;
        now->batch++;
        now->rate = rate;
        now->samples += (size_t)count;
        self->loss_sum += figures.loss * count;
        self->correct += figures.correct;
        now->seconds += figures.seconds;
        now->train_loss = self->loss_sum / (double)now->samples;
        now->train_accuracy = (double)self->correct / (double)now->samples;
        now->samples_per_second = (double)now->samples / now->seconds;
        if (report(self, now, callback, user))
            return fail(error, LENET5_STOPPED, "stopped after %d of %d batches of epoch %d",
                        now->batch, now->batches, now->epoch);
    }
    return LENET5_OK;
}

/* The best of the finished epochs; NULL = none is finished. */
static const struct lenet5_progress *best_epoch(const struct lenet5_trainer *self)
{
    for (int i = self->finished - 1; i >= 0; i--)
        if (self->epochs[i].best)
            return &self->epochs[i];
    return NULL;
}

/* Without label smoothing, so that losses of samples trained on and held out can be compared. */
static enum lenet5_status evaluate(struct lenet5_trainer *self,
                                   struct lenet5_evaluation *evaluation, const uint32_t *samples,
                                   size_t count, struct lenet5_error *error)
{
    const struct loss loss = {.kind = self->training.loss, .map_j = self->training.map_j};
    return classifier_evaluate(self->classifier, evaluation, &loss, self->dataset, samples, count,
                               error);
}

enum lenet5_status lenet5_trainer_evaluate(struct lenet5_trainer *trainer,
                                           struct lenet5_evaluation *evaluation, size_t count,
                                           struct lenet5_error *error)
{
    return evaluate(trainer, evaluation, trainer->samples,
                    count < trainer->train_count ? count : trainer->train_count, error);
}

/* Fills in the validation figures; without validation samples every epoch is the best so far. */
static enum lenet5_status validate(struct lenet5_trainer *self, struct lenet5_error *error)
{
    struct lenet5_evaluation evaluation;
    struct lenet5_progress *now = &self->now;
    const struct lenet5_progress *best = best_epoch(self);
    now->val_loss = now->val_accuracy = NAN;
    now->best = true;
    if (self->validation_count == 0)
        return LENET5_OK;
    enum lenet5_status status = evaluate(self, &evaluation, self->samples + self->train_count,
                                         self->validation_count, error);
    if (status)
        return status;
    now->val_loss = evaluation.loss;
    now->val_accuracy = evaluation.accuracy;
    now->best = !best || evaluation.accuracy > best->val_accuracy ||
                (evaluation.accuracy == best->val_accuracy && evaluation.loss < best->val_loss);
    return LENET5_OK;
}

/* What follows the last batch: the epoch moves from self->now to self->epochs. */
static enum lenet5_status finish_epoch(struct lenet5_trainer *self,
                                       lenet5_progress_function *callback, void *user,
                                       struct lenet5_error *error)
{
    /* The last step of an epoch can make weights infinite before any loss shows it. */
    if (network_first_not_finite(self->network) < self->network->parameter_count)
        return fail(error, LENET5_ERROR_DIVERGED,
                    "a weight is not finite after epoch %d; a smaller learning rate may help",
                    self->now.epoch);
    enum lenet5_status status = validate(self, error);
    if (status)
        return status;
    if (self->now.best || self->training.keep == LENET5_KEEP_LAST)
        memcpy(self->kept, self->network->parameters,
               self->network->parameter_count * sizeof(*self->kept));
    self->now.epoch_done = true;
    self->epochs[self->finished++] = self->now;
    self->now = (struct lenet5_progress){0};
    if (report(self, &self->epochs[self->finished - 1], callback, user))
        return fail(error, LENET5_STOPPED, "stopped after epoch %d", self->finished);
    return LENET5_OK;
}

/* All epochs are done, or the last ones were without improvement for too long. */
static bool is_finished(const struct lenet5_trainer *self)
{
    const struct lenet5_progress *best = best_epoch(self);
    return self->finished == self->training.epochs ||
           (self->training.patience > 0 && best &&
            self->finished - best->epoch >= self->training.patience);
}

static enum lenet5_status train_loop(struct lenet5_trainer *self,
                                     lenet5_progress_function *callback, void *user,
                                     struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    while (!status && !is_finished(self)) {
        status = run_epoch(self, callback, user, error);
        if (!status)
            status = finish_epoch(self, callback, user, error);
    }
    return status;
}

static void add_epoch(struct lenet5_result *result, size_t *trained,
                      const struct lenet5_progress *epoch)
{
    result->train_loss = epoch->train_loss;
    result->train_accuracy = epoch->train_accuracy;
    result->train_seconds += epoch->seconds;
    *trained += epoch->samples;
}

static struct lenet5_result result_of(const struct lenet5_trainer *self)
{
    const struct lenet5_progress *best = best_epoch(self), *kept = best;
    struct lenet5_result result = {.epochs = self->finished, .val_loss = NAN, .val_accuracy = NAN};
    size_t trained = 0;
    for (int i = 0; i < self->finished; i++)
        add_epoch(&result, &trained, &self->epochs[i]);
    if (self->now.batch > 0)
        add_epoch(&result, &trained, &self->now);
    if (result.train_seconds > 0)
        result.samples_per_second = (double)trained / result.train_seconds;
    if (!best)
        return result;
    if (self->training.keep == LENET5_KEEP_LAST)
        kept = &self->epochs[self->finished - 1];
    result.best_epoch = best->epoch;
    result.kept_epoch = kept->epoch;
    result.val_loss = kept->val_loss;
    result.val_accuracy = kept->val_accuracy;
    return result;
}

enum lenet5_status lenet5_trainer_run(struct lenet5_trainer *trainer, struct lenet5_result *result,
                                      lenet5_progress_function *progress, void *user,
                                      struct lenet5_error *error)
{
    const size_t bytes = trainer->network->parameter_count * sizeof(*trainer->kept);
    if (!trainer->resumed) {
        trainer->finished = 0;
        trainer->now = (struct lenet5_progress){0};
        memcpy(trainer->start, trainer->network->parameters, bytes);
    }
    trainer->resumed = false;
    enum lenet5_status status = train_loop(trainer, progress, user, error);
    *result = result_of(trainer);
    if (result->kept_epoch > 0)
        memcpy(trainer->network->parameters, trainer->kept, bytes);
    else if (status == LENET5_ERROR_DIVERGED)
        memcpy(trainer->network->parameters, trainer->start, bytes);
    return status;
}
