/*
 * Classification in micro-batches, so that the results depend neither on the number of threads nor, for
 * whole micro-batches, on the number of images in a call.
 */
#include "classifier_internal.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "data/batch.h"
#include "data/dataset_internal.h"
#include "executor.h"
#include "loss.h"
#include "network/network_internal.h"
#include "thread_count.h"

enum { REGION = 512 }; /* micro-batches in a parallel region; their losses are kept until it ends */

struct lenet5_classifier {
    const struct lenet5_network *network;
    int threads;
    struct executor **executors; /* one per thread */
    bool centred;                /* shift replaces that of the network */
    float shift;

    /* The current call. */
    struct loss loss;
    const struct lenet5_dataset *dataset; /* NULL: images */
    const uint32_t *indices;              /* into the dataset; NULL = all of it */
    const uint8_t *images;                /* (count, rows, cols), without a dataset */
    int rows, cols;
    size_t first, count; /* of this region */
    float *probabilities;
    uint8_t predictions[REGION * MICRO_BATCH];
    double losses[REGION];
};

enum lenet5_status lenet5_classifier_create(struct lenet5_classifier **classifier,
                                            const struct lenet5_network *network,
                                            enum lenet5_backend backend, int threads,
                                            struct lenet5_error *error)
{
    *classifier = NULL;
    enum lenet5_status status = threads_resolve(&threads, backend, error);
    if (status)
        return status;
    struct lenet5_classifier *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    self->network = network;
    self->threads = threads;
    self->executors = memory_alloc((size_t)threads, sizeof(struct executor *));
    if (!self->executors)
        status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
    for (int i = 0; !status && i < threads; i++)
        status = executor_create(&self->executors[i], network, backend, MICRO_BATCH,
                                 EXECUTOR_INFERENCE, error);
    if (status) {
        lenet5_classifier_destroy(self);
        return status;
    }
    *classifier = self;
    return LENET5_OK;
}

void lenet5_classifier_destroy(struct lenet5_classifier *classifier)
{
    if (!classifier)
        return;
    for (int i = 0; classifier->executors && i < classifier->threads; i++)
        executor_destroy(classifier->executors[i]);
    memory_free(classifier->executors);
    memory_free(classifier);
}

enum lenet5_status classifier_accepts(const struct lenet5_network *network, int rows, int cols,
                                      int classes, struct lenet5_error *error)
{
    const struct lenet5_architecture *architecture = &network->architecture;
    if (rows < 1 || cols < 1 || rows > architecture->input.h || cols > architecture->input.w)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "images of %dx%d do not fit the network's input of %dx%d", rows, cols,
                    architecture->input.h, architecture->input.w);
    if (classes > architecture->class_count)
        return fail(error, LENET5_ERROR_ARGUMENT, "%d classes, but the network has %d outputs",
                    classes, architecture->class_count);
    return LENET5_OK;
}

static size_t sample(const struct lenet5_classifier *self, size_t i)
{
    return self->indices ? self->indices[self->first + i] : self->first + i;
}

static const uint8_t *image(const struct lenet5_classifier *self, size_t i)
{
    return self->dataset
               ? lenet5_dataset_image(self->dataset, sample(self, i))
               : self->images + (self->first + i) * (size_t)self->rows * (size_t)self->cols;
}

static void run_micro_batch(void *context, int micro_batch, int worker)
{
    struct lenet5_classifier *self = context;
    const struct lenet5_network *network = self->network;
    const int classes = network->architecture.class_count;
    const size_t start = (size_t)micro_batch * MICRO_BATCH, left = self->count - start;
    const int n = left < MICRO_BATCH ? (int)left : MICRO_BATCH;
    struct executor *executor = self->executors[worker];
    struct lenet5_architecture input = network->architecture;
    const uint8_t *images[MICRO_BATCH];
    uint8_t labels[MICRO_BATCH];

    for (int i = 0; i < n; i++)
        images[i] = image(self, start + (size_t)i);
    if (self->centred)
        input.shift = self->shift;
    batch_load(executor_input(executor), &input, images, self->rows, self->cols, NULL, n);
    const float *logits = executor_forward(executor, network->parameters, n, NULL);
    if (self->probabilities)
        loss_softmax(self->probabilities + (self->first + start) * (size_t)classes, logits, n,
                     classes);
    if (!self->dataset)
        return;
    for (int i = 0; i < n; i++)
        labels[i] = self->dataset->labels[sample(self, start + (size_t)i)];
    loss_predictions(self->predictions + start, logits, n, classes);
    self->losses[micro_batch] = loss_sum(&self->loss, NULL, logits, labels, n, classes, 1);
}

/* The next region, up to REGION micro-batches from sample first on. Returns how many micro-batches it had. */
static int run_region(struct lenet5_classifier *self, size_t first, size_t total)
{
    const size_t most = (size_t)REGION * MICRO_BATCH;
    self->first = first;
    self->count = total - first < most ? total - first : most;
    const int micro_batches = (int)((self->count + MICRO_BATCH - 1) / MICRO_BATCH);
    const struct parallel_phase phase = {.tasks = micro_batches, .run = run_micro_batch};
    parallel_run(micro_batches < self->threads ? micro_batches : self->threads, &phase, 1, self);
    return micro_batches;
}

enum lenet5_status lenet5_classify(struct lenet5_classifier *classifier, float *probabilities,
                                   const uint8_t *images, size_t count, int rows, int cols,
                                   struct lenet5_error *error)
{
    enum lenet5_status status = classifier_accepts(classifier->network, rows, cols, 0, error);
    if (status)
        return status;
    classifier->dataset = NULL;
    classifier->indices = NULL;
    classifier->images = images;
    classifier->rows = rows;
    classifier->cols = cols;
    classifier->probabilities = probabilities;
    for (size_t first = 0; first < count; first += classifier->count)
        run_region(classifier, first, count);
    return LENET5_OK;
}

enum lenet5_status
classifier_evaluate(struct lenet5_classifier *classifier, struct lenet5_evaluation *evaluation,
                    const struct loss *loss, const struct lenet5_dataset *dataset,
                    const uint32_t *indices, size_t count, struct lenet5_error *error)
{
    const int classes = classifier->network->architecture.class_count;
    enum lenet5_status status = classifier_accepts(classifier->network, dataset->rows,
                                                   dataset->cols, dataset->classes, error);
    if (status)
        return status;
    classifier->loss = *loss;
    classifier->dataset = dataset;
    classifier->indices = indices;
    classifier->rows = dataset->rows;
    classifier->cols = dataset->cols;
    classifier->probabilities = NULL;
    memset(evaluation, 0, sizeof(*evaluation));
    evaluation->samples = count;
    evaluation->classes = classes;
    for (size_t first = 0; first < count; first += classifier->count) {
        const int micro_batches = run_region(classifier, first, count);
        for (int micro_batch = 0; micro_batch < micro_batches; micro_batch++)
            evaluation->loss += classifier->losses[micro_batch];
        for (size_t i = 0; i < classifier->count; i++) {
            const int label = lenet5_dataset_label(dataset, sample(classifier, i));
            evaluation->correct += label == classifier->predictions[i];
            evaluation->confusion[label * classes + classifier->predictions[i]]++;
        }
    }
    evaluation->accuracy = count ? (double)evaluation->correct / (double)count : 0;
    evaluation->loss = count ? evaluation->loss / (double)count : 0;
    return LENET5_OK;
}

enum lenet5_status lenet5_evaluate(struct lenet5_classifier *classifier,
                                   struct lenet5_evaluation *evaluation,
                                   const struct lenet5_dataset *dataset, struct lenet5_error *error)
{
    static const struct loss cross_entropy = {.kind = LENET5_LOSS_CROSS_ENTROPY};
    return classifier_evaluate(classifier, evaluation, &cross_entropy, dataset, NULL,
                               dataset->count, error);
}

enum lenet5_status classifier_centre(struct lenet5_classifier *classifier,
                                     const struct lenet5_dataset *dataset, const uint32_t *indices,
                                     size_t count, struct lenet5_error *error)
{
    enum lenet5_status status = classifier_accepts(classifier->network, dataset->rows,
                                                   dataset->cols, 0, error);
    if (!status)
        status = batch_centring(&classifier->shift, &classifier->network->architecture, dataset,
                                indices, count, error);
    classifier->centred = !status;
    return status;
}

enum lenet5_status lenet5_classifier_centre(struct lenet5_classifier *classifier,
                                            const struct lenet5_dataset *dataset,
                                            struct lenet5_error *error)
{
    classifier->centred = false;
    return dataset ? classifier_centre(classifier, dataset, NULL, dataset->count, error)
                   : LENET5_OK;
}
