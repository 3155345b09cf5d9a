/* Initial weights: the distributions of enum lenet5_init. */
#include <math.h>

#include "base/error.h"
#include "base/lapack.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "network_internal.h"

/* Inputs and outputs of one unit; of a convolution, counted over the kernel's window. */
static void fans(const struct layer *layer, double *fan_in, double *fan_out)
{
    const struct lenet5_layer *desc = &layer->desc;
    const double window = desc->kind == LENET5_LAYER_CONV ? (double)desc->kernel.h * desc->kernel.w
                                                          : 1;
    *fan_in = (double)layer->weight_count / desc->outputs; /* the mean, under a connection table */
    *fan_out = desc->outputs * window;
}

static void fill_uniform(float *x, size_t count, double limit, struct rng *rng)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)(limit * (2.0 * rng_uniform(rng) - 1.0));
}

static void fill_normal(float *x, size_t count, double deviation, struct rng *rng)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (float)(deviation * rng_normal(rng));
}

/*
 * Fills a (rows, cols) row-major matrix with orthonormal rows, or columns where there are fewer of
 * them: Q of the QR of a Gaussian matrix, uniform among the orthogonal matrices (Mezzadri 2007).
 */
static enum lenet5_status fill_orthogonal(float *x, int rows, int cols, struct rng *rng,
                                          struct lenet5_error *error)
{
    const int tall = rows > cols ? rows : cols, thin = rows > cols ? cols : rows;
    float *q = memory_alloc((size_t)tall * (size_t)thin, sizeof(*q)); /* (tall, thin), by columns */
    if (!q)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    fill_normal(q, (size_t)tall * (size_t)thin, 1, rng);
    const enum lenet5_status status = lapack_orthonormalise(q, tall, thin, error);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            const int t = rows > cols ? r : c, k = rows > cols ? c : r;
            x[(size_t)r * (size_t)cols + (size_t)c] = q[(size_t)k * (size_t)tall + (size_t)t];
        }
    memory_free(q);
    return status;
}

/*
 * A full (outputs, inputs * window) matrix is drawn; a connection table takes its kernels from it.
 */
static enum lenet5_status init_orthogonal(float *weights, const struct layer *layer,
                                          struct rng *rng, struct lenet5_error *error)
{
    const struct lenet5_layer *desc = &layer->desc;
    const bool conv = desc->kind == LENET5_LAYER_CONV;
    const int window = conv ? desc->kernel.h * desc->kernel.w : 1;
    const int inputs = layer->in.c;
    const size_t size = (size_t)desc->outputs * (size_t)inputs * (size_t)window;
    if (size == layer->weight_count)
        return fill_orthogonal(weights, desc->outputs, inputs * window, rng, error);
    float *full = memory_alloc(size, sizeof(*full));
    if (!full)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    enum lenet5_status status = fill_orthogonal(full, desc->outputs, inputs * window, rng, error);
    for (int pair = 0; !status && pair < desc->outputs * inputs; pair++)
        for (int k = 0; layer->kernels[pair] >= 0 && k < window; k++)
            weights[layer->kernels[pair] * window + k] = full[pair * window + k];
    memory_free(full);
    return status;
}

/* The limit depends on each output's own number of inputs, whose weights are contiguous. */
static void init_lecun1998(float *weights, const struct layer *layer, struct rng *rng)
{
    const struct lenet5_layer *desc = &layer->desc;
    const int window = desc->kind == LENET5_LAYER_CONV ? desc->kernel.h * desc->kernel.w : 1;
    for (int o = 0; o < desc->outputs; o++) {
        int inputs = layer->in.c;
        for (int c = 0; desc->connections && c < layer->in.c; c++)
            inputs -= layer->kernels[o * layer->in.c + c] < 0;
        const size_t count = (size_t)inputs * (size_t)window;
        fill_uniform(weights, count, 2.4 / (double)count, rng);
        weights += count;
    }
}

/* Subsampling: weights that give the average, or a random draw by the size of the window. */
static void init_subsample(float *weights, const struct layer *layer, enum lenet5_init kind,
                           struct rng *rng)
{
    const double window = (double)layer->desc.kernel.h * layer->desc.kernel.w;
    if (kind == LENET5_INIT_LECUN1998)
        fill_uniform(weights, layer->weight_count, 2.4 / window, rng);
    else
        for (size_t i = 0; i < layer->weight_count; i++)
            weights[i] = (float)(1 / window);
}

static enum lenet5_status init_layer(float *weights, float *biases, const struct layer *layer,
                                     enum lenet5_init kind, struct rng *rng,
                                     struct lenet5_error *error)
{
    double fan_in, fan_out;
    for (size_t i = 0; i < layer->bias_count; i++)
        biases[i] = 0;
    if (layer->weight_count == 0)
        return LENET5_OK;
    if (layer->desc.kind == LENET5_LAYER_SUBSAMPLE) {
        init_subsample(weights, layer, kind, rng);
        return LENET5_OK;
    }
    fans(layer, &fan_in, &fan_out);
    switch (kind) {
    case LENET5_INIT_GLOROT:
        fill_uniform(weights, layer->weight_count, sqrt(6 / (fan_in + fan_out)), rng);
        return LENET5_OK;
    case LENET5_INIT_HE:
        fill_normal(weights, layer->weight_count, sqrt(2 / fan_in), rng);
        return LENET5_OK;
    case LENET5_INIT_LECUN:
        fill_normal(weights, layer->weight_count, sqrt(1 / fan_in), rng);
        return LENET5_OK;
    case LENET5_INIT_PYTORCH:
        fill_uniform(weights, layer->weight_count, sqrt(1 / fan_in), rng);
        fill_uniform(biases, layer->bias_count, sqrt(1 / fan_in), rng);
        return LENET5_OK;
    case LENET5_INIT_ORTHOGONAL:
        return init_orthogonal(weights, layer, rng, error);
    case LENET5_INIT_LECUN1998:
        init_lecun1998(weights, layer, rng);
        return LENET5_OK;
    }
    return fail(error, LENET5_ERROR_ARGUMENT, "unknown initialiser %d", (int)kind);
}

struct job {
    struct lenet5_network *network;
    enum lenet5_init kind;
    uint64_t seed;
    struct lenet5_error *error;
    enum lenet5_status status;
};

static void run(void *context, int task, int worker)
{
    struct job *job = context;
    struct lenet5_network *network = job->network;
    (void)task;
    (void)worker;
    for (int i = 0; !job->status && i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        float *weights = network->parameters + network->offsets[i];
        struct rng rng = rng_stream(job->seed, RNG_INIT, (uint32_t)i, 0);
        if (layer->bias_count)
            job->status = init_layer(weights, weights + layer->weight_count, layer, job->kind, &rng,
                                     job->error);
    }
}

enum lenet5_status lenet5_network_initialise(struct lenet5_network *network, enum lenet5_init kind,
                                             uint64_t seed, struct lenet5_error *error)
{
    /* In a region of one thread, so that LAPACK's products do not depend on the number of CPUs. */
    struct job job = {.network = network, .kind = kind, .seed = seed, .error = error};
    parallel_run(1, &(struct parallel_phase){.tasks = 1, .run = run}, 1, &job);
    return job.status;
}
