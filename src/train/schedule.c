#include "schedule.h"

#include <math.h>

/* From `from` at t = 0 to `to` at t = 1 along half a cosine. */
static double cosine(double from, double to, double t)
{
    return to + (from - to) * 0.5 * (1 + cos(3.14159265358979323846 * t));
}

/* Smith & Topin 2018, with PyTorch's OneCycleLR's defaults. */
static double one_cycle(double t)
{
    const double rise = 0.3, start = 1.0 / 25, end = 1.0 / 250000;
    return t < rise ? cosine(start, 1, t / rise) : cosine(1, end, (t - rise) / (1 - rise));
}

/* Howard & Ruder 2018. t counts steps from 1, so that no step is wasted on a rate of 0. */
static double triangular(double t)
{
    const double rise = 0.2;
    return t < rise ? t / rise : (1 - t) / (1 - rise);
}

/* LeCun et al. 1998, III.B: 0.0005, 0.0002, 0.0001, 0.00005, 0.00001 */
static double steps_of_1998(double epoch)
{
    return epoch < 2 ? 1 : epoch < 5 ? 0.4 : epoch < 8 ? 0.2 : epoch < 12 ? 0.1 : 0.02;
}

double schedule_rate(const struct lenet5_training *training, long step, long steps_per_epoch)
{
    const double warmup = training->warmup * (double)steps_per_epoch;
    const double total = (double)training->epochs * (double)steps_per_epoch - warmup;
    const double epoch = floor((double)step / (double)steps_per_epoch);
    const double at = (double)step - warmup; /* the place in the schedule, in steps */
    if (at < 0)
        return training->rate * (double)(step + 1) / (warmup + 1);
    const double t = total > 1 ? fmin(at / (total - 1), 1) : 0;
    switch (training->schedule) {
    case LENET5_SCHEDULE_CONSTANT:
        break;
    case LENET5_SCHEDULE_STEP:
        return training->rate * pow(training->step_gamma, floor(epoch / training->step_epochs));
    case LENET5_SCHEDULE_LECUN1998:
        return training->rate * steps_of_1998(epoch);
    case LENET5_SCHEDULE_COSINE:
        return training->rate * cosine(1, 0, t);
    case LENET5_SCHEDULE_ONE_CYCLE:
        return training->rate * one_cycle(t);
    case LENET5_SCHEDULE_TRIANGULAR:
        return training->rate * triangular(fmin((at + 1) / (total + 1), 1));
    }
    return training->rate;
}
