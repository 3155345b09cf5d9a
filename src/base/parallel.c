#include "parallel.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef __SSE__
#include <xmmintrin.h>
#endif

/*
 * From now on this thread treats denormal numbers as zero. Returns the previous setting. Momentum and
 * dying units decay into denormals and stay there, and many CPUs need a hundred times as long for them.
 */
static unsigned flush_denormals(void)
{
#ifdef __SSE__
    enum { DENORMALS_ARE_ZERO = 0x0040, FLUSH_TO_ZERO = 0x8000 };
    const unsigned kept = _mm_getcsr();
    _mm_setcsr(kept | DENORMALS_ARE_ZERO | FLUSH_TO_ZERO);
    return kept;
#else
    return 0;
#endif
}

static void restore_denormals(unsigned kept)
{
#ifdef __SSE__
    _mm_setcsr(kept);
#else
    (void)kept;
#endif
}

/* All tasks on the calling thread. */
static void run_tasks(const struct parallel_phase *phases, int count, void *context)
{
    const unsigned kept_denormals = flush_denormals();
    for (int p = 0; p < count; p++)
        for (int task = 0; task < phases[p].tasks; task++)
            phases[p].run(context, task, 0);
    restore_denormals(kept_denormals);
}

#ifdef _OPENMP

/* By all threads of the team; the end of a loop is a barrier. */
static void run_phase(const struct parallel_phase *phase, void *context)
{
    const int worker = omp_get_thread_num();
    if (phase->even) {
#pragma omp for schedule(static)
        for (int task = 0; task < phase->tasks; task++)
            phase->run(context, task, worker);
    } else {
#pragma omp for schedule(dynamic, 1)
        for (int task = 0; task < phase->tasks; task++)
            phase->run(context, task, worker);
    }
}

/*
 * Without a region, which would take longer than the smallest layers of a single image. BLAS is kept
 * to this thread by OpenMP's setting for the calling task, which is put back.
 */
static void run_alone(const struct parallel_phase *phases, int count, void *context)
{
    const int kept = omp_get_max_threads();
    omp_set_num_threads(1);
    run_tasks(phases, count, context);
    omp_set_num_threads(kept);
}

void parallel_run(int threads, const struct parallel_phase *phases, int count, void *context)
{
    if (threads == 1) {
        run_alone(phases, count, context);
        return;
    }
#pragma omp parallel num_threads(threads)
    {
        /*
         * An OpenMP OpenBLAS asks OpenMP how many threads it may use. In an active region it takes
         * one, but a region of one thread does not count as active. This setting belongs to the
         * region's task and ends with it; the caller's own is untouched.
         */
        omp_set_num_threads(1);
        const unsigned kept_denormals = flush_denormals();
        for (int p = 0; p < count; p++)
            run_phase(&phases[p], context);
        restore_denormals(kept_denormals);
    }
}

int parallel_openmp_threads(void)
{
    return omp_get_max_threads();
}

#else

void parallel_run(int threads, const struct parallel_phase *phases, int count, void *context)
{
    (void)threads;
    run_tasks(phases, count, context);
}

int parallel_openmp_threads(void)
{
    return 1;
}

#endif
