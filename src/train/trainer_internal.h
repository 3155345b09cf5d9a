/* The members of a trainer, for the trainer itself and for checkpoints. */
#ifndef TRAINER_INTERNAL_H
#define TRAINER_INTERNAL_H

#include <lenet5/trainer.h>

#include "train_step.h"

struct lenet5_trainer {
    struct lenet5_network *network;
    const struct lenet5_dataset *dataset;
    struct lenet5_training training;
    struct train_step *step;
    struct lenet5_classifier *classifier;

    uint32_t *samples; /* indices of all samples, those of validation last */
    uint32_t *order;   /* train_count of them, shuffled */
    uint32_t *drawn;   /* the same for the curvature pass; NULL without SDLM */
    size_t train_count, validation_count;

    /* The position of the training loop. Random numbers follow from seed, epoch and step (rng.h), so
     * there is no generator state to keep. */
    struct lenet5_progress *epochs; /* room for all; the finished ones are in front */
    int finished;
    struct lenet5_progress now; /* the current epoch; batch 0 = not begun */
    double loss_sum;            /* over now.samples */
    size_t correct;             /* of them */
    float *start, *kept;        /* parameters: as they were given, and of the kept epoch */

    bool reporting; /* inside the progress function, where the fields above are consistent */
    bool resumed;   /* they come from a checkpoint; the next run continues from them */
    char dataset_sha256[65]; /* "" = not computed yet; for checkpoints */
};

long trainer_steps_per_epoch(const struct lenet5_trainer *trainer);

/* The learning rate of the next step. */
double trainer_next_rate(const struct lenet5_trainer *trainer);

/* An optimizer step, with SDLM's curvature pass before the first one of an epoch. */
enum lenet5_status trainer_step(struct lenet5_trainer *trainer, struct step_figures *figures,
                                const uint32_t *indices, int count, double rate,
                                struct lenet5_error *error);

#endif
