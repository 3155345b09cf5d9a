/* One training step: the gradient of a batch, and the update of the parameters. */
#ifndef TRAIN_STEP_H
#define TRAIN_STEP_H

#include <lenet5/trainer.h>

struct optimizer;
struct train_step;

/*
 * All buffers that steps of up to training->batch_size samples need. Network, dataset and training
 * are borrowed; the settings must be checked already.
 * Errors: MEMORY.
 */
enum lenet5_status train_step_create(struct train_step **step, struct lenet5_network *network,
                                     const struct lenet5_dataset *dataset,
                                     const struct lenet5_training *training,
                                     struct lenet5_error *error);

/* Accepts NULL. */
void train_step_destroy(struct train_step *step);

/*
 * The mean loss of a batch and the number of correct predictions, before the update; the seconds that
 * the step took.
 */
struct step_figures {
    double loss;
    size_t correct;
    double seconds;
};

/*
 * One optimizer step on count samples, 1 to batch_size, with the given learning rate. Errors:
 * DIVERGED (the loss is not finite; no parameter was changed).
 */
enum lenet5_status train_step_run(struct train_step *step, struct step_figures *figures,
                                  const uint32_t *indices, int count, double rate,
                                  struct lenet5_error *error);

/* The gradient (parameter_count) that such a step would use; nothing is changed. */
void train_step_gradient(struct train_step *step, struct step_figures *figures, float *gradient,
                         const uint32_t *indices, int count);

/*
 * *curvature (parameter_count): the curvature at the present parameters, a mean over count samples, 1 or
 * more; valid until the next call. Dropout and augmentation are drawn as in the next step, by the
 * samples' positions in indices. Errors: MEMORY.
 */
enum lenet5_status train_step_curvature(struct train_step *step, const float **curvature,
                                        const uint32_t *indices, int count,
                                        struct lenet5_error *error);

/* The optimizer and its state. */
struct optimizer *train_step_optimizer(struct train_step *step);

#endif
