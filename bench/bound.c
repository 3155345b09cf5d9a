/*
 * How much of a network's time goes into its products: SGEMM calls and the kernels of src/layers/direct/direct.h. One
 * training step and one inference run with every product recorded. Then the recorded calls alone and the whole step are
 * timed alternately on one thread; the difference is the cost of everything else.
 *
 *     bench-bound ROUNDS SECONDS BACKEND
 *
 * A replay uses the buffers as the whole step has just left them, and only once: repeated accumulation would overflow.
 * A replay makes the gradients wrong, so the learning rate is 0.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "peak.h"
#include "record.h"
#include "sgemm_calls.h"
#include "timing.h"
#include "workload.h"

/* A training step or an inference of one batch. */
struct job {
    const char *section, *backend;
    int batch;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    float *probabilities;
    double flops; /* of one sample, from the network's table */
    struct sgemm_calls calls;
    double whole, bare, *by_shape; /* seconds in this round */
};

static void run_whole(struct job *job)
{
    struct lenet5_error error;
    const struct workload *work = workload();
    const double start = timing_now();
    workload_check(job->trainer
                       ? lenet5_trainer_step(job->trainer, work->order, job->batch, NULL, &error)
                       : lenet5_classify(job->classifier, job->probabilities, work->images,
                                         (size_t)job->batch, WORKLOAD_SIDE, WORKLOAD_SIDE, &error),
                   &error);
    job->whole += timing_now() - start;
}

/* In a region of one thread, so that BLAS stays on it. */
static void replay_in_order(void *context, int task, int worker)
{
    struct job *job = context;
    (void)task;
    (void)worker;
    const double start = timing_now();
    sgemm_calls_replay(&job->calls);
    job->bare += timing_now() - start;
}

static void replay_shape(void *context, int shape, int worker)
{
    struct job *job = context;
    (void)worker;
    const double start = timing_now();
    sgemm_calls_replay_shape(&job->calls, shape);
    job->by_shape[shape] += timing_now() - start;
}

static struct record row_of(const struct job *job, const char *name)
{
    return (struct record){
        .section = job->section, .name = name, .batch = job->batch, .contender = job->backend};
}

/* The values that are equal in all rounds: calls per batch, and operations per sample. */
static void print_constants(const struct job *job)
{
    double total = 0;
    for (int i = 0; i < job->calls.shape_count; i++) {
        const struct shape *shape = &job->calls.shapes[i];
        const struct record row = row_of(job, shape->name);
        record_value(&row, "calls", shape->calls);
        record_value(&row, "flops", shape->flops / job->batch);
        total += shape->flops;
    }
    const struct record bare = row_of(job, "bare products"), whole = row_of(job, "whole");
    record_value(&bare, "calls", job->calls.count);
    record_value(&bare, "flops", total / job->batch);
    record_value(&whole, "flops", job->flops);
}

static void print_time(const struct job *job, const char *name, double seconds)
{
    const struct record row = row_of(job, name);
    record_value(&row, "us", 1e6 * seconds / job->batch);
}

static void prepare(struct job *job)
{
    run_whole(job); /* the buffers' first use */
    sgemm_calls_start(&job->calls);
    run_whole(job);
    sgemm_calls_stop();
    job->by_shape = calloc((size_t)job->calls.shape_count + 1, sizeof(*job->by_shape));
    if (!job->by_shape)
        abort();
    print_constants(job);
}

static void measure(struct job *job, double seconds)
{
    const struct parallel_phase in_order = {.tasks = 1, .run = replay_in_order};
    const struct parallel_phase by_shape = {.tasks = job->calls.shape_count, .run = replay_shape};
    const double start = timing_now();
    int cycles = 0;
    job->whole = job->bare = 0;
    for (int i = 0; i < job->calls.shape_count; i++)
        job->by_shape[i] = 0;
    do {
        run_whole(job);
        parallel_run(1, &in_order, 1, job);
        run_whole(job);
        parallel_run(1, &by_shape, 1, job);
        cycles++;
    } while (timing_now() - start < seconds);

    for (int i = 0; i < job->calls.shape_count; i++)
        print_time(job, job->calls.shapes[i].name, job->by_shape[i] / cycles);
    print_time(job, "bare products", job->bare / cycles);
    print_time(job, "whole", job->whole / (2 * cycles));
}

int main(int argc, char **argv)
{
    struct lenet5_error error;
    const int rounds = argc == 4 ? atoi(argv[1]) : 0, backend = workload_backend(argv[argc - 1]);
    const double seconds = argc == 4 ? atof(argv[2]) : 0;
    if (rounds < 1 || !(seconds > 0) || backend < 0) {
        fprintf(stderr, "usage: bench-bound ROUNDS SECONDS BACKEND\n");
        return 64;
    }
    lenet5_blas_use_one_thread();
    const int batch = 64; /* the batch size of the standard benchmark */
    struct lenet5_network *network = workload_network(&lenet5_preset("lenet5-tanh")->architecture);
    struct lenet5_training training = workload_training((enum lenet5_backend)backend, batch, 1);
    training.rate = 0;
    struct job jobs[] = {
        {.section = "bound_training",
         .backend = argv[3],
         .batch = batch,
         .flops = workload_flops(network, true)},
        {.section = "bound_inference",
         .backend = argv[3],
         .batch = batch,
         .flops = workload_flops(network, false)},
    };
    jobs[1].probabilities = calloc((size_t)batch, LENET5_MAX_CLASSES * sizeof(float));
    workload_check(
        lenet5_trainer_create(&jobs[0].trainer, network, workload()->data, &training, &error),
        &error);
    workload_check(lenet5_classifier_create(&jobs[1].classifier, network,
                                            (enum lenet5_backend)backend, 1, &error),
                   &error);
    for (int j = 0; j < 2; j++)
        prepare(&jobs[j]);
    for (int round = 0; round < rounds; round++) {
        const struct record peak = {.section = "peak", .name = peak_vectors(), .threads = 1};
        record_value(&peak, "gflops", peak_gflops(1));
        for (int j = 0; j < 2; j++)
            measure(&jobs[j], seconds);
    }
    return 0;
}
