/* Runs one graph, or one per thread, and updates the parameters that they share. */
#include "model.h"

#include <math.h>
#include <omp.h>

enum { MICRO_BATCH = 32 }; /* at most; 16 is slower */

const char *const variant_names[VARIANTS] = {"whole", "micro", "parallel"};
const float model_rate = 0.01F, model_momentum = 0.9F;

/* Uniform in [0, 1), from a linear congruential generator. */
static float uniform(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (float)(*state >> 8) / (1 << 24);
}

void samples_draw(float *x, uint8_t *labels, int n, float contrast)
{
    uint32_t state = 2;
    for (int i = 0; i < n; i++, x += PIXELS) {
        labels[i] = (uint8_t)(i % CLASSES);
        for (int j = 0; j < PIXELS; j++)
            x[j] = uniform(&state) + (j / (3 * SIDE) == labels[i] ? contrast : 0);
    }
}

size_t model_copy(const struct model *model, enum arena what, int p, float *plain, bool read)
{
    struct program program = {0};
    const dnnl_memory_t outside = memory_create(&model->parameters[p].plain, plain);
    const dnnl_memory_t inside = parameter_memory(model, p, model->arenas[what]);
    program_reorder(&program, read ? outside : inside, read ? inside : outside);
    program_run(&program);
    return model->parameters[p].count;
}

/* Weights uniform within 1 / sqrt(inputs of a unit), as PyTorch starts. */
static void initialise(const struct model *model)
{
    static float plain[MAX_PARAMETER];
    uint32_t state = 1;
    for (int p = 0; p < PARAMETERS; p++) {
        const struct layer *layer = &layers[p / 2];
        const float bound = 1 / sqrtf((float)(layer->in * layer->kernel * layer->kernel));
        for (size_t k = 0; k < model->parameters[p].count; k++)
            plain[k] = (2 * uniform(&state) - 1) * bound;
        if (layer->kind != POOLING)
            model_copy(model, WEIGHTS, p, plain, false);
    }
}

struct model *model_create(bool trains, enum variant variant, int batch, int threads)
{
    struct model *model = zeros(1, sizeof(*model));
    const int graphs = variant == PARALLEL ? threads : 1, share = batch / graphs;
    int n = share;
    while (variant != WHOLE && (n > MICRO_BATCH || share % n))
        n--;
    *model = (struct model){
        .trains = trains,
        .batch = batch,
        .graph_count = graphs,
        .micro_batches = share / n,
        .micro_batch = n,
        .graphs = zeros((size_t)graphs, sizeof(*model->graphs)),
        .arenas = {zeros(ARENA, sizeof(float)), zeros(ARENA, sizeof(float))},
        .logits = zeros((size_t)batch * CLASSES, sizeof(float)),
    };
    omp_set_num_threads(threads);
#pragma omp parallel num_threads(graphs)
    {
        if (graphs > 1)
            omp_set_num_threads(1); /* oneDNN plans its primitives for this number */
#pragma omp critical
        graph_build(&model->graphs[omp_get_thread_num()], model, omp_get_thread_num());
    }
    model->arenas[GRADIENTS] = model->graphs[0].sum;
    initialise(model);
    return model;
}

/* SGD with Nesterov momentum. Adds all graphs' gradients to those of the first graph. */
static void update(const struct model *model, size_t from, size_t to)
{
    float *restrict w = model->arenas[WEIGHTS], *restrict v = model->arenas[VELOCITIES];
    float *restrict sum = model->arenas[GRADIENTS];
    for (int g = 1; g < model->graph_count; g++)
        for (size_t i = from; i < to; i++)
            sum[i] += model->graphs[g].sum[i];
    for (size_t i = from; i < to; i++) {
        v[i] = model_momentum * v[i] + sum[i];
        w[i] -= model_rate * (sum[i] + model_momentum * v[i]);
    }
}

double model_run(const struct model *model, const float *x, const uint8_t *labels)
{
    const size_t graphs = (size_t)model->graph_count, used = model->used;
    double loss = 0;
    if (graphs == 1) { /* in a parallel region libgomp would restart oneDNN's threads each time */
        graph_run(model->graphs, x, labels);
        if (model->trains)
            update(model, 0, used);
        return model->graphs->loss / model->batch;
    }
#pragma omp parallel num_threads(model->graph_count) reduction(+ : loss)
    {
        const size_t t = (size_t)omp_get_thread_num();
        omp_set_num_threads(1);
        graph_run(&model->graphs[t], x, labels);
        loss = model->graphs[t].loss;
        if (model->trains) {
#pragma omp barrier
            update(model, used * t / graphs, used * (t + 1) / graphs);
        }
    }
    return loss / model->batch;
}
