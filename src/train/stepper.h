/* Steps: from a list of samples to a gradient, and from there to new parameters. */
#ifndef STEPPER_H
#define STEPPER_H

#include <lenet5/trainer.h>

struct optimizer;
struct stepper;

/*
 * All buffers that steps of up to training->batch_size samples need. Network, dataset and training
 * are borrowed; the settings are checked already.
 * Errors: MEMORY.
 */
enum lenet5_status stepper_create(struct stepper **stepper, struct lenet5_network *network,
                                  const struct lenet5_dataset *dataset,
                                  const struct lenet5_training *training,
                                  struct lenet5_error *error);

/* Accepts NULL. */
void stepper_destroy(struct stepper *stepper);

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
enum lenet5_status stepper_step(struct stepper *stepper, struct step_figures *figures,
                                const uint32_t *indices, int count, double rate,
                                struct lenet5_error *error);

/* The gradient (parameter_count) that such a step would use; nothing is changed. */
void stepper_gradient(struct stepper *stepper, struct step_figures *figures, float *gradient,
                      const uint32_t *indices, int count);

/*
 * curvature (parameter_count): the mean over count samples, any number of them, of the squared pass at
 * the present parameters. Dropout and distortions are drawn as in the next step, samples being at the
 * places they have among these. Errors: MEMORY.
 */
enum lenet5_status stepper_curvature(struct stepper *stepper, float *curvature,
                                     const uint32_t *indices, int count,
                                     struct lenet5_error *error);

/* The same, for the steps that follow. Needs training->optimizer to be SDLM. Errors: MEMORY. */
enum lenet5_status stepper_curve(struct stepper *stepper, const uint32_t *indices, int count,
                                 struct lenet5_error *error);

/* Optimizer steps done so far. */
long stepper_steps(const struct stepper *stepper);

/* What the optimizer remembers: for checkpoints. */
struct optimizer *stepper_optimizer(struct stepper *stepper);

#endif
