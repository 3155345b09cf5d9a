/*
 * Chains of fused multiply-adds that stay in registers. Each link waits for the one before (4 or 5
 * cycles), so the chains outnumber latency times units: 12 with 16 registers, which also hold two
 * constants, and 24 with 32 registers.
 */
#include "peak.h"

#include <math.h>

#include "base/parallel.h"
#include "timing.h"

/* The best of several short intervals, because other programs can only slow it down. */
enum { INTERVALS = 10 };
static const double shortest = 5e-3; /* seconds of an interval, at least */

/* Computes `links` links x = factor x + term of each chain. Returns the sum, so that no chain is removed. */
typedef float run_chains(long links, float factor, float term);

#define UNROLLED _Pragma("GCC unroll 32")

typedef float vec16 __attribute__((vector_size(64)));
typedef float vec8 __attribute__((vector_size(32)));
typedef float vec4 __attribute__((vector_size(16)));

#define DEFINE_CHAINS(function, vec, chains, attribute)                                \
    attribute static float function(long links, float factor, float term)              \
    {                                                                                  \
        vec x[chains];                                                                 \
        UNROLLED for (int i = 0; i < (chains); i++) x[i] = (float)i + term + (vec){0}; \
        for (; links > 0; links--)                                                     \
            UNROLLED for (int i = 0; i < (chains); i++) x[i] = x[i] * factor + term;   \
        UNROLLED for (int i = 1; i < (chains); i++) x[0] += x[i];                      \
        return x[0][0];                                                                \
    }

#ifdef __x86_64__
DEFINE_CHAINS(run_avx512, vec16, 24, __attribute__((target("avx512f"))))
DEFINE_CHAINS(run_avx2, vec8, 12, __attribute__((target("avx2,fma"))))
DEFINE_CHAINS(run_portable, vec4, 12, )
#else
DEFINE_CHAINS(run_portable, vec4, 24, )
#endif

struct kernel {
    const char *vectors;
    run_chains *run;
    int flops; /* of one link of all chains: a multiplication and an addition per lane */
};

static struct kernel choose(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return (struct kernel){"AVX-512", run_avx512, 2 * 24 * 16};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (struct kernel){"AVX2", run_avx2, 2 * 12 * 8};
    return (struct kernel){"portable", run_portable, 2 * 12 * 4};
#else
    return (struct kernel){"portable", run_portable, 2 * 24 * 4};
#endif
}

const char *peak_vectors(void)
{
    return choose().vectors;
}

struct work {
    struct kernel kernel;
    long links;
    float results[PARALLEL_MAX_THREADS];
};

static void run(void *context, int task, int worker)
{
    struct work *work = context;
    (void)worker;
    work->results[task] = work->kernel.run(work->links, 0.5f, 1);
}

static double time_run(struct work *work, int threads)
{
    const struct parallel_phase phase = {.tasks = threads, .run = run};
    const double start = timing_now();
    parallel_run(threads, &phase, 1, work);
    return timing_now() - start;
}

double peak_gflops(int threads)
{
    struct work work = {.kernel = choose(), .links = 10000};
    double seconds = INFINITY;
    while (time_run(&work, 1) < shortest)
        work.links *= 2;
    for (int i = 0; i < INTERVALS; i++)
        seconds = fmin(seconds, time_run(&work, threads));
    return 1e-9 * work.kernel.flops * (double)work.links * threads / seconds;
}
