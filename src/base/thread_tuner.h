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
    int best;           /* the fastest number of threads so far */
    int team;           /* the current number: best, or one more or less in a trial */
    double since_trial; /* seconds with best since the last trial */
    double trial_delay; /* seconds with best before one thread more is tried again */
    double speed[PARALLEL_MAX_THREADS +
                 1];      /* of each number of threads, the last measurement; 0 = none */
    double seconds, work; /* of the current window */
};

/* most: 1 to PARALLEL_MAX_THREADS */
struct thread_tuner thread_tuner_start(int most);

/* Records that tuner->team did `work`, in any unit, in `seconds`. May change tuner->team. */
void thread_tuner_record(struct thread_tuner *tuner, double work, double seconds);

#endif
