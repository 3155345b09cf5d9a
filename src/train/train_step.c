/*
 * One parallel region with two phases. In the first, each task takes one shard of the batch forward
 * and backward, piece by piece, into the shard's own gradient. In the second, each task takes one
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
#include "engine/executor.h"
#include "engine/loss.h"
#include "network/network_state.h"
#include "optimizer.h"

enum {
    SHARD = MICRO_BATCH, /* samples, at least: below, adding up gradients costs too much */
    MAX_SHARDS = 64,     /* above, a shard grows instead, to bound the gradients' memory */
    BLOCK = 2048,        /* parameters: the shards' blocks stay in the first-level cache */
};

/* What the squared pass needs, on one thread. */
struct curver {
    struct executor *executor;
    float *mean, *piece, *squared; /* (parameter_count) each */
};

struct train_step {
    struct lenet5_network *network;
    const struct lenet5_dataset *dataset;
    const struct lenet5_training *training;
    struct executor **executors; /* one per thread */
    struct optimizer optimizer;
    struct thread_tuner tuner;
    struct curver *curver; /* NULL until the curvature is asked for */

    struct loss loss;

    bool augments;
    uint8_t *distorted; /* (threads, MICRO_BATCH, input), where images are distorted; else NULL */
    float *distorting;  /* (threads, distorting_size), likewise */
    size_t distorting_size;

    float *gradients; /* (MAX_SHARDS or fewer, stride) */
    float *pieces;    /* (threads, stride), where a shard has more than one piece; else NULL */
    size_t stride;    /* parameter_count, rounded up to whole cache lines */
    double losses[MAX_SHARDS];
    size_t corrects[MAX_SHARDS];

    /* The step under way. */
    const uint32_t *indices;
    int count, shard_size, shards;
    uint32_t number; /* from 1; what dropout draws by */
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
    self->distorting_size = augment_workspace_size(
        input.h, input.w, lenet5_dataset_rows(self->dataset), lenet5_dataset_cols(self->dataset));
    self->distorted = memory_alloc(threads * MICRO_BATCH, shape_size(input));
    self->distorting = memory_alloc(threads * self->distorting_size, sizeof(float));
    return self->distorted && self->distorting ? LENET5_OK
                                               : fail(error, LENET5_ERROR_MEMORY, "out of memory");
}

enum lenet5_status train_step_create(struct train_step **stepper, struct lenet5_network *network,
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
    const bool pieces = shard_size(training->batch_size) > MICRO_BATCH;
    if (pieces)
        self->pieces = memory_alloc((size_t)training->threads * self->stride, sizeof(float));
    self->executors = memory_alloc((size_t)training->threads, sizeof(struct executor *));
    status = optimizer_init(&self->optimizer, training, network->parameter_count, error);
    if (!self->gradients || !self->executors || (pieces && !self->pieces))
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
    *stepper = self;
    return LENET5_OK;
}

static void curver_destroy(struct curver *curver)
{
    if (!curver)
        return;
    executor_destroy(curver->executor);
    memory_free(curver->squared);
    memory_free(curver->piece);
    memory_free(curver->mean);
    memory_free(curver);
}

void train_step_destroy(struct train_step *stepper)
{
    if (!stepper)
        return;
    curver_destroy(stepper->curver);
    for (int i = 0; stepper->executors && i < stepper->training->threads; i++)
        executor_destroy(stepper->executors[i]);
    memory_free(stepper->executors);
    optimizer_finish(&stepper->optimizer);
    memory_free(stepper->distorting);
    memory_free(stepper->distorted);
    memory_free(stepper->pieces);
    memory_free(stepper->gradients);
    memory_free(stepper);
}

long train_step_steps(const struct train_step *stepper)
{
    return stepper->optimizer.step;
}

struct optimizer *train_step_optimizer(struct train_step *stepper)
{
    return &stepper->optimizer;
}

/* By place in the batch, as dropout draws, so that neither threads nor pieces make a difference. */
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

/* Distorted copies in place of n images, as large as the network's input. */
static void distort(struct train_step *self, const uint8_t **images, int first, int n, int worker)
{
    const struct lenet5_shape input = self->network->architecture.input;
    uint8_t *copy = self->distorted + (size_t)(worker * MICRO_BATCH) * shape_size(input);
    float *workspace = self->distorting + (size_t)worker * self->distorting_size;
    for (int i = 0; i < n; i++, copy += shape_size(input)) {
        struct rng rng = rng_stream(self->training->seed, RNG_AUGMENT, self->number,
                                    (uint32_t)(first + i));
        augment_image(copy, input.h, input.w, images[i], lenet5_dataset_rows(self->dataset),
                      lenet5_dataset_cols(self->dataset), &self->training->augmentation, &rng,
                      workspace);
        images[i] = copy;
    }
}

/* The input from n samples of the batch, and their labels. */
static void load_piece(struct train_step *self, float *x, uint8_t *labels, int first, int n,
                       int worker)
{
    const struct lenet5_architecture *architecture = &self->network->architecture;
    const bool shifts = self->training->random_shift > 0;
    int rows = lenet5_dataset_rows(self->dataset), cols = lenet5_dataset_cols(self->dataset);
    struct batch_shift drawn[MICRO_BATCH];
    const uint8_t *images[MICRO_BATCH];
    for (int i = 0; i < n; i++) {
        images[i] = lenet5_dataset_image(self->dataset, self->indices[first + i]);
        labels[i] = (uint8_t)lenet5_dataset_label(self->dataset, self->indices[first + i]);
    }
    if (shifts)
        draw_shifts(drawn, self, first, n);
    if (self->augments) {
        distort(self, images, first, n, worker);
        rows = architecture->input.h;
        cols = architecture->input.w;
    }
    batch_load(x, architecture, images, rows, cols, shifts ? drawn : NULL, n);
}

/* n samples of the batch from first on, forward and backward; their summed loss. */
static double run_piece(struct train_step *self, float *gradient, int first, int n, int worker,
                        size_t *correct)
{
    struct executor *executor = self->executors[worker];
    const struct lenet5_architecture *architecture = &self->network->architecture;
    const float *parameters = self->network->parameters;
    const int classes = architecture->class_count;
    const struct layer_draw draw = {
        .seed = self->training->seed, .step = self->number, .first = (uint32_t)first};
    uint8_t labels[MICRO_BATCH], predictions[MICRO_BATCH];

    load_piece(self, executor_input(executor), labels, first, n, worker);
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
        float *piece = i == first ? gradient : self->pieces + (size_t)worker * self->stride;
        loss += run_piece(self, piece, i, smaller(last - i, MICRO_BATCH), worker, &correct);
        if (piece != gradient)
            vector_add(gradient, piece, self->network->parameter_count);
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

enum lenet5_status train_step_run(struct train_step *stepper, struct step_figures *figures,
                                  const uint32_t *indices, int count, double rate,
                                  struct lenet5_error *error)
{
    take(stepper, indices, count);
    const struct parallel_phase phases[] = {
        {.tasks = stepper->shards, .run = run_shard},
        {.tasks = block_count(stepper), .even = true, .run = update_block}};
    const double start = now();
    optimizer_begin(&stepper->optimizer, rate);
    parallel_run(smaller(stepper->shards, stepper->tuner.team), phases, 2, stepper);
    *figures = figures_of(stepper);
    figures->seconds = now() - start;
    thread_tuner_record(&stepper->tuner, count, figures->seconds);
    if (!isfinite(figures->loss))
        return fail(
            error, LENET5_ERROR_DIVERGED,
            "the loss is not finite at step %ld with learning rate %g; a smaller one may help",
            stepper->optimizer.step, rate);
    return LENET5_OK;
}

void train_step_gradient(struct train_step *stepper, struct step_figures *figures, float *gradient,
                         const uint32_t *indices, int count)
{
    take(stepper, indices, count);
    const struct parallel_phase phase = {.tasks = stepper->shards, .run = run_shard};
    parallel_run(smaller(stepper->shards, stepper->training->threads), &phase, 1, stepper);
    *figures = figures_of(stepper);
    for (int block = 0; block < block_count(stepper); block++)
        add_block(stepper, gradient + (size_t)block * BLOCK, block);
}

static enum lenet5_status curver_create(struct curver **curver, const struct train_step *stepper,
                                        struct lenet5_error *error)
{
    const size_t count = stepper->network->parameter_count;
    struct curver *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    self->mean = memory_alloc(count, sizeof(*self->mean));
    self->piece = memory_alloc(count, sizeof(*self->piece));
    self->squared = memory_alloc(count, sizeof(*self->squared));
    enum lenet5_status status = LENET5_OK;
    if (!self->mean || !self->piece || !self->squared)
        status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
    if (!status)
        status = executor_create(&self->executor, stepper->network, stepper->training->backend,
                                 MICRO_BATCH, EXECUTOR_CURVATURE, error);
    if (status)
        curver_destroy(self);
    else
        *curver = self;
    return status;
}

/* n samples from first on: what the squared pass gives for them is added to the mean's sum. */
static void curve_piece(struct train_step *self, int first, int n)
{
    struct curver *curver = self->curver;
    struct executor *executor = curver->executor;
    const int classes = self->network->architecture.class_count;
    const struct layer_draw draw = {
        .seed = self->training->seed, .step = self->number, .first = (uint32_t)first};
    uint8_t labels[MICRO_BATCH];
    float dlogits[LENET5_MAX_CLASSES * MICRO_BATCH];
    load_piece(self, executor_input(executor), labels, first, n, 0);
    const float *logits = executor_forward(executor, self->network->parameters, n, &draw);
    loss_sum(&self->loss, dlogits, logits, labels, n, classes, 1);
    loss_curvature(&self->loss, executor_output_gradient(executor), logits, labels, n, classes);
    executor_curvature(executor, curver->piece, self->network->parameters, curver->squared, dlogits,
                       n);
    vector_add(curver->mean, curver->piece, self->network->parameter_count);
}

static void curve(void *context, int task, int worker)
{
    struct train_step *self = context;
    const size_t parameters = self->network->parameter_count;
    (void)task;
    (void)worker;
    vector_fill(self->curver->mean, 0, parameters);
    for (size_t i = 0; i < parameters; i++)
        self->curver->squared[i] = self->network->parameters[i] * self->network->parameters[i];
    for (int i = 0; i < self->count; i += MICRO_BATCH)
        curve_piece(self, i, smaller(self->count - i, MICRO_BATCH));
    for (size_t i = 0; i < parameters; i++)
        self->curver->mean[i] /= (float)self->count;
}

/* On one thread: it is 1 % of an epoch, and so the sums' order is always the same. */
static enum lenet5_status find_curvature(struct train_step *self, const uint32_t *indices,
                                         int count, struct lenet5_error *error)
{
    enum lenet5_status status = self->curver ? LENET5_OK
                                             : curver_create(&self->curver, self, error);
    if (status)
        return status;
    take(self, indices, count);
    parallel_run(1, &(struct parallel_phase){.tasks = 1, .run = curve}, 1, self);
    return LENET5_OK;
}

enum lenet5_status train_step_curvature(struct train_step *stepper, float *curvature,
                                        const uint32_t *indices, int count,
                                        struct lenet5_error *error)
{
    enum lenet5_status status = find_curvature(stepper, indices, count, error);
    if (!status)
        memcpy(curvature, stepper->curver->mean,
               stepper->network->parameter_count * sizeof(*curvature));
    return status;
}

enum lenet5_status train_step_update_curvature(struct train_step *stepper, const uint32_t *indices,
                                               int count, struct lenet5_error *error)
{
    enum lenet5_status status = find_curvature(stepper, indices, count, error);
    if (!status)
        optimizer_curve(&stepper->optimizer, stepper->curver->mean);
    return status;
}
