/*
 * Microseconds a sample of each layer, forward and backward: naive, blas and direct alternate on one
 * thread. Also their largest relative difference. Each round measures the peak again, on one thread
 * and on each given number of threads.
 *
 *     bench-layers ROUNDS [THREADS]...
 */
#include <lenet5/lenet5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "layer_run.h"
#include "peak.h"
#include "record.h"
#include "timing.h"

static const double shortest = 2e-3; /* seconds a timed interval takes at least */

enum { BACKENDS = LENET5_BACKEND_DIRECT + 1 };

/* One layer of cases.h on each backend. */
struct contest {
    const struct layer_case *test;
    struct layer_run runs[BACKENDS]; /* by enum lenet5_backend */
};

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

/* The first layer of the network, which needs no dx. */
static bool is_first(const struct layer_run *run)
{
    const struct lenet5_shape input = lenet5_preset("lenet5-tanh")->architecture.input;
    return memcmp(&run->layer.in, &input, sizeof(input)) == 0;
}

static struct layer_run make_run(const struct layer_case *test, enum lenet5_backend backend)
{
    struct layer_run run = layer_run_create(test, backend);
    if (is_first(&run))
        run.call.dx = NULL;
    layer_run_forward(&run);
    layer_run_backward(&run);
    return run;
}

static struct record row_of(const struct contest *contest, const char *direction, char name[64])
{
    snprintf(name, 64, "%s %s", contest->test->name, direction);
    return (struct record){.section = "layers", .name = name, .batch = contest->test->n};
}

/* Constant figures: differences, and floating-point operations if the layer multiplies. */
static void print_constants(const struct contest *contest)
{
    const struct layer_run *naive = contest->runs;
    const double flops = 2 * (double)naive->layer.macs;
    double y = 0, gradients = 0;
    char name[64];
    for (const struct layer_run *fast = naive + 1; fast < naive + BACKENDS; fast++) {
        y = fmax(y, largest_difference(fast->y, naive->y, naive->y_size));
        gradients = fmax(gradients,
                         largest_difference(fast->dparams, naive->dparams, naive->parameter_count));
        if (naive->call.dx)
            gradients = fmax(gradients, largest_difference(fast->dx, naive->dx, naive->x_size));
    }
    struct record row = row_of(contest, "forward", name);
    record_value(&row, "difference", y);
    if (flops > 0)
        record_value(&row, "flops", flops);
    row = row_of(contest, "backward", name);
    record_value(&row, "difference", gradients);
    if (flops > 0)
        record_value(&row, "flops", naive->call.dx ? 2 * flops : flops);
}

static void time_direction(struct contest *contest, const char *direction_name, direction *call)
{
    static const char *const metrics[BACKENDS] = {"naive_us", "blas_us", "direct_us"};
    char name[64];
    const struct record row = row_of(contest, direction_name, name);
    for (int i = 0; i < BACKENDS; i++)
        record_value(&row, metrics[i],
                     1e6 * time_calls(&contest->runs[i], call) / contest->test->n);
}

static void time_layer(void *context, int task, int worker)
{
    struct contest *contest = (struct contest *)context + task;
    (void)worker;
    time_direction(contest, "forward", layer_run_forward);
    time_direction(contest, "backward", layer_run_backward);
}

static void time_peak(int threads)
{
    const struct record row = {.section = "peak", .name = peak_vectors(), .threads = threads};
    record_value(&row, "gflops", peak_gflops(threads));
}

int main(int argc, char **argv)
{
    static struct contest contests[LAYER_CASES];
    const int rounds = argc > 1 ? atoi(argv[1]) : 0;
    bool usable = rounds > 0;
    for (int i = 2; i < argc; i++)
        usable &= atoi(argv[i]) > 0 && atoi(argv[i]) <= PARALLEL_MAX_THREADS;
    if (!usable) {
        fprintf(stderr, "usage: bench-layers ROUNDS [THREADS]...\n");
        return 64;
    }
    record_note(&(struct record){.section = "header", .name = "compiler"}, COMPILER);
    int count = 0;
    for (; count < LAYER_CASES && layer_cases[count].n > 1; count++) {
        contests[count].test = &layer_cases[count];
        for (int i = 0; i < BACKENDS; i++)
            contests[count].runs[i] = make_run(&layer_cases[count], (enum lenet5_backend)i);
        print_constants(&contests[count]);
    }
    for (int round = 0; round < rounds; round++) {
        time_peak(1);
        for (int i = 2; i < argc; i++)
            if (atoi(argv[i]) > 1)
                time_peak(atoi(argv[i]));
        /* In a region of one thread, so that BLAS stays on it. */
        parallel_run(1, &(struct parallel_phase){.tasks = count, .run = time_layer}, 1, contests);
    }
    for (int i = 0; i < count * BACKENDS; i++)
        layer_run_destroy(&contests[i / BACKENDS].runs[i % BACKENDS]);
    return 0;
}
