#include "executor.h"

#include "base/error.h"
#include "base/memory.h"
#include "curvature.h"
#include "network/network_state.h"

/* One or more rows of the table, run by one operation. */
struct step {
    const struct layer *layer, *last; /* the first row and the last */
    const struct layer_ops *ops;
    int row;       /* the first row's number */
    size_t offset; /* of its parameters */
    float *x, *y;
    void *saved;
    bool in_place;
};

struct executor {
    struct step *steps;
    int count;
    float *gradients[2]; /* dy and dx take turns */
    float *workspace;
    float *squares; /* of a step's x, for the squared pass */
    char *arena;    /* every buffer above, one allocation */
};

/* Hands out aligned pieces of the arena; with no arena yet it only adds up what will be needed. */
struct carver {
    char *base;
    size_t used;
};

static void *carve(struct carver *carver, size_t bytes)
{
    void *piece = carver->base ? carver->base + carver->used : NULL;
    carver->used += (bytes + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
    return piece;
}

/*
 * An activation overwrites its input, unless it is the network's or the layer before reads it again.
 */
static bool runs_in_place(const struct step *steps, int i)
{
    return i > 0 && steps[i].ops->in_place && !steps[i - 1].ops->keeps_y;
}

static void lay_out(struct executor *executor, struct carver *carver, int max_n,
                    enum executor_use use)
{
    const size_t n = (size_t)max_n;
    size_t largest = shape_size(executor->steps[0].layer->in), workspace = 0;
    float *x = carve(carver, largest * n * sizeof(float));
    for (int i = 0; i < executor->count; i++) {
        struct step *step = &executor->steps[i];
        const size_t size = shape_size(step->last->out);
        step->in_place = runs_in_place(executor->steps, i);
        step->x = x;
        step->y = step->in_place ? x : carve(carver, size * n * sizeof(float));
        if (step->ops->saved_size)
            step->saved = carve(carver, step->ops->saved_size(step->layer, max_n));
        if (step->ops->workspace_size && step->ops->workspace_size(step->layer, max_n) > workspace)
            workspace = step->ops->workspace_size(step->layer, max_n);
        if (size > largest)
            largest = size;
        x = step->y;
    }
    executor->workspace = carve(carver, workspace * sizeof(float));
    for (int i = 0; i < 2 && use != EXECUTOR_INFERENCE; i++)
        executor->gradients[i] = carve(carver, largest * n * sizeof(float));
    if (use == EXECUTOR_CURVATURE)
        executor->squares = carve(carver, largest * n * sizeof(float));
}

/* The step that starts at this row of the table; the number of rows it takes: one in the squared pass. */
static int make_step(struct step *step, const struct lenet5_network *network,
                     enum lenet5_backend backend, enum executor_use use, int row)
{
    const struct layer *layer = &network->layers[row];
    step->ops = use == EXECUTOR_CURVATURE
                    ? layer_ops(backend, layer)
                    : layer_ops_fused(backend, layer, network->architecture.layer_count - row);
    const int fused = step->ops->fused > 1 ? step->ops->fused : 1;
    step->layer = layer;
    step->last = layer + fused - 1;
    step->row = row;
    step->offset = network->offsets[row];
    return fused;
}

enum lenet5_status executor_create(struct executor **executor, const struct lenet5_network *network,
                                   enum lenet5_backend backend, int max_n, enum executor_use use,
                                   struct lenet5_error *error)
{
    struct executor *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    const int rows = network->architecture.layer_count;
    self->steps = memory_alloc((size_t)rows, sizeof(*self->steps));
    if (!self->steps)
        goto no_memory;
    for (int row = 0; row < rows; self->count++)
        row += make_step(&self->steps[self->count], network, backend, use, row);
    struct carver carver = {0};
    lay_out(self, &carver, max_n, use);
    self->arena = memory_alloc(carver.used, 1);
    if (!self->arena)
        goto no_memory;
    carver = (struct carver){.base = self->arena};
    lay_out(self, &carver, max_n, use);
    *executor = self;
    return LENET5_OK;

no_memory:
    executor_destroy(self);
    return fail(error, LENET5_ERROR_MEMORY, "out of memory");
}

void executor_destroy(struct executor *executor)
{
    if (!executor)
        return;
    memory_free(executor->arena);
    memory_free(executor->steps);
    memory_free(executor);
}

float *executor_input(struct executor *executor)
{
    return executor->steps[0].x;
}

static struct layer_call call_of(const struct executor *executor, const struct step *step,
                                 const float *params, int n)
{
    return (struct layer_call){
        .ops = step->ops,
        .n = n,
        .params = params + step->offset,
        .x = step->x,
        .y = step->y,
        .saved = step->saved,
        .workspace = executor->workspace,
    };
}

const float *executor_forward(struct executor *executor, const float *params, int n,
                              const struct layer_draw *draw)
{
    for (int i = 0; i < executor->count; i++) {
        const struct step *step = &executor->steps[i];
        struct layer_call call = call_of(executor, step, params, n);
        if (draw) {
            call.training = true;
            call.draw = *draw;
            call.draw.seed += (uint64_t)step->row *
                              0x9e3779b97f4a7c15; /* every layer draws for itself */
        }
        step->ops->forward(step->layer, &call);
    }
    return executor->steps[executor->count - 1].y;
}

float *executor_output_gradient(struct executor *executor)
{
    return executor->gradients[0];
}

/* What was a layer's input gradient is the output gradient of the one before. */
static void swap(float **dy, float **dx)
{
    float *spent = *dy;
    *dy = *dx;
    *dx = spent;
}

void executor_backward(struct executor *executor, float *dparams, const float *params, int n)
{
    float *dy = executor->gradients[0], *dx = executor->gradients[1];
    for (int i = executor->count - 1; i >= 0; i--) {
        const struct step *step = &executor->steps[i];
        struct layer_call call = call_of(executor, step, params, n);
        call.training = true;
        call.dparams = dparams + step->offset;
        call.dy = dy;
        call.dx = i == 0 ? NULL : step->in_place ? dy : dx;
        step->ops->backward(step->layer, &call);
        if (!step->in_place)
            swap(&dy, &dx);
    }
}

void executor_curvature(struct executor *executor, float *dparams, const float *params,
                        const float *squared, const float *dlogits, int n)
{
    float *dy = executor->gradients[0], *dx = executor->gradients[1];
    for (int i = executor->count - 1; i >= 0; i--) {
        const struct step *step = &executor->steps[i];
        struct layer_call call = call_of(executor, step, params, n);
        call.training = true;
        call.dparams = dparams + step->offset;
        call.dy = dy;
        call.dx = step->in_place ? dy : dx;
        curvature_backward(step->layer, step->ops, &call,
                           &(struct curvature_call){
                               .squared = squared + step->offset,
                               .squares = executor->squares,
                               .dlogits = i == executor->count - 1 ? dlogits : NULL,
                           });
        if (!step->in_place)
            swap(&dy, &dx);
    }
}
