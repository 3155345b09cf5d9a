/*
 * A run's curves for TensorBoard: an event file, one record per epoch, each
 * with two masked CRC-32C (TensorFlow's TFRecord format; event.proto, summary.proto).
 */
#ifndef TENSORBOARD_H
#define TENSORBOARD_H

#include <lenet5/lenet5.h>
#include <stdio.h>

struct tensorboard {
    FILE *file; /* NULL: none is wanted */
    const char *directory;
};

/*
 * Makes the directory where there is none and in it a new file, events.out.tfevents.TIME.HOST.PID; directory
 * NULL = none. Returns an exit code.
 */
int tensorboard_open(struct tensorboard *tensorboard, const char *directory);

/* Adds a finished epoch, its number as the step, at once: loss/train, loss/validation, accuracy/train,
 * accuracy/validation, learning rate. */
void tensorboard_add(const struct tensorboard *tensorboard, const struct lenet5_progress *now);

/* Returns an exit code: earlier write errors are reported here. */
int tensorboard_close(struct tensorboard *tensorboard);

#endif
