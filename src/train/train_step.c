/*
 * One parallel region with two phases. In the first, each task takes one shard of the batch forward
 * and backward, one micro-batch after the other, into the shard's own gradient. In the second, each task takes one
 * block of the parameters, adds the shards' gradients in shard order and updates the block. Shards
 * and blocks do not depend on the number of threads, and so neither does any bit of the result.
 */
#include "train_step.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/thread_tuner.h"
#include "base/vector.h"
#include "data/augment.h"
#include "data/batch.h"
#include "data/dataset_internal.h"
#include "engine/executor.h"
#include "engine/loss.h"
#include "network/network_internal.h"
#include "optimizer.h"

enum {
    SHARD = MICRO_BATCH, /* samples, at least: below, adding up gradients costs too much */
    MAX_SHARDS = 64,     /* above, a shard grows instead, to bound the gradients' memory */
    BLOCK = 2048,        /* parameters: the shards' blocks stay in the first-level cache */
};

/* Buffers of the curvature pass (engine/curvature.h), which runs on one thread. */
struct curvature_pass {
    struct executor *executor;    /* NULL until the first pass */
    float *mean, *part, *squared; /* (parameter_count) each; one allocation */
};

struct train_step {
    struct lenet5_network *network;
    const struct lenet5_dataset *dataset;
    const struct lenet5_training *training;
    struct executor **executors; /* one per thread */
    struct optimizer optimizer;
    struct thread_tuner tuner;
    struct curvature_pass curvature;

    struct loss loss;

    bool augments;
    uint8_t *augmented; /* (threads, MICRO_BATCH, input), with augmentation; else NULL */
    float *workspace;   /* (threads, workspace_size), with augmentation; else NULL */
    size_t workspace_size;

    float *gradients; /* (MAX_SHARDS or fewer, stride) */
    float *
        micro_gradients; /* (threads, stride), where a shard has more than one micro-batch; else NULL */
    size_t stride;       /* parameter_count, rounded up to whole cache lines */
    double losses[MAX_SHARDS];
    size_t corrects[MAX_SHARDS];

    /* The current step. */
    const uint32_t *indices;
    int count, shard_size, shards;
    uint32_t number; /* from 1; for the random numbers of dropout */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int shard_size(int batch)
{
    const int least = (batch + MAX_SHARDS - 1) / MAX_SHARDS;
    const int whole = (least + MICRO_BATCH - 1) / MICRO_BATCH * MICRO_BATCH;
    return whole > SHARD ? whole : SHARD;
}

/* Of any batch up to this size: a smaller one may have more shards, because they are smaller. */
static size_t most_shards(int batch)
{
    const int least = (batch + SHARD - 1) / SHARD;
    return least < MAX_SHARDS ? (size_t)least : MAX_SHARDS;
}

static enum lenet5_status prepare_augmentation(struct train_step *self, struct lenet5_error *error)
{
    const struct lenet5_shape input = self->network->architecture.input;
    const size_t threads = (size_t)self->training->threads;
    self->augments = augment_is_on(&self->training->augmentation);
    if (!self->augments)
        return LENET5_OK;
    self->workspace_size = augment_workspace_size(input.h, input.w, self->dataset->rows,
                                                  self->dataset->cols);
    self->augmented = memory_alloc(threads * MICRO_BATCH, shape_size(input));
    self->workspace = memory_alloc(threads * self->workspace_size, sizeof(float));
    return self->augmented && self->workspace ? LENET5_OK
                                              : fail(error, LENET5_ERROR_MEMORY, "out of memory");
}

enum lenet5_status train_step_create(struct train_step **step, struct lenet5_network *network,
                                     const struct lenet5_dataset *dataset,
                                     const struct lenet5_training *training,
                                     struct lenet5_error *error)
{
    const size_t shards = most_shards(training->batch_size);
    enum lenet5_status status;
    struct train_step *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    self->network = network;
    self->dataset = dataset;
    self->training = training;
    self->loss = (struct loss){training->loss, (float)training->label_smoothing, training->map_j};
    self->tuner = thread_tuner_start(smaller(training->threads, (int)shards));
    self->stride = (network->parameter_count + 15) / 16 * 16;
    self->gradients = memory_alloc(shards * self->stride, sizeof(*self->gradients));
    const bool micro_batches = shard_size(training->batch_size) > MICRO_BATCH;
    if (micro_batches)
        self->micro_gradients = memory_alloc((size_t)training->threads * self->stride,
                                             sizeof(float));
    self->executors = memory_alloc((size_t)training->threads, sizeof(struct executor *));
    status = optimizer_init(&self->optimizer, training, network->parameter_count, error);
    if (!self->gradients || !self->executors || (micro_batches && !self->micro_gradients))
        status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
    if (!status)
        status = prepare_augmentation(self, error);
    for (int i = 0; !status && i < training->threads; i++)
        status = executor_create(&self->executors[i], network, training->backend, MICRO_BATCH,
                                 EXECUTOR_TRAINING, error);
    if (status) {
        train_step_destroy(self);
        return status;
    }
    *step = self;
    return LENET5_OK;
}

void train_step_destroy(struct train_step *step)
{
    if (!step)
        return;
    executor_destroy(step->curvature.executor);
    memory_free(step->curvature.mean);
    for (int i = 0; step->executors && i < step->training->threads; i++)
        executor_destroy(step->executors[i]);
    memory_free(step->executors);
    optimizer_finish(&step->optimizer);
    memory_free(step->workspace);
    memory_free(step->augmented);
    memory_free(step->micro_gradients);
    memory_free(step->gradients);
    memory_free(step);
}

struct optimizer *train_step_optimizer(struct train_step *step)
{
    return &step->optimizer;
}

/* By place in the batch, as dropout draws, so that neither threads nor micro-batches change the result. */
static void draw_shifts(struct batch_shift *shifts, const struct train_step *self, int first, int n)
{
    const int most = self->training->random_shift;
    for (int i = 0; i < n; i++) {
        struct rng rng = rng_stream(self->training->seed, RNG_SHIFT, self->number,
                                    (uint32_t)(first + i));
        shifts[i].down = (int)rng_below(&rng, 2 * (uint32_t)most + 1) - most;
        shifts[i].right = (int)rng_below(&rng, 2 * (uint32_t)most + 1) - most;
    }
}

/* Replaces n images by augmented copies of the size of the network's input. */
static void augment(struct train_step *self, const uint8_t **images, int first, int n, int worker)
{
    const struct lenet5_shape input = self->network->architecture.input;
    uint8_t *copy = self->augmented + (size_t)(worker * MICRO_BATCH) * shape_size(input);
    float *workspace = self->workspace + (size_t)worker * self->workspace_size;
    for (int i = 0; i < n; i++, copy += shape_size(input)) {
        struct rng rng = rng_stream(self->training->seed, RNG_AUGMENT, self->number,
                                    (uint32_t)(first + i));
        augment_image(copy, input.h, input.w, images[i], self->dataset->rows, self->dataset->cols,
                      &self->training->augmentation, &rng, workspace);
        images[i] = copy;
    }
}

/* The input from n samples of the batch, and their labels. */
static void load_micro_batch(struct train_step *self, float *x, uint8_t *labels, int first, int n,
                             int worker)
{
    const struct lenet5_architecture *architecture = &self->network->architecture;
    const bool shifts = self->training->random_shift > 0;
    int rows = self->dataset->rows, cols = self->dataset->cols;
    struct batch_shift drawn[MICRO_BATCH];
    const uint8_t *images[MICRO_BATCH];
    for (int i = 0; i < n; i++) {
        images[i] = lenet5_dataset_image(self->dataset, self->indices[first + i]);
        labels[i] = self->dataset->labels[self->indices[first + i]];
    }
    if (shifts)
        draw_shifts(drawn, self, first, n);
    if (self->augments) {
        augment(self, images, first, n, worker);
        rows = architecture->input.h;
        cols = architecture->input.w;
    }
    batch_load(x, architecture, images, rows, cols, shifts ? drawn : NULL, n);
}

/* n samples of the batch from first on, forward and backward; their summed loss. */
static double run_micro_batch(struct train_step *self, float *gradient, int first, int n,
                              int worker, size_t *correct)
{
    struct executor *executor = self->executors[worker];
    const struct lenet5_architecture *architecture = &self->network->architecture;
    const float *parameters = self->network->parameters;
    const int classes = architecture->class_count;
    const struct layer_draw draw = {
        .seed = self->training->seed, .step = self->number, .first = (uint32_t)first};
    uint8_t labels[MICRO_BATCH], predictions[MICRO_BATCH];

    load_micro_batch(self, executor_input(executor), labels, first, n, worker);
    const float *logits = executor_forward(executor, parameters, n, &draw);
    const double loss = loss_sum(&self->loss, executor_output_gradient(executor), logits, labels, n,
                                 classes, 1 / (float)self->count);
    loss_predictions(predictions, logits, n, classes);
    for (int i = 0; i < n; i++)
        *correct += predictions[i] == labels[i];
    executor_backward(executor, gradient, parameters, n);
    return loss;
}

static void run_shard(void *context, int shard, int worker)
{
    struct train_step *self = context;
    float *gradient = self->gradients + (size_t)shard * self->stride;
    const int first = shard * self->shard_size;
    const int last = first + self->shard_size < self->count ? first + self->shard_size
                                                            : self->count;
    double loss = 0;
    size_t correct = 0;
    for (int i = first; i < last; i += MICRO_BATCH) {
        float *part = i == first ? gradient : self->micro_gradients + (size_t)worker * self->stride;
        loss += run_micro_batch(self, part, i, smaller(last - i, MICRO_BATCH), worker, &correct);
        if (part != gradient)
            vector_add(gradient, part, self->network->parameter_count);
    }
    self->losses[shard] = loss;
    self->corrects[shard] = correct;
}

/* Of the batch whose shards are done, added in shard order. */
static struct step_figures figures_of(const struct train_step *self)
{
    struct step_figures figures = {0};
    for (int shard = 0; shard < self->shards; shard++) {
        figures.loss += self->losses[shard];
        figures.correct += self->corrects[shard];
    }
    figures.loss /= self->count;
    return figures;
}

static size_t block_size(const struct train_step *self, int block)
{
    const size_t left = self->network->parameter_count - (size_t)block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* sum = one block of all shards' gradients, in shard order */
static void add_block(const struct train_step *self, float *sum, int block)
{
    const float *gradient = self->gradients + (size_t)block * BLOCK;
    const size_t count = block_size(self, block);
    memcpy(sum, gradient, count * sizeof(*sum));
    for (int shard = 1; shard < self->shards; shard++)
        vector_add(sum, gradient + (size_t)shard * self->stride, count);
}

static void update_block(void *context, int block, int worker)
{
    struct train_step *self = context;
    const size_t first = (size_t)block * BLOCK;
    const float *gradient = self->gradients + first; /* of a single shard it is the sum already */
    float sum[BLOCK];
    (void)worker;
    if (self->shards > 1) {
        add_block(self, sum, block);
        gradient = sum;
    }
    if (isfinite(figures_of(self).loss))
        optimizer_update(&self->optimizer, self->network->parameters, gradient, first,
                         block_size(self, block));
}

static int block_count(const struct train_step *self)
{
    return (int)((self->network->parameter_count + BLOCK - 1) / BLOCK);
}

static void take(struct train_step *self, const uint32_t *indices, int count)
{
    assert(count > 0);
    self->indices = indices;
    self->count = count;
    self->shard_size = shard_size(count);
    self->shards = (count + self->shard_size - 1) / self->shard_size;
    self->number = (uint32_t)self->optimizer.step + 1;
}

enum lenet5_status train_step_run(struct train_step *step, struct step_figures *figures,
                                  const uint32_t *indices, int count, double rate,
                                  struct lenet5_error *error)
{
    take(step, indices, count);
    const struct parallel_phase phases[] = {
        {.tasks = step->shards, .run = run_shard},
        {.tasks = block_count(step), .even = true, .run = update_block}};
    const double start = now();
    optimizer_begin(&step->optimizer, rate);
    parallel_run(smaller(step->shards, step->tuner.team), phases, 2, step);
    *figures = figures_of(step);
    figures->seconds = now() - start;
    thread_tuner_record(&step->tuner, count, figures->seconds);
    if (!isfinite(figures->loss))
        return fail(
            error, LENET5_ERROR_DIVERGED,
            "the loss is not finite at step %ld with learning rate %g; a smaller one may help",
            step->optimizer.step, rate);
    return LENET5_OK;
}

void train_step_gradient(struct train_step *step, struct step_figures *figures, float *gradient,
                         const uint32_t *indices, int count)
{
    take(step, indices, count);
    const struct parallel_phase phase = {.tasks = step->shards, .run = run_shard};
    parallel_run(smaller(step->shards, step->training->threads), &phase, 1, step);
    *figures = figures_of(step);
    for (int block = 0; block < block_count(step); block++)
        add_block(step, gradient + (size_t)block * BLOCK, block);
}

/* At the first pass. What it has when memory runs out is freed with the step. */
static enum lenet5_status prepare_curvature(struct train_step *self, struct lenet5_error *error)
{
    struct curvature_pass *curvature = &self->curvature;
    if (curvature->executor)
        return LENET5_OK;
    if (!curvature->mean)
        curvature->mean = memory_alloc(3 * self->stride, sizeof(float));
    if (!curvature->mean)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    curvature->part = curvature->mean + self->stride;
    curvature->squared = curvature->part + self->stride;
    return executor_create(&curvature->executor, self->network, self->training->backend,
                           MICRO_BATCH, EXECUTOR_CURVATURE, error);
}

/* Adds the curvature of n samples from first on to the sum. */
static void add_curvature(struct train_step *self, int first, int n)
{
    struct curvature_pass *curvature = &self->curvature;
    struct executor *executor = curvature->executor;
    const int classes = self->network->architecture.class_count;
    const struct layer_draw draw = {
        .seed = self->training->seed, .step = self->number, .first = (uint32_t)first};
    uint8_t labels[MICRO_BATCH];
    float dlogits[LENET5_MAX_CLASSES * MICRO_BATCH];
    load_micro_batch(self, executor_input(executor), labels, first, n, 0);
    const float *logits = executor_forward(executor, self->network->parameters, n, &draw);
    loss_sum(&self->loss, dlogits, logits, labels, n, classes, 1);
    loss_curvature(&self->loss, executor_output_gradient(executor), logits, labels, n, classes);
    executor_curvature(executor, curvature->part, self->network->parameters, curvature->squared,
                       dlogits, n);
    vector_add(curvature->mean, curvature->part, self->network->parameter_count);
}

static void compute_curvature(void *context, int task, int worker)
{
    struct train_step *self = context;
    const size_t parameters = self->network->parameter_count;
    (void)task;
    (void)worker;
    vector_fill(self->curvature.mean, 0, parameters);
    for (size_t i = 0; i < parameters; i++)
        self->curvature.squared[i] = self->network->parameters[i] * self->network->parameters[i];
    for (int i = 0; i < self->count; i += MICRO_BATCH)
        add_curvature(self, i, smaller(self->count - i, MICRO_BATCH));
    for (size_t i = 0; i < parameters; i++)
        self->curvature.mean[i] /= (float)self->count;
}

/* On one thread, so that the order of the sums is always the same; it takes 1 % of an epoch. */
enum lenet5_status train_step_curvature(struct train_step *step, const float **curvature,
                                        const uint32_t *indices, int count,
                                        struct lenet5_error *error)
{
    enum lenet5_status status = prepare_curvature(step, error);
    if (status)
        return status;
    take(step, indices, count);
    parallel_run(1, &(struct parallel_phase){.tasks = 1, .run = compute_curvature}, 1, step);
    *curvature = step->curvature.mean;
    return LENET5_OK;
}
