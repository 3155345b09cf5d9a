/* Graphs side by side or one alone, and the update of what they share. */
#include "network.h"

#include <omp.h>

#include "graph.h"

enum { MICRO_BATCH = 32 }; /* at most; 16 is slower */

struct network {
    struct plan plan;
    struct graph *graphs; /* (plan.graphs) */
    struct parameters parameters;
    float *velocity; /* an arena */
    float *logits;   /* (batch, CLASSES) */
};

const char *const variant_names[VARIANTS] = {"whole", "micro", "parallel"};
const float network_rate = 0.01F, network_momentum = 0.9F;

struct network *network_create(bool trains, enum variant variant, int batch, int threads)
{
    struct network *net = zeros(1, sizeof(*net));
    const int graphs = variant == PARALLEL ? threads : 1, share = batch / graphs;
    int n = share;
    while (variant != WHOLE && (n > MICRO_BATCH || share % n))
        n--;
    *net = (struct network){
        .plan = {trains, batch, graphs, share / n, n},
        .graphs = zeros((size_t)graphs, sizeof(*net->graphs)),
        .parameters.weights = zeros(ARENA, sizeof(float)),
        .velocity = zeros(ARENA, sizeof(float)),
        .logits = zeros((size_t)batch * CLASSES, sizeof(float)),
    };
    omp_set_num_threads(threads);
#pragma omp parallel num_threads(graphs)
    {
        if (graphs > 1)
            omp_set_num_threads(1); /* for oneDNN, which plans for as many as it could have */
#pragma omp critical
        graph_build(&net->graphs[omp_get_thread_num()], &net->plan, &net->parameters,
                    omp_get_thread_num());
    }
    parameters_initialise(&net->parameters);
    return net;
}

/* SGD with Nesterov's momentum. The first graph is left with the sum of all gradients. */
static void update(const struct network *net, size_t from, size_t to)
{
    float *restrict w = net->parameters.weights, *restrict v = net->velocity;
    float *restrict sum = net->graphs[0].sum;
    for (int g = 1; g < net->plan.graphs; g++)
        for (size_t i = from; i < to; i++)
            sum[i] += net->graphs[g].sum[i];
    for (size_t i = from; i < to; i++) {
        v[i] = network_momentum * v[i] + sum[i];
        w[i] -= network_rate * (sum[i] + network_momentum * v[i]);
    }
}

double network_run(const struct network *net, const float *x, const uint8_t *labels)
{
    const size_t graphs = (size_t)net->plan.graphs, used = net->parameters.used;
    double loss = 0;
    if (graphs == 1) { /* even in a team of one, libgomp would start oneDNN's threads anew */
        graph_run(net->graphs, net->logits, x, labels);
        if (net->plan.trains)
            update(net, 0, used);
        return net->graphs->loss / net->plan.batch;
    }
#pragma omp parallel num_threads(net->plan.graphs) reduction(+ : loss)
    {
        const size_t t = (size_t)omp_get_thread_num();
        omp_set_num_threads(1);
        graph_run(&net->graphs[t], net->logits, x, labels);
        loss = net->graphs[t].loss;
        if (net->plan.trains) {
#pragma omp barrier
            update(net, used * t / graphs, used * (t + 1) / graphs);
        }
    }
    return loss / net->plan.batch;
}

const float *network_logits(const struct network *net)
{
    return net->logits;
}

size_t network_read(const struct network *net, float *plain, enum arena what, int p)
{
    float *arena = what == WEIGHTS      ? net->parameters.weights
                   : what == VELOCITIES ? net->velocity
                                        : net->graphs->sum;
    parameters_read(&net->parameters, p, plain, arena);
    return net->parameters.list[p].count;
}
