/*
 * Chooses the number of threads for training steps by their measured speed. Next to another busy process
 * all threads wait for the slowest, and fewer threads may be faster. The bits of the result do not depend
 * on the number of threads.
 */
#ifndef THREAD_TUNER_H
#define THREAD_TUNER_H

#include "parallel.h"

struct thread_tuner {
    int most;           /* threads that may be used */
    int best;           /* the team that has done best */
    int team;           /* the one now at work: best, or one more or less on trial */
    double since_trial; /* seconds at best since the last trial, */
    double trial_delay; /* and how many there should be before the next of one more */
    double speed[PARALLEL_MAX_THREADS + 1]; /* of each team when last measured; 0 = never */
    double seconds, work;                   /* of the window under way */
};

/* most: 1 to PARALLEL_MAX_THREADS */
struct thread_tuner thread_tuner_start(int most);

/* Records that tuner->team did `work`, in any unit, in `seconds`. May change tuner->team. */
void thread_tuner_record(struct thread_tuner *tuner, double work, double seconds);

#endif
