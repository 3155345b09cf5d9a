/*
 * Whole training steps of the standard job, gathered from bytes in memory in shuffled order. For
 * every line "go" on standard input it trains for an interval and prints the samples per second, so
 * that run_bench.sh can alternate it with others; between intervals it waits.
 *
 *     bench-training BACKEND BATCH THREADS SECONDS
 */
#include <lenet5/lenet5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "timing.h"

enum { DRAWN = 6000, SAMPLES = 60000 };

static struct lenet5_error error;

/* As many bytes as MNIST has: drawn digits, each ten times. */
static struct lenet5_dataset *make_data(void)
{
    struct lenet5_dataset *drawn, *data = NULL;
    uint8_t *images = malloc((size_t)SAMPLES * 28 * 28), *labels = malloc(SAMPLES);
    if (!images || !labels || lenet5_dataset_draw_digits(&drawn, DRAWN, 1, LENET5_TRAIN, &error))
        return NULL;
    for (size_t i = 0; i < SAMPLES; i++) {
        memcpy(images + i * 784, lenet5_dataset_image(drawn, i % DRAWN), 784);
        labels[i] = (uint8_t)lenet5_dataset_label(drawn, i % DRAWN);
    }
    lenet5_dataset_create(&data, images, labels, SAMPLES, 28, 28, 10, &error);
    lenet5_dataset_destroy(drawn);
    free(labels);
    free(images);
    return data;
}

static int usage(void)
{
    fprintf(stderr, "usage: bench-training naive|blas BATCH THREADS SECONDS\n");
    return 64;
}

static int failed(void)
{
    fprintf(stderr, "bench-training: %s\n", error.message);
    return 1;
}

int main(int argc, char **argv)
{
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    static uint32_t order[SAMPLES];
    char line[16];
    if (argc != 5)
        return usage();
    training.backend = strcmp(argv[1], "naive") == 0 ? LENET5_NAIVE : LENET5_BLAS;
    training.batch_size = atoi(argv[2]);
    training.threads = atoi(argv[3]);
    training.schedule = LENET5_CONSTANT;
    training.rate = 0.01;
    const double seconds = atof(argv[4]);

    lenet5_blas_use_one_thread();
    struct lenet5_dataset *data = make_data();
    if (!data || lenet5_network_create(&network, lenet5_preset(), &error) ||
        lenet5_network_initialise(network, LENET5_INIT_PYTORCH, 1, &error) ||
        lenet5_trainer_create(&trainer, network, data, &training, &error))
        return failed();
    struct rng rng = rng_stream(1, RNG_SHUFFLE, 0, 0);
    for (uint32_t i = 0; i < SAMPLES; i++)
        order[i] = rng_below(&rng, SAMPLES);

    int at = 0;
    while (fgets(line, sizeof(line), stdin)) {
        const double start = timing_now();
        double elapsed = 0;
        long steps = 0;
        for (; elapsed < seconds; elapsed = timing_now() - start, steps++) {
            if (at + training.batch_size > SAMPLES)
                at = 0;
            if (lenet5_trainer_step(trainer, order + at, training.batch_size, NULL, &error))
                return failed();
            at += training.batch_size;
        }
        printf("%.1f\n", (double)steps * training.batch_size / elapsed);
        fflush(stdout);
    }
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(data);
    return 0;
}
