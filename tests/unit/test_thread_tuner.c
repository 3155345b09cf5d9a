/* The choice of how many threads work, on machines that are made up. */
#include "base/thread_tuner.h"
#include "suite.h"

static const double step = 0.001; /* seconds of work of one thread, alone */

/* Runs a machine for so many seconds; the share of them that was spent at this team. */
static double run(struct thread_tuner *tuner, const double *speed, double seconds, int team)
{
    double passed = 0, there = 0;
    while (passed < seconds) {
        const double took = step / speed[tuner->team];
        passed += took;
        there += tuner->team == team ? took : 0;
        thread_tuner_record(tuner, 1, took);
    }
    return there / passed;
}

static const double quiet[] = {0, 1, 1.9, 2.7, 3.4};
static const double busy[] = {0, 1, 0.9, 0.8, 0.7};   /* every further thread is in the way */
static const double shared[] = {0, 1, 1.9, 2.7, 2.0}; /* one CPU of four is taken */

TEST(a_quiet_machine_is_used_whole)
{
    struct thread_tuner tuner = thread_tuner_start(4);
    ck_assert_double_gt(run(&tuner, quiet, 3, 4), 0.98);
    ck_assert_int_eq(tuner.best, 4);
}

TEST(a_busy_machine_is_left_alone)
{
    struct thread_tuner tuner = thread_tuner_start(2);
    ck_assert_double_gt(run(&tuner, busy, 3, 1), 0.8);
    ck_assert_int_eq(tuner.best, 1);
}

TEST(one_thread_less_where_that_is_best)
{
    struct thread_tuner tuner = thread_tuner_start(4);
    run(&tuner, shared, 1, 3);
    ck_assert_double_gt(run(&tuner, shared, 3, 3), 0.7);
    ck_assert_int_eq(tuner.best, 3);
}

TEST(it_follows_the_machine)
{
    struct thread_tuner tuner = thread_tuner_start(4);
    run(&tuner, quiet, 1, 4);
    run(&tuner, busy, 1, 1);
    ck_assert_int_eq(tuner.best, 1);
    run(&tuner, quiet, 5, 4);
    ck_assert_int_eq(tuner.best, 4);
}

/* A team that is ten times slower is tried seldom and for a moment: it costs next to nothing. */
TEST(a_hopeless_trial_is_short)
{
    const double hopeless[] = {0, 1, 0.1};
    struct thread_tuner tuner = thread_tuner_start(2);
    run(&tuner, hopeless, 1, 1);
    ck_assert_double_gt(run(&tuner, hopeless, 10, 1), 0.99);
}

TEST(one_thread_has_no_choice)
{
    struct thread_tuner tuner = thread_tuner_start(1);
    ck_assert_double_eq(run(&tuner, busy, 1, 1), 1);
}
