/* The learning rate over the course of training. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <lenet5/trainer.h>

/* The rate of the step-th optimizer step, from 0, of a run with so many steps per epoch. */
double schedule_rate(const struct lenet5_training *training, long step, long steps_per_epoch);

#endif
