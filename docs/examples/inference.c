/*
 * Classifies images in four threads. The threads share one network, and each has its own classifier. The loop
 * does not allocate.
 *     inference MODEL
 */
#include <lenet5/lenet5.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, COUNT = 1000 };

static struct lenet5_network *network;
static struct lenet5_dataset *digits;

struct worker {
    pthread_t thread;
    struct lenet5_classifier *classifier;
    struct lenet5_error error;
    int classes[COUNT]; /* of the images; -1 = not classified */
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    const int count = lenet5_network_architecture(network)->class_count;
    for (int i = 0; i < COUNT; i++) {
        float probabilities[LENET5_MAX_CLASSES];
        int best = 0;
        worker->classes[i] = -1;
        if (lenet5_classify(worker->classifier, probabilities,
                            lenet5_dataset_image(digits, (size_t)i), 1, 28, 28, &worker->error))
            break;
        for (int k = 0; k < count; k++)
            best = probabilities[k] > probabilities[best] ? k : best;
        worker->classes[i] = best;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS];
    struct lenet5_error error;
    int same = 0;
    if (argc != 2)
        return 2;
    lenet5_blas_use_one_thread(); /* this program starts the threads */
    if (lenet5_model_load(&network, argv[1], &error) ||
        lenet5_dataset_draw_digits(&digits, COUNT, 7, LENET5_SPLIT_TEST, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (int t = 0; t < THREADS; t++)
        if (lenet5_classifier_create(&workers[t].classifier, network, LENET5_BACKEND_BLAS, 1,
                                     &error) ||
            pthread_create(&workers[t].thread, NULL, work, &workers[t])) {
            fprintf(stderr, "thread %d could not start\n", t);
            return 1;
        }
    for (int t = 0; t < THREADS; t++)
        pthread_join(workers[t].thread, NULL);
    for (int i = 0; i < COUNT; i++) {
        bool agree = workers[0].classes[i] >= 0;
        for (int t = 1; t < THREADS; t++)
            agree &= workers[t].classes[i] == workers[0].classes[i];
        same += agree;
    }
    printf("%d threads agree about %d of %d images\n", THREADS, same, COUNT);
    for (int t = 0; t < THREADS; t++)
        lenet5_classifier_destroy(workers[t].classifier);
    lenet5_dataset_destroy(digits);
    lenet5_network_destroy(network);
    return same != COUNT;
}
