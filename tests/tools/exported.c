/*
 * A model as C against the engine, image by image: built together with what lenet5-convert writes.
 *     exported MODEL LEAST     LEAST: the share of images whose class has to be the same
 * Over $LENET5_DATA's test images, or as many drawn ones.
 */
#include <lenet5/lenet5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef EXPORTED_HEADER
#include EXPORTED_HEADER
#else
int lenet5_predict(float logits[10], const unsigned char image[28 * 28]);
extern const char *const lenet5_classes[10];
#endif

enum { CLASSES = 10, DRAWN = 10000 };

static struct lenet5_error error;

static void check(enum lenet5_status status)
{
    if (!status)
        return;
    fprintf(stderr, "%s\n", error.message);
    exit(1);
}

/* This process's own, whatever else the machine does. */
static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    struct lenet5_dataset *data;
    struct lenet5_network *network;
    const char *directory = getenv("LENET5_DATA");
    if (argc != 3)
        return 2;
    check(directory ? lenet5_dataset_read_mnist(&data, directory, LENET5_SPLIT_TEST, &error)
                    : lenet5_dataset_draw_digits(&data, DRAWN, 1, LENET5_SPLIT_TEST, &error));
    check(lenet5_model_load(&network, argv[1], &error));
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    const size_t count = lenet5_dataset_count(data);
    float *expected = calloc(count, CLASSES * sizeof(float));
    if (!expected)
        return 1;
    check(lenet5_features(network, expected, architecture->layer_count - 1,
                          lenet5_dataset_image(data, 0), count, 28, 28, &error));

    size_t same = 0, right = 0;
    float difference = 0, size = 1;
    const double start = cpu_seconds();
    for (size_t i = 0; i < count; i++) {
        float logits[CLASSES];
        const float *wanted = expected + i * CLASSES;
        const int class = lenet5_predict(logits, lenet5_dataset_image(data, i));
        int best = 0;
        for (int k = 0; k < CLASSES; k++) {
            difference = fmaxf(difference, fabsf(logits[k] - wanted[k]));
            size = fmaxf(size, fabsf(wanted[k]));
            best = wanted[k] > wanted[best] ? k : best;
        }
        same += class == best;
        right += atoi(lenet5_classes[class]) == lenet5_dataset_label(data, i);
    }
    const double each = (cpu_seconds() - start) / (double)count;
    printf("%zu of %zu classes the same, %.2f %% right, logits within %.1e of %.3g, %.1f us each\n",
           same, count, 100 * (double)right / (double)count, (double)difference, (double)size,
           1e6 * each);
    free(expected);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(data);
    const double least = atof(argv[2]);
    return (double)same < least * (double)count || (least >= 1 && difference > 1e-5f * size);
}
