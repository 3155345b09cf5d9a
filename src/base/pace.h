/*
 * How many threads a step takes. Beside another busy process a team waits for its slowest thread, and
 * fewer threads may get more done. The bits of the result do not depend on the team, so it may follow
 * what the steps are seen to take.
 */
#ifndef PACE_H
#define PACE_H

#include "parallel.h"

struct pace {
    int most;        /* threads that may be used */
    int home;        /* the team that has done best */
    int team;        /* the one now at work: home, or one more or less on trial */
    double rest;     /* seconds at home since the last trial, */
    double patience; /* and how many there should be before the next of one more */
    double speed[PARALLEL_MAX_THREADS + 1]; /* of each team when last measured; 0 = never */
    double seconds, work;                   /* of the window under way */
};

/* most: 1 to PARALLEL_MAX_THREADS */
struct pace pace_start(int most);

/* What pace->team did: so much work, in any unit, in so many seconds. May change pace->team. */
void pace_record(struct pace *pace, double work, double seconds);

#endif
