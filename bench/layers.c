/*
 * Per layer and direction: naive against blas on one thread, in turns, and their numerical
 * difference on the same row. Prints an aligned table; the only argument is the number of runs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "layer_run.h"
#include "parallel.h"
#include "timing.h"

enum { MAX_RUNS = 1000 };
static const double shortest = 2e-3; /* seconds a timed interval takes at least */

typedef void direction(struct layer_run *run);

/* Seconds of one call, from an interval of as many calls as it takes. */
static double time_calls(struct layer_run *run, direction *call)
{
    for (int calls = 1;; calls *= 2) {
        const double start = timing_now();
        for (int i = 0; i < calls; i++)
            call(run);
        const double seconds = timing_now() - start;
        if (seconds >= shortest)
            return seconds / calls;
    }
}

static void print_row(const struct layer_case *test, const char *name, direction *call, double macs,
                      struct layer_run *naive, struct layer_run *blas, double difference, int runs)
{
    double seconds[2][MAX_RUNS];
    for (int i = 0; i < runs; i++) {
        seconds[0][i] = time_calls(naive, call);
        seconds[1][i] = time_calls(blas, call);
    }
    const double slow = timing_median(seconds[0], runs), fast = timing_median(seconds[1], runs);
    printf("%-18s %-8s %10.2f %10.2f %8.1fx", test->name, name, 1e6 * slow / test->n,
           1e6 * fast / test->n, slow / fast);
    if (macs > 0)
        printf(" %10.1f", 2e-9 * macs * test->n / fast);
    else
        printf(" %10s", "-");
    printf(" %12.1e\n", difference);
    fflush(stdout);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void bench(const struct layer_case *test, int runs)
{
    struct layer_run naive = layer_run_create(test, LENET5_NAIVE);
    struct layer_run blas = layer_run_create(test, LENET5_BLAS);
    layer_run_forward(&naive);
    layer_run_forward(&blas);
    layer_run_backward(&naive);
    layer_run_backward(&blas);
    const double y = largest_difference(blas.y, naive.y, naive.y_size);
    const double d = larger(largest_difference(blas.dx, naive.dx, naive.x_size),
                            largest_difference(blas.dparams, naive.dparams, naive.parameter_count));
    const double macs = (double)naive.layer.macs;
    print_row(test, "forward", layer_run_forward, macs, &naive, &blas, y, runs);
    print_row(test, "backward", layer_run_backward, 2 * macs, &naive, &blas, d, runs);
    layer_run_destroy(&naive);
    layer_run_destroy(&blas);
}

static void bench_all(void *context, int task, int worker)
{
    const int *runs = context;
    (void)task;
    (void)worker;
    for (int i = 0; i < LAYER_CASES && layer_cases[i].n > 1; i++)
        bench(&layer_cases[i], *runs);
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 5;
    if (runs < 1 || runs > MAX_RUNS) {
        fprintf(stderr, "usage: %s [RUNS], 1 to %d\n", argv[0], MAX_RUNS);
        return 64;
    }
    printf("%-18s %-8s %10s %10s %9s %10s %12s\n", "layer", "", "naive us", "blas us", "ratio",
           "blas GF/s", "difference");
    /* In a region of one thread, so that BLAS stays on it. */
    parallel_run(1, &(struct parallel_phase){.tasks = 1, .run = bench_all}, 1, &runs);
    return 0;
}
