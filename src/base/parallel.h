/* Work spread over threads: the one place with a parallel region. */
#ifndef PARALLEL_H
#define PARALLEL_H

#include <stdbool.h>

/* More than this the BLAS under us was not built for (Debian: MAX_THREADS 64). */
enum { PARALLEL_MAX_THREADS = 64 };

/*
 * run is called once for every task 0 .. tasks - 1; worker tells the team's threads apart. Threads take
 * tasks in order as they get free, or, when even, as many neighbouring ones each, every time the same:
 * what a task has written last time is then still in its CPU's cache.
 */
struct parallel_phase {
    int tasks;
    bool even;
    void (*run)(void *context, int task, int worker);
};

/*
 * Runs the phases one after the other on a team of at most so many threads; a phase begins when
 * the one before is done. A task may depend on neither the worker nor the order. BLAS calls inside a
 * task run on that task's thread. Numbers too small for a normal float are zeros in a task, where the
 * CPU can do that; the caller's own setting is untouched.
 */
void parallel_run(int threads, const struct parallel_phase *phases, int count, void *context);

/* What OpenMP would use by itself: OMP_NUM_THREADS, or the CPUs it sees. */
int parallel_openmp_threads(void);

#endif
