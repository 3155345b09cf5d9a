#include "pace.h"

static const double window = 0.02;  /* seconds of work that make a measurement */
static const double patience = 0.1; /* seconds before one thread more is tried again */

struct pace pace_start(int most)
{
    return (struct pace){.most = most, .home = most, .team = most};
}

/* The end of a trial: the better of the two stays. */
static void settle(struct pace *pace)
{
    if (pace->speed[pace->team] > pace->speed[pace->home])
        pace->home = pace->team;
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
    else if (home < pace->most && pace->rest > patience)
        pace->team = home + 1;
}

void pace_record(struct pace *pace, double work, double seconds)
{
    pace->work += work;
    pace->seconds += seconds;
    if (pace->seconds < window)
        return;
    pace->speed[pace->team] = pace->work / pace->seconds;
    pace->rest += pace->seconds;
    pace->work = pace->seconds = 0;
    if (pace->team != pace->home)
        settle(pace);
    else
        consider(pace);
}
