#include "layer_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

static float *values(size_t count, uint32_t which)
{
    struct rng rng = rng_stream(7, RNG_INIT, which, 0);
    float *x = memory_alloc(count + 1, sizeof(*x));
    for (size_t i = 0; i <= count; i++) /* one more, which nobody should use */
        x[i] = 2 * rng_uniform(&rng) - 1;
    return x;
}

static const float fence = 0.75f;

/* Floats of all ones are NaN. One behind the end is to stay as it is. */
static void *poisoned(size_t bytes)
{
    unsigned char *block = memory_alloc(bytes + sizeof(fence), 1);
    memset(block, 0xff, bytes);
    memcpy(block + bytes, &fence, sizeof(fence));
    return block;
}

static void free_poisoned(void *block, size_t bytes)
{
    if (memcmp((unsigned char *)block + bytes, &fence, sizeof(fence)) != 0) {
        fprintf(stderr, "a layer wrote behind the end of %zu bytes\n", bytes);
        abort();
    }
    memory_free(block);
}

struct layer_run layer_run_create(const struct layer_case *test, enum lenet5_backend backend)
{
    struct layer_run run = {0};
    struct lenet5_error error;
    if (layer_init(&run.layer, &test->desc, test->in, 0, &error)) {
        fprintf(stderr, "%s: %s\n", test->name, error.message);
        abort();
    }
    const struct layer *layer = &run.layer;
    run.ops = layer_ops(backend, layer);
    run.x_size = shape_size(layer->in) * (size_t)test->n;
    run.y_size = shape_size(layer->out) * (size_t)test->n;
    run.parameter_count = layer->weight_count + layer->bias_count;
    run.x = values(run.x_size, 1);
    run.dy = values(run.y_size, 2);
    run.params = values(run.parameter_count, 3);
    run.y = poisoned(run.y_size * sizeof(float));
    run.dx = poisoned(run.x_size * sizeof(float));
    run.dparams = poisoned(run.parameter_count * sizeof(float));
    run.saved = poisoned(run.ops->saved_size ? run.ops->saved_size(layer, test->n) : 0);
    run.workspace = poisoned(
        (run.ops->workspace_size ? run.ops->workspace_size(layer, test->n) : 0) * sizeof(float));
    run.call = (struct layer_call){
        .ops = run.ops,
        .n = test->n,
        .params = run.params,
        .x = run.x,
        .y = run.y,
        .dy = run.dy,
        .dx = run.dx,
        .dparams = run.dparams,
        .saved = run.saved,
        .workspace = run.workspace,
        .training = true,
        .draw = {.seed = 5, .step = 3, .first = 16},
    };
    return run;
}

void layer_run_destroy(struct layer_run *run)
{
    memory_free(run->x);
    free_poisoned(run->y, run->y_size * sizeof(float));
    memory_free(run->dy);
    free_poisoned(run->dx, run->x_size * sizeof(float));
    memory_free(run->params);
    free_poisoned(run->dparams, run->parameter_count * sizeof(float));
    memory_free(run->saved);
    memory_free(run->workspace);
    layer_finish(&run->layer);
}

void layer_run_forward(struct layer_run *run)
{
    run->ops->forward(&run->layer, &run->call);
}

void layer_run_backward(struct layer_run *run)
{
    run->ops->backward(&run->layer, &run->call);
}

double largest_difference(const float *a, const float *b, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)a[i] - (double)b[i]) / (1 + fabs((double)b[i]));
        if (!(difference <= largest))
            largest = isnan(difference) ? INFINITY : difference;
    }
    return largest;
}
