#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { DRAWN = 6000, SIZE = WORKLOAD_SIDE * WORKLOAD_SIDE };

void workload_check(enum lenet5_status status, const struct lenet5_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "benchmark: %s\n", error->message);
    exit(1);
}

/* Drawn digits, each ten times. */
static struct workload *make(void)
{
    struct lenet5_error error;
    struct lenet5_dataset *drawn;
    struct workload *work = malloc(sizeof(*work));
    uint8_t *labels = malloc(WORKLOAD_SAMPLES);
    if (!work || !labels || !(work->images = malloc((size_t)WORKLOAD_SAMPLES * SIZE))) {
        fprintf(stderr, "benchmark: out of memory\n");
        exit(1);
    }
    MUST(lenet5_dataset_draw_digits(&drawn, DRAWN, 1, LENET5_SPLIT_TRAIN, &error));
    struct rng rng = rng_stream(1, RNG_SHUFFLE, 0, 0);
    for (size_t i = 0; i < WORKLOAD_SAMPLES; i++) {
        memcpy(work->images + i * SIZE, lenet5_dataset_image(drawn, i % DRAWN), SIZE);
        labels[i] = (uint8_t)lenet5_dataset_label(drawn, i % DRAWN);
        work->order[i] = rng_below(&rng, WORKLOAD_SAMPLES);
    }
    MUST(lenet5_dataset_create(&work->data, work->images, labels, WORKLOAD_SAMPLES, WORKLOAD_SIDE,
                               WORKLOAD_SIDE, 10, &error));
    lenet5_dataset_destroy(drawn);
    free(labels);
    return work;
}

const struct workload *workload(void)
{
    static struct workload *work;
    if (!work)
        work = make();
    return work;
}

struct lenet5_network *workload_network(const struct lenet5_architecture *architecture)
{
    struct lenet5_error error;
    struct lenet5_network *network;
    MUST(lenet5_network_create(&network, architecture, &error));
    MUST(lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 1, &error));
    return network;
}

int workload_backend(const char *name)
{
    for (int i = LENET5_BACKEND_NAIVE; i <= LENET5_BACKEND_DIRECT; i++)
        if (strcmp(name, lenet5_backend_string((enum lenet5_backend)i)) == 0)
            return i;
    return -1;
}

struct lenet5_training workload_training(enum lenet5_backend backend, int batch, int threads)
{
    struct lenet5_training training = lenet5_training_defaults();
    training.backend = backend;
    training.batch_size = batch;
    training.threads = threads;
    training.schedule = LENET5_SCHEDULE_CONSTANT;
    training.rate = 0.01;
    training.label_smoothing = 0;
    training.random_shift = 0;
    return training;
}

double workload_flops(const struct lenet5_network *network, bool training)
{
    const double forward = 2 * (double)lenet5_network_macs(network);
    return training ? 3 * forward - 2 * (double)lenet5_network_layer(network, 0).macs : forward;
}
