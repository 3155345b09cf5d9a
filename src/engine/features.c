/* The outputs of inner layers, by the blas backend, and their principal components. */
#include <lenet5/features.h>
#include <math.h>

#include "base/error.h"
#include "base/lapack.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "classifier_internal.h"
#include "data/batch.h"
#include "executor.h"
#include "network/network_internal.h"

struct job {
    const struct lenet5_network *network; /* with the layers up to the wanted one */
    struct executor *executor;
    const uint8_t *images;
    int rows, cols;
    size_t count;
    float *features;
};

static void run(void *context, int task, int worker)
{
    struct job *job = context;
    const struct lenet5_architecture *architecture = &job->network->architecture;
    const size_t area = (size_t)job->rows * (size_t)job->cols;
    const int layers = architecture->layer_count;
    const size_t size = shape_size(layers ? job->network->layers[layers - 1].out
                                          : architecture->input);
    (void)task;
    (void)worker;
    for (size_t first = 0; first < job->count; first += MICRO_BATCH) {
        const int n = job->count - first < MICRO_BATCH ? (int)(job->count - first) : MICRO_BATCH;
        const uint8_t *images[MICRO_BATCH];
        for (int i = 0; i < n; i++)
            images[i] = job->images + (first + (size_t)i) * area;
        batch_load(executor_input(job->executor), architecture, images, job->rows, job->cols, NULL,
                   n);
        vector_transpose(job->features + first * size,
                         executor_forward(job->executor, job->network->parameters, n, NULL),
                         (size_t)n, (int)size, n);
    }
}

enum lenet5_status lenet5_features(const struct lenet5_network *network, float *features, int layer,
                                   const uint8_t *images, size_t count, int rows, int cols,
                                   struct lenet5_error *error)
{
    if (layer < -1 || layer >= network->architecture.layer_count)
        return fail(error, LENET5_ERROR_ARGUMENT, "layer %d, expected -1 to %d", layer,
                    network->architecture.layer_count - 1);
    enum lenet5_status status = classifier_accepts(network, rows, cols, 0, error);
    if (status)
        return status;
    struct lenet5_network front = *network; /* the layers up to the wanted one */
    front.architecture.layer_count = layer + 1;
    struct job job = {.network = &front,
                      .images = images,
                      .rows = rows,
                      .cols = cols,
                      .count = count,
                      .features = features};
    status = executor_create(&job.executor, &front, LENET5_BACKEND_BLAS, MICRO_BATCH,
                             EXECUTOR_INFERENCE, error);
    if (status)
        return status;
    parallel_run(1, &(struct parallel_phase){.tasks = 1, .run = run}, 1, &job);
    executor_destroy(job.executor);
    return LENET5_OK;
}

/* Principal components */

struct principal {
    float *projected, *shares;
    int components, size;
    const float *features;
    size_t count;
    double *means;                        /* (size) */
    float *covariance, *values, *vectors; /* (size, size), (components), (components, size) */
    double variance;                      /* the total */
    enum lenet5_status status;
    struct lenet5_error *error;
};

/* The upper triangle, in double precision: in floats a large mean would hide a small variance. */
static void fill_covariance(struct principal *self)
{
    const size_t size = (size_t)self->size;
    for (size_t s = 0; s < self->count; s++)
        for (size_t i = 0; i < size; i++)
            self->means[i] += (double)self->features[s * size + i] / (double)self->count;
    for (size_t i = 0; i < size; i++)
        for (size_t j = i; j < size; j++) {
            double sum = 0;
            for (size_t s = 0; s < self->count; s++)
                sum += ((double)self->features[s * size + i] - self->means[i]) *
                       ((double)self->features[s * size + j] - self->means[j]);
            self->covariance[j * size + i] = (float)(sum / (double)self->count);
            if (i == j)
                self->variance += sum / (double)self->count;
        }
}

/* The sign of the entry with the largest absolute value. */
static double sign_of(const float *vector, int size)
{
    int largest = 0;
    for (int i = 1; i < size; i++)
        if (fabsf(vector[i]) > fabsf(vector[largest]))
            largest = i;
    return vector[largest] < 0 ? -1 : 1;
}

static void project(const struct principal *self, int component)
{
    const size_t size = (size_t)self->size;
    const float *vector = self->vectors + (size_t)component * size;
    const double sign = sign_of(vector, self->size);
    const double share = (double)self->values[component] / self->variance;
    self->shares[component] = self->variance > 0 && share > 0 ? (float)share : 0;
    for (size_t s = 0; s < self->count; s++) {
        double sum = 0;
        for (size_t i = 0; i < size; i++)
            sum += ((double)self->features[s * size + i] - self->means[i]) * (double)vector[i];
        self->projected[s * (size_t)self->components + (size_t)component] = (float)(sign * sum);
    }
}

static void run_principal(void *context, int task, int worker)
{
    struct principal *self = context;
    (void)task;
    (void)worker;
    fill_covariance(self);
    self->status = lapack_eigenvectors(self->values, self->vectors, self->components,
                                       self->covariance, self->size, self->error);
    for (int k = 0; !self->status && k < self->components; k++)
        project(self, k);
}

enum lenet5_status lenet5_principal_components(float *projected, float *shares, int components,
                                               const float *features, size_t count, int size,
                                               struct lenet5_error *error)
{
    if (count == 0 || size < 1 || components < 1 || components > size)
        return fail(
            error, LENET5_ERROR_ARGUMENT,
            "%d components of %zu samples of %d features, expected 1 to as many as features",
            components, count, size);
    const size_t width = (size_t)size, kept = (size_t)components;
    struct principal self = {.projected = projected,
                             .shares = shares,
                             .components = components,
                             .size = size,
                             .features = features,
                             .count = count,
                             .error = error,
                             .means = memory_alloc(width, sizeof(double)),
                             .covariance = memory_alloc(width, width * sizeof(float)),
                             .values = memory_alloc(kept, sizeof(float)),
                             .vectors = memory_alloc(kept, width * sizeof(float))};
    if (!self.means || !self.covariance || !self.values || !self.vectors)
        self.status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
    else
        parallel_run(1, &(struct parallel_phase){.tasks = 1, .run = run_principal}, 1, &self);
    memory_free(self.means);
    memory_free(self.covariance);
    memory_free(self.values);
    memory_free(self.vectors);
    return self.status;
}
