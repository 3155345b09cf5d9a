#include "parallel.h"

#include <omp.h>

void parallel_run(int threads, const struct parallel_phase *phases, int count, void *context)
{
#pragma omp parallel num_threads(threads)
    {
        /*
         * An OpenMP OpenBLAS asks OpenMP how many threads it may use. In an active region it takes
         * one, but a region of one thread does not count as active. This setting belongs to the
         * region's task and ends with it; the caller's own is untouched.
         */
        omp_set_num_threads(1);
        for (int p = 0; p < count; p++) {
#pragma omp for schedule(dynamic, 1)
            for (int task = 0; task < phases[p].tasks; task++)
                phases[p].run(context, task, omp_get_thread_num());
        }
    }
}

double parallel_clock(void)
{
    return omp_get_wtime();
}

int parallel_openmp_threads(void)
{
    return omp_get_max_threads();
}
