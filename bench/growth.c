/*
 * The cost of training against the samples of an epoch, the batch, the threads, the feature maps of the
 * convolutions and the side of the image. Each round trains each case for an interval; the cases of
 * samples train on all of theirs, SAMPLES at most.
 *
 *     bench-growth ROUNDS SECONDS SAMPLES [THREADS]...
 */
#include <lenet5/lenet5.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "record.h"
#include "timing.h"
#include "workload.h"

enum { MAX_CASES = 32 + PARALLEL_MAX_THREADS, MAX_LAYERS = 32 };

struct growth_case {
    char name[32];
    struct lenet5_training training;
    int samples; /* 0 = train for the interval */
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
};

static struct growth_case cases[MAX_CASES];
static int case_count;

/* The standard network with the given multiple of feature maps, on images of the given side. */
static struct lenet5_network *make_network(int maps, int side)
{
    struct lenet5_layer layers[MAX_LAYERS];
    struct lenet5_architecture architecture = lenet5_preset("lenet5-tanh")->architecture;
    for (int i = 0; i < architecture.layer_count; i++) {
        layers[i] = architecture.layers[i];
        if (layers[i].kind == LENET5_LAYER_CONV)
            layers[i].outputs *= maps;
    }
    architecture.layers = layers;
    architecture.input.h = architecture.input.w = side;
    return workload_network(&architecture);
}

static void add_case(const char *what, int value, struct lenet5_network *network, int batch,
                     int threads, int samples)
{
    struct lenet5_error error;
    struct growth_case *self = &cases[case_count++];
    snprintf(self->name, sizeof(self->name), "%s%d", what, value);
    self->training = workload_training(LENET5_BACKEND_BLAS, batch, threads);
    self->samples = samples;
    self->network = network;
    MUST(lenet5_trainer_create(&self->trainer, network, workload()->data, &self->training, &error));
}

static struct record row_of(const struct growth_case *self)
{
    return (struct record){.section = "growth",
                           .name = self->name,
                           .batch = self->training.batch_size,
                           .threads = self->training.threads};
}

static void step(struct growth_case *self, int *at, int count)
{
    struct lenet5_error error;
    *at = *at + count <= WORKLOAD_SAMPLES ? *at : 0;
    MUST(lenet5_trainer_step(self->trainer, workload()->order + *at, count, NULL, &error));
    *at += count;
}

/* Trains for the interval, or on all of the case's samples, after a step that is not counted. */
static void measure(struct growth_case *self, double interval)
{
    const struct record row = row_of(self);
    int at = 0, trained = 0, count = self->training.batch_size;
    step(self, &at, count); /* warms the caches */
    const double start = timing_now();
    double seconds = 0;
    while (self->samples ? trained < self->samples : seconds < interval) {
        if (self->samples && self->samples - trained < count)
            count = self->samples - trained;
        step(self, &at, count);
        trained += count;
        seconds = timing_now() - start;
    }
    record_value(&row, "us", 1e6 * seconds / trained);
    if (self->samples)
        record_value(&row, "epoch_seconds", seconds);
}

int main(int argc, char **argv)
{
    const int rounds = argc > 3 ? atoi(argv[1]) : 0;
    const double seconds = argc > 3 ? atof(argv[2]) : 0;
    const int samples = argc > 3 ? atoi(argv[3]) : 0;
    bool usable = rounds > 0 && seconds > 0 && samples >= 4 && samples <= WORKLOAD_SAMPLES &&
                  argc - 4 <= PARALLEL_MAX_THREADS;
    for (int i = 4; i < argc; i++)
        usable &= atoi(argv[i]) > 0 && atoi(argv[i]) <= PARALLEL_MAX_THREADS;
    if (!usable) {
        fprintf(stderr, "usage: bench-growth ROUNDS SECONDS SAMPLES [THREADS]...\n");
        return 64;
    }
    lenet5_blas_use_one_thread();
    const int batch = 64, side = lenet5_preset("lenet5-tanh")->architecture.input.h;
    for (int part = 4; part > 0; part /= 2)
        add_case("samples ", samples / part, make_network(1, side), batch, 1, samples / part);
    for (int size = 16; size <= 1024; size *= 2)
        add_case("batch ", size, make_network(1, side), size, 1, 0);
    for (int i = 4; i < argc; i++)
        add_case("threads ", atoi(argv[i]), make_network(1, side), batch, atoi(argv[i]), 0);
    for (int maps = 1; maps <= 4; maps *= 2)
        add_case("maps x", maps, make_network(maps, side), batch, 1, 0);
    for (int times = 1; times <= 3; times++)
        add_case("image side ", times * side, make_network(1, times * side), batch, 1, 0);

    for (int i = 0; i < case_count; i++) {
        const struct record row = row_of(&cases[i]);
        record_value(&row, "flops", workload_flops(cases[i].network, true));
    }
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < case_count; i++)
            measure(&cases[i], seconds);
    return 0;
}
