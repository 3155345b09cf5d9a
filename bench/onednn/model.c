/* Runs one graph, or one per thread, and updates the parameters that they share. */
#include "model.h"

#include <omp.h>

#include "graph.h"

enum { MICRO_BATCH = 32 }; /* at most; 16 is slower */

struct model {
    struct plan plan;
    struct graph *graphs; /* (plan.graphs) */
    struct parameters parameters;
    float *velocity; /* an arena */
    float *logits;   /* (batch, CLASSES) */
};

const char *const variant_names[VARIANTS] = {"whole", "micro", "parallel"};
const float model_rate = 0.01F, model_momentum = 0.9F;

struct model *model_create(bool trains, enum variant variant, int batch, int threads)
{
    struct model *model = zeros(1, sizeof(*model));
    const int graphs = variant == PARALLEL ? threads : 1, share = batch / graphs;
    int n = share;
    while (variant != WHOLE && (n > MICRO_BATCH || share % n))
        n--;
    *model = (struct model){
        .plan = {trains, batch, graphs, share / n, n},
        .graphs = zeros((size_t)graphs, sizeof(*model->graphs)),
        .parameters.weights = zeros(ARENA, sizeof(float)),
        .velocity = zeros(ARENA, sizeof(float)),
        .logits = zeros((size_t)batch * CLASSES, sizeof(float)),
    };
    omp_set_num_threads(threads);
#pragma omp parallel num_threads(graphs)
    {
        if (graphs > 1)
            omp_set_num_threads(1); /* oneDNN plans its primitives for this number */
#pragma omp critical
        graph_build(&model->graphs[omp_get_thread_num()], &model->plan, &model->parameters,
                    omp_get_thread_num());
    }
    parameters_initialise(&model->parameters);
    return model;
}

/* SGD with Nesterov momentum. Adds all graphs' gradients to those of the first graph. */
static void update(const struct model *model, size_t from, size_t to)
{
    float *restrict w = model->parameters.weights, *restrict v = model->velocity;
    float *restrict sum = model->graphs[0].sum;
    for (int g = 1; g < model->plan.graphs; g++)
        for (size_t i = from; i < to; i++)
            sum[i] += model->graphs[g].sum[i];
    for (size_t i = from; i < to; i++) {
        v[i] = model_momentum * v[i] + sum[i];
        w[i] -= model_rate * (sum[i] + model_momentum * v[i]);
    }
}

double model_run(const struct model *model, const float *x, const uint8_t *labels)
{
    const size_t graphs = (size_t)model->plan.graphs, used = model->parameters.used;
    double loss = 0;
    if (graphs == 1) { /* in a parallel region libgomp would restart oneDNN's threads each time */
        graph_run(model->graphs, model->logits, x, labels);
        if (model->plan.trains)
            update(model, 0, used);
        return model->graphs->loss / model->plan.batch;
    }
#pragma omp parallel num_threads(model->plan.graphs) reduction(+ : loss)
    {
        const size_t t = (size_t)omp_get_thread_num();
        omp_set_num_threads(1);
        graph_run(&model->graphs[t], model->logits, x, labels);
        loss = model->graphs[t].loss;
        if (model->plan.trains) {
#pragma omp barrier
            update(model, used * t / graphs, used * (t + 1) / graphs);
        }
    }
    return loss / model->plan.batch;
}

const float *model_logits(const struct model *model)
{
    return model->logits;
}

size_t model_read(const struct model *model, float *plain, enum arena what, int p)
{
    float *arena = what == WEIGHTS      ? model->parameters.weights
                   : what == VELOCITIES ? model->velocity
                                        : model->graphs->sum;
    parameters_read(&model->parameters, p, plain, arena);
    return model->parameters.list[p].count;
}
