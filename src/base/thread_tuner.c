#include "thread_tuner.h"

#include <stdbool.h>

/* In seconds. */
static const double window = 0.02;        /* the work that makes a measurement */
static const double least_trial = 0.003;  /* the same for a trial that is clearly slower */
static const double trial_delay = 0.25;   /* before one thread more is tried, at first */
static const double most_trial_delay = 8; /* and at most */

struct thread_tuner thread_tuner_start(int most)
{
    return (struct thread_tuner){
        .most = most, .best = most, .team = most, .trial_delay = trial_delay};
}

/*
 * Ends a trial: the faster number of threads stays. A failed trial of more threads is expensive, a step
 * can take ten times as long; so the delay before the next one doubles.
 */
static void end_trial(struct thread_tuner *tuner)
{
    if (tuner->speed[tuner->team] > tuner->speed[tuner->best]) {
        tuner->best = tuner->team;
        tuner->trial_delay = trial_delay;
    } else if (tuner->team > tuner->best && tuner->trial_delay < most_trial_delay) {
        tuner->trial_delay *= 2;
    }
    tuner->team = tuner->best;
    tuner->since_trial = 0;
}

/*
 * Tries one thread less unless that was measured to be slower: once at the start, and whenever the
 * current speed falls to that measurement. Tries one thread more from time to time.
 */
static void consider_trial(struct thread_tuner *tuner)
{
    const int best = tuner->best;
    const double fewer = best > 1 ? tuner->speed[best - 1] : 0;
    if (best > 1 && (fewer == 0 || tuner->speed[best] <= fewer * 1.02))
        tuner->team = best - 1;
    else if (best < tuner->most && tuner->since_trial > tuner->trial_delay)
        tuner->team = best + 1;
}

void thread_tuner_record(struct thread_tuner *tuner, double work, double seconds)
{
    tuner->work += work;
    tuner->seconds += seconds;
    const bool trial = tuner->team != tuner->best;
    const bool bad = tuner->work < 0.8 * tuner->speed[tuner->best] * tuner->seconds;
    if (tuner->seconds < window && !(trial && bad && tuner->seconds > least_trial))
        return;
    tuner->speed[tuner->team] = tuner->work / tuner->seconds;
    tuner->since_trial += tuner->seconds;
    tuner->work = tuner->seconds = 0;
    if (trial)
        end_trial(tuner);
    else
        consider_trial(tuner);
}
