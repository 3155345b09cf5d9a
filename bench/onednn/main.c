/*
 * LeNet-5 of oneDNN's primitives as a contender of run_bench.sh's races; timing.h describes its input
 * and output.
 *
 *     bench-onednn train|infer whole|micro|parallel BATCH THREADS SECONDS
 *     bench-onednn latency whole 1 THREADS SECONDS
 *     bench-onednn --check | --version
 *
 * whole runs the batch through one graph; micro runs it through a smaller graph in micro-batches;
 * parallel has one such graph per thread. Each variant computes the gradients of the whole batch.
 */
#include <ctype.h>
#include <dnnl_debug.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "timing.h"

struct contender {
    struct model *model;
    float *x;
    uint8_t *labels;
    int samples, at; /* the next sample */
};

static void work(void *context)
{
    struct contender *self = context;
    const int at = self->at + self->model->batch <= self->samples ? self->at : 0;
    model_run(self->model, self->x + (size_t)at * PIXELS, self->labels + at);
    self->at = at + self->model->batch;
}

static int version(void)
{
    const dnnl_version_t *version = dnnl_version();
    printf("oneDNN %d.%d.%d (", version->major, version->minor, version->patch);
    for (const char *isa = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()) + strlen("cpu_isa_");
         *isa; isa++)
        putchar(toupper((unsigned char)*isa));
    puts(")");
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: bench-onednn train|infer whole|micro|parallel BATCH THREADS SECONDS\n"
                    "       bench-onednn latency whole 1 THREADS SECONDS\n"
                    "       bench-onednn --check | --version\n"
                    "parallel is for a BATCH that THREADS divide\n");
    return 64;
}

int main(int argc, char **argv)
{
    omp_set_dynamic(0); /* the parallel variant needs all of its threads */
    primitives_start();

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return version();
    if (argc == 2 && strcmp(argv[1], "--check") == 0)
        return check();
    if (argc != 6)
        return usage();
    const bool trains = strcmp(argv[1], "train") == 0, latency = strcmp(argv[1], "latency") == 0;
    const int batch = atoi(argv[3]), threads = atoi(argv[4]);
    const double seconds = atof(argv[5]);
    enum variant variant = WHOLE;
    while (variant < VARIANTS && strcmp(argv[2], variant_names[variant]) != 0)
        variant++;
    if ((!trains && !latency && strcmp(argv[1], "infer") != 0) || variant == VARIANTS ||
        batch < 1 || threads < 1 || !(seconds > 0) || (variant == PARALLEL && batch % threads) ||
        (latency && (variant != WHOLE || batch > 1)))
        return usage();

    struct contender self = {.samples = batch > SAMPLES ? batch : SAMPLES};
    self.model = model_create(trains, variant, batch, threads);
    self.x = zeros((size_t)self.samples * PIXELS, sizeof(float));
    self.labels = zeros((size_t)self.samples, 1);
    samples_draw(self.x, self.labels, self.samples, 0);
    timing_race(work, &self, batch, seconds, latency);
    return 0;
}
