/* What a trainer consists of: for the trainer itself, and for checkpoints, which keep it. */
#ifndef TRAINER_STATE_H
#define TRAINER_STATE_H

#include <lenet5/trainer.h>

#include "train_step.h"

struct lenet5_trainer {
    struct lenet5_network *network;
    const struct lenet5_dataset *dataset;
    struct lenet5_training training;
    struct train_step *stepper;
    struct lenet5_classifier *classifier;

    uint32_t *samples; /* all of the dataset's, those of validation last */
    uint32_t *order;   /* train_count of them, shuffled */
    uint32_t *drawn;   /* likewise, for the curvature, where it is needed */
    size_t train_count, validation_count;

    /* Where a run stands. All else follows from the settings: random numbers are drawn by seed, epoch
     * and step (rng.h), so that there is no state of a generator. */
    struct lenet5_progress *epochs; /* room for all; the finished ones are in front */
    int finished;
    struct lenet5_progress now; /* the epoch under way; batch 0 = it has not begun */
    double loss_sum;            /* over now.samples */
    size_t correct;             /* of them */
    float *start, *kept;        /* parameters: as they were given, and of the kept epoch */

    bool reporting;          /* inside the progress function: the fields above fit together */
    bool resumed;            /* they are a checkpoint's, for the next run to go on from */
    char dataset_sha256[65]; /* "" = not worked out yet; for checkpoints */
};

long trainer_steps_per_epoch(const struct lenet5_trainer *trainer);

/* The learning rate of the next step. */
double trainer_next_rate(const struct lenet5_trainer *trainer);

/* An optimizer step; before the first one of an epoch also what the optimizer wants to know then. */
enum lenet5_status trainer_step(struct lenet5_trainer *trainer, struct step_figures *figures,
                                const uint32_t *indices, int count, double rate,
                                struct lenet5_error *error);

#endif
