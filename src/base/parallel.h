/* Work spread over threads: the one place with a parallel region. */
#ifndef PARALLEL_H
#define PARALLEL_H

#include <stdbool.h>

/* Debian's OpenBLAS is built for at most 64 threads (MAX_THREADS). */
enum { PARALLEL_MAX_THREADS = 64 };

/*
 * run is called once for every task 0 .. tasks - 1; worker is the index of the thread. A free thread takes
 * the next task. If even is set, each thread takes an equal range of tasks, the same one every time: the
 * data that a task wrote last time are then still in its CPU's cache.
 */
struct parallel_phase {
    int tasks;
    bool even;
    void (*run)(void *context, int task, int worker);
};

/*
 * Runs the phases one after the other on at most `threads` threads; a phase begins when the one before
 * has ended. The result of a task must depend neither on worker nor on the order of tasks. BLAS calls
 * inside a task run on that task's thread. Subnormal floats are flushed to zero inside tasks where the CPU
 * can do so; the caller's own setting is unchanged.
 */
void parallel_run(int threads, const struct parallel_phase *phases, int count, void *context);

/* The threads that OpenMP would use: OMP_NUM_THREADS, or the number of CPUs it sees. */
int parallel_openmp_threads(void);

#endif
