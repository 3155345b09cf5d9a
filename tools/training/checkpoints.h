/* --checkpoint, --checkpoint-every and --resume: when checkpoints are saved, and resuming from one. */
#ifndef CHECKPOINTS_H
#define CHECKPOINTS_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

struct checkpoints {
    const char *path;  /* NULL = no checkpoints */
    const char *every; /* "10s", "100steps", "2epochs" or "2", which is epochs, too */
    bool resume;

    struct lenet5_checkpoint *file;
    enum { EVERY_EPOCHS, EVERY_STEPS, EVERY_SECONDS } unit;
    long interval;
    long steps;  /* since the last one */
    double time; /* of the last one, seconds of the monotonic clock */
    int code;    /* the exit code of the last one's failure */
};

/* Finds, before training starts, wrong usage and a checkpoint that would be overwritten. */
int checkpoints_check(struct checkpoints *checkpoints);

/* Takes the file for this run, and with `resume` puts the trainer where it was. */
int checkpoints_open(struct checkpoints *checkpoints, struct lenet5_trainer *trainer);

/*
 * From the progress function: saves when the interval is over, or when training is about to stop. A
 * failure is printed, and training continues.
 */
void checkpoints_update(struct checkpoints *checkpoints, const struct lenet5_progress *now,
                        bool stopping);

/* Returns an exit code: that of the last save. */
int checkpoints_close(struct checkpoints *checkpoints);

#endif
