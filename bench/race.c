/*
 * lenet5 as a contender of run_bench.sh's races; timing.h describes its input and output.
 *
 *     bench-race train|infer|latency naive|blas|direct BATCH THREADS SECONDS
 *
 * Samples are bytes in memory, in shuffled order for training, in sequence for inference.
 */
#include <lenet5/lenet5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"
#include "workload.h"

struct contender {
    int batch;
    struct lenet5_trainer *trainer; /* NULL for inference */
    struct lenet5_classifier *classifier;
    float *probabilities;
    int at; /* the next sample */
};

static void work(void *context)
{
    struct contender *self = context;
    struct lenet5_error error;
    const size_t n = (size_t)self->batch, side = WORKLOAD_SIDE;
    const size_t at = self->at + self->batch <= WORKLOAD_SAMPLES ? (size_t)self->at : 0;
    self->at = (int)(at + n);
    MUST(self->trainer
             ? lenet5_trainer_step(self->trainer, workload()->order + at, self->batch, NULL, &error)
             : lenet5_classify(self->classifier, self->probabilities,
                               workload()->images + at * side * side, n, WORKLOAD_SIDE,
                               WORKLOAD_SIDE, &error));
}

static void prepare(struct contender *self, enum lenet5_backend backend, int threads, bool trains)
{
    struct lenet5_error error;
    struct lenet5_network *network = workload_network(&lenet5_preset("lenet5-tanh")->architecture);
    if (trains) {
        const struct lenet5_training training = workload_training(backend, self->batch, threads);
        MUST(lenet5_trainer_create(&self->trainer, network, workload()->data, &training, &error));
        return;
    }
    workload(); /* not in the first interval */
    self->probabilities = calloc((size_t)self->batch, LENET5_MAX_CLASSES * sizeof(float));
    MUST(lenet5_classifier_create(&self->classifier, network, backend, threads, &error));
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
    if (argc != 6)
        return usage();
    const bool trains = strcmp(argv[1], "train") == 0, latency = strcmp(argv[1], "latency") == 0;
    const int backend = workload_backend(argv[2]), threads = atoi(argv[4]);
    const double seconds = atof(argv[5]);
    struct contender self = {.batch = atoi(argv[3])};
    if ((!trains && !latency && strcmp(argv[1], "infer") != 0) || backend < 0 || self.batch < 1 ||
        self.batch > WORKLOAD_SAMPLES || threads < 1 || !(seconds > 0) ||
        (latency && (self.batch > 1 || threads > 1)))
        return usage();

    lenet5_blas_use_one_thread();
    prepare(&self, (enum lenet5_backend)backend, threads, trains);
    timing_race(work, &self, self.batch, seconds, latency);
    return 0;
}
