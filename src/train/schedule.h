/* Learning-rate schedules. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <lenet5/trainer.h>

/* The rate of the step-th optimizer step, counted from 0, with this number of steps per epoch. */
double schedule_rate(const struct lenet5_training *training, long step, long steps_per_epoch);

#endif
