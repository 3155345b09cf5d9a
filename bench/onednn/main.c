/*
 * A contender of run_bench.sh's races: LeNet-5 built from oneDNN's primitives. For each line "go" on
 * standard input it works for an interval and prints its figures.
 *
 *     bench-onednn train|infer whole|micro|parallel BATCH THREADS SECONDS    samples per second
 *     bench-onednn latency whole 1 THREADS SECONDS                           p50 p99 p99.9, in us
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

#include "check.h"
#include "layer.h"
#include "model.h"
#include "samples.h"
#include "timing.h"

enum { MAX_TIMES = 1 << 20 };

struct contender {
    struct model *model;
    float *x;
    uint8_t *labels;
    int batch, samples;
    int at; /* the next sample */
};

static void work(struct contender *self)
{
    const int at = self->at + self->batch <= self->samples ? self->at : 0;
    model_run(self->model, self->x + (size_t)at * PIXELS, self->labels + at);
    self->at = at + self->batch;
}

static void interval(struct contender *self, double seconds, bool latency)
{
    static double times[MAX_TIMES];
    const double start = timing_now();
    double now = start;
    int count = 0;
    while (count < MAX_TIMES && (count == 0 || now - start < seconds)) {
        const double before = now;
        work(self);
        now = timing_now();
        times[count++] = 1e6 * (now - before);
    }
    if (latency)
        printf("%.2f %.2f %.2f\n", timing_quantile(times, count, 0.5),
               timing_quantile(times, count, 0.99), timing_quantile(times, count, 0.999));
    else
        printf("%.1f\n", (double)count * self->batch / (now - start));
    fflush(stdout);
}

static int race(const char *job, enum variant variant, int batch, int threads, double seconds)
{
    const int samples = batch > SAMPLES ? batch : SAMPLES;
    char line[16];
    struct contender self = {
        .model = model_create(strcmp(job, "train") == 0, variant, batch, threads),
        .x = zeros((size_t)samples * PIXELS, sizeof(float)),
        .labels = zeros((size_t)samples, 1),
        .batch = batch,
        .samples = samples,
    };
    samples_draw(self.x, self.labels, samples, 0);
    while (fgets(line, sizeof(line), stdin))
        interval(&self, seconds, strcmp(job, "latency") == 0);
    return 0;
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
    const bool latency = strcmp(argv[1], "latency") == 0;
    const bool throughput = strcmp(argv[1], "train") == 0 || strcmp(argv[1], "infer") == 0;
    const int batch = atoi(argv[3]), threads = atoi(argv[4]);
    const double seconds = atof(argv[5]);
    enum variant variant = WHOLE;
    while (variant < VARIANTS && strcmp(argv[2], variant_names[variant]) != 0)
        variant++;
    if (variant == VARIANTS || batch < 1 || threads < 1 || !(seconds > 0) ||
        (variant == PARALLEL && batch % threads) ||
        !(throughput || (latency && variant == WHOLE && batch == 1)))
        return usage();
    return race(argv[1], variant, batch, threads, seconds);
}
