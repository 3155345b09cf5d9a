/*
 * A contender of run_bench.sh's races. For each line "go" on standard input it works for an interval
 * and prints its figures; between intervals it waits, so that contenders can alternate.
 *
 *     bench-race train|infer|latency naive|blas|direct BATCH THREADS SECONDS
 *
 * train and infer print samples per second. Samples are bytes in memory, in shuffled order for
 * training, in sequence for inference. latency prints the 50th, 99th and 99.9th percentile of the
 * microseconds for one image on one thread.
 */
#include <lenet5/lenet5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"
#include "workload.h"

enum { MAX_TIMES = 1 << 20 };

struct contender {
    int batch;
    double seconds;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    float *probabilities;
    int at; /* the next sample */
};

/* Where the next batch starts. */
static int advance(struct contender *self, int batch)
{
    const int at = self->at + batch <= WORKLOAD_SAMPLES ? self->at : 0;
    self->at = at + batch;
    return at;
}

static void train(struct contender *self)
{
    struct lenet5_error error;
    const int at = advance(self, self->batch);
    workload_check(
        lenet5_trainer_step(self->trainer, workload()->order + at, self->batch, NULL, &error),
        &error);
}

static void infer(struct contender *self)
{
    struct lenet5_error error;
    const size_t at = (size_t)advance(self, self->batch);
    const uint8_t *images = workload()->images + at * WORKLOAD_SIDE * WORKLOAD_SIDE;
    workload_check(lenet5_classify(self->classifier, self->probabilities, images,
                                   (size_t)self->batch, WORKLOAD_SIDE, WORKLOAD_SIDE, &error),
                   &error);
}

static void time_throughput(struct contender *self, void (*work)(struct contender *))
{
    const double start = timing_now();
    double elapsed = 0;
    long calls = 0;
    for (; elapsed < self->seconds; elapsed = timing_now() - start, calls++)
        work(self);
    printf("%.1f\n", (double)calls * self->batch / elapsed);
}

static void time_latency(struct contender *self)
{
    static double times[MAX_TIMES];
    const double start = timing_now();
    double before = start;
    int count = 0;
    while (count < MAX_TIMES && (count == 0 || before - start < self->seconds)) {
        infer(self);
        const double after = timing_now();
        times[count++] = after - before;
        before = after;
    }
    printf("%.2f %.2f %.2f\n", 1e6 * timing_quantile(times, count, 0.5),
           1e6 * timing_quantile(times, count, 0.99), 1e6 * timing_quantile(times, count, 0.999));
}

static void prepare(struct contender *self, enum lenet5_backend backend, int threads, bool trains)
{
    struct lenet5_error error;
    struct lenet5_network *network = workload_network(&lenet5_preset("lenet5-tanh")->architecture);
    if (trains) {
        const struct lenet5_training training = workload_training(backend, self->batch, threads);
        workload_check(
            lenet5_trainer_create(&self->trainer, network, workload()->data, &training, &error),
            &error);
        return;
    }
    workload(); /* not in the first interval */
    self->probabilities = calloc((size_t)self->batch, LENET5_MAX_CLASSES * sizeof(float));
    workload_check(lenet5_classifier_create(&self->classifier, network, backend, threads, &error),
                   &error);
}

static int usage(void)
{
    fprintf(stderr,
            "usage: bench-race train|infer|latency naive|blas|direct BATCH THREADS SECONDS\n"
            "latency is for a BATCH of 1 on 1 of THREADS\n");
    return 64;
}

int main(int argc, char **argv)
{
    char line[16];
    if (argc != 6)
        return usage();
    const char *job = argv[1];
    const bool trains = strcmp(job, "train") == 0, infers = strcmp(job, "infer") == 0;
    const int backend = workload_backend(argv[2]);
    const int threads = atoi(argv[4]);
    struct contender self = {.batch = atoi(argv[3]), .seconds = atof(argv[5])};
    const bool one = self.batch == 1 && threads == 1;
    if ((!trains && !infers && (strcmp(job, "latency") != 0 || !one)) || backend < 0 ||
        self.batch < 1 || self.batch > WORKLOAD_SAMPLES || threads < 1 || !(self.seconds > 0))
        return usage();

    lenet5_blas_use_one_thread();
    prepare(&self, (enum lenet5_backend)backend, threads, trains);
    while (fgets(line, sizeof(line), stdin)) {
        if (trains || infers)
            time_throughput(&self, trains ? train : infer);
        else
            time_latency(&self);
        fflush(stdout);
    }
    return 0;
}
