/* Steps: from a list of samples to a gradient, and from there to new parameters. */
#ifndef TRAIN_STEP_H
#define TRAIN_STEP_H

#include <lenet5/trainer.h>

struct optimizer;
struct train_step;

/*
 * All buffers that steps of up to training->batch_size samples need. Network, dataset and training
 * are borrowed; the settings are checked already.
 * Errors: MEMORY.
 */
enum lenet5_status train_step_create(struct train_step **stepper, struct lenet5_network *network,
                                     const struct lenet5_dataset *dataset,
                                     const struct lenet5_training *training,
                                     struct lenet5_error *error);

/* Accepts NULL. */
void train_step_destroy(struct train_step *stepper);

/*
 * What a batch gave before its update, the mean loss and how many predictions were right, and the time
 * that a step took.
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
enum lenet5_status train_step_run(struct train_step *stepper, struct step_figures *figures,
                                  const uint32_t *indices, int count, double rate,
                                  struct lenet5_error *error);

/* The gradient (parameter_count) that such a step would use; nothing is changed. */
void train_step_gradient(struct train_step *stepper, struct step_figures *figures, float *gradient,
                         const uint32_t *indices, int count);

/*
 * curvature (parameter_count): the mean over count samples, any number of them, of the curvature pass at
 * the present parameters. Dropout and distortions are drawn as in the next step, samples being at the
 * places they have among these. Errors: MEMORY.
 */
enum lenet5_status train_step_curvature(struct train_step *stepper, float *curvature,
                                        const uint32_t *indices, int count,
                                        struct lenet5_error *error);

/* The same, for the steps that follow. Needs training->optimizer to be SDLM. Errors: MEMORY. */
enum lenet5_status train_step_update_curvature(struct train_step *stepper, const uint32_t *indices,
                                               int count, struct lenet5_error *error);

/* Optimizer steps done so far. */
long train_step_steps(const struct train_step *stepper);

/* What the optimizer remembers: for checkpoints. */
struct optimizer *train_step_optimizer(struct train_step *stepper);

#endif
