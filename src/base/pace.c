#include "pace.h"

#include <stdbool.h>

/* In seconds. */
static const double window = 0.02;  /* of work make a measurement; */
static const double glance = 0.003; /* so much does for a trial that is plainly going badly */
static const double patience = 0.25, most_patience = 8; /* before one thread more is tried again */

struct pace pace_start(int most)
{
    return (struct pace){.most = most, .home = most, .team = most, .patience = patience};
}

/*
 * The end of a trial: the better of the two stays. One that has failed with more threads was costly, a
 * step may take ten times as long as with fewer; so the next one is longer in coming.
 */
static void settle(struct pace *pace)
{
    if (pace->speed[pace->team] > pace->speed[pace->home]) {
        pace->home = pace->team;
        pace->patience = patience;
    } else if (pace->team > pace->home && pace->patience < most_patience) {
        pace->patience *= 2;
    }
    pace->team = pace->home;
    pace->rest = 0;
}

/*
 * One thread less when that has not been seen to be slower: once at the start, and whenever the team
 * slows down that much. One more from time to time.
 */
static void consider(struct pace *pace)
{
    const int home = pace->home;
    const double fewer = home > 1 ? pace->speed[home - 1] : 0;
    if (home > 1 && (fewer == 0 || pace->speed[home] <= fewer * 1.02))
        pace->team = home - 1;
    else if (home < pace->most && pace->rest > pace->patience)
        pace->team = home + 1;
}

void pace_record(struct pace *pace, double work, double seconds)
{
    pace->work += work;
    pace->seconds += seconds;
    const bool trial = pace->team != pace->home;
    const bool bad = pace->work < 0.8 * pace->speed[pace->home] * pace->seconds;
    if (pace->seconds < window && !(trial && bad && pace->seconds > glance))
        return;
    pace->speed[pace->team] = pace->work / pace->seconds;
    pace->rest += pace->seconds;
    pace->work = pace->seconds = 0;
    if (trial)
        settle(pace);
    else
        consider(pace);
}
