/* Lays out all buffers of a network in one block and runs its layers in order. */
#include "executor.h"

#include "base/error.h"
#include "base/memory.h"
#include "curvature.h"
#include "network/network_internal.h"

/* One layer, or several fused ones, run by one call. */
struct op {
    const struct layer *layer, *last; /* the first of them and the last */
    const struct layer_ops *functions;
    int index;     /* of the first layer */
    size_t offset; /* of its parameters */
    float *x, *y;
    void *saved;
    bool in_place;
};

struct executor {
    struct op *ops;
    int count;
    float *input;
    float *gradients[2]; /* dy and dx, swapped after each op */
    float *workspace;
    float *squares; /* of an op's x, for the curvature pass */
    char *arena;    /* every buffer above, one allocation */
};

/* Hands out aligned blocks of the arena; without an arena it only adds up their sizes. */
struct carver {
    char *base;
    size_t used;
};

static void *carve(struct carver *carver, size_t bytes)
{
    void *block = carver->base ? carver->base + carver->used : NULL;
    carver->used += (bytes + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
    return block;
}

/*
 * An activation overwrites its input, unless that is the network's input or the layer before it needs
 * its y in backward.
 */
static bool runs_in_place(const struct op *ops, int i)
{
    return i > 0 && ops[i].functions->in_place && !ops[i - 1].functions->keeps_y;
}

static void lay_out(struct executor *executor, struct carver *carver, struct lenet5_shape input,
                    int max_n, enum executor_use use)
{
    const size_t n = (size_t)max_n;
    size_t largest = shape_size(input), workspace = 0;
    float *x = executor->input = carve(carver, largest * n * sizeof(float));
    for (int i = 0; i < executor->count; i++) {
        struct op *op = &executor->ops[i];
        const size_t size = shape_size(op->last->out);
        op->in_place = runs_in_place(executor->ops, i);
        op->x = x;
        op->y = op->in_place ? x : carve(carver, size * n * sizeof(float));
        if (op->functions->saved_size)
            op->saved = carve(carver, op->functions->saved_size(op->layer, max_n));
        if (op->functions->workspace_size &&
            op->functions->workspace_size(op->layer, max_n) > workspace)
            workspace = op->functions->workspace_size(op->layer, max_n);
        if (size > largest)
            largest = size;
        x = op->y;
    }
    executor->workspace = carve(carver, workspace * sizeof(float));
    for (int i = 0; i < 2 && use != EXECUTOR_INFERENCE; i++)
        executor->gradients[i] = carve(carver, largest * n * sizeof(float));
    if (use == EXECUTOR_CURVATURE)
        executor->squares = carve(carver, largest * n * sizeof(float));
}

/* Makes the op that starts at layer index. Returns how many layers it runs: one in the curvature pass. */
static int make_op(struct op *op, const struct lenet5_network *network, enum lenet5_backend backend,
                   enum executor_use use, int index)
{
    const struct layer *layer = &network->layers[index];
    op->functions = use == EXECUTOR_CURVATURE
                        ? layer_ops(backend, layer)
                        : layer_ops_fused(backend, layer,
                                          network->architecture.layer_count - index);
    const int fused = op->functions->fused > 1 ? op->functions->fused : 1;
    op->layer = layer;
    op->last = layer + fused - 1;
    op->index = index;
    op->offset = network->offsets[index];
    return fused;
}

enum lenet5_status executor_create(struct executor **executor, const struct lenet5_network *network,
                                   enum lenet5_backend backend, int max_n, enum executor_use use,
                                   struct lenet5_error *error)
{
    struct executor *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    const int layers = network->architecture.layer_count;
    self->ops = memory_alloc((size_t)layers, sizeof(*self->ops));
    if (!self->ops)
        goto no_memory;
    for (int index = 0; index < layers; self->count++)
        index += make_op(&self->ops[self->count], network, backend, use, index);
    struct carver carver = {0};
    lay_out(self, &carver, network->architecture.input, max_n, use);
    self->arena = memory_alloc(carver.used, 1);
    if (!self->arena)
        goto no_memory;
    carver = (struct carver){.base = self->arena};
    lay_out(self, &carver, network->architecture.input, max_n, use);
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
    memory_free(executor->ops);
    memory_free(executor);
}

float *executor_input(struct executor *executor)
{
    return executor->input;
}

static struct layer_call call_of(const struct executor *executor, const struct op *op,
                                 const float *params, int n)
{
    return (struct layer_call){
        .ops = op->functions,
        .n = n,
        .params = params + op->offset,
        .x = op->x,
        .y = op->y,
        .saved = op->saved,
        .workspace = executor->workspace,
    };
}

const float *executor_forward(struct executor *executor, const float *params, int n,
                              const struct layer_draw *draw)
{
    for (int i = 0; i < executor->count; i++) {
        const struct op *op = &executor->ops[i];
        struct layer_call call = call_of(executor, op, params, n);
        if (draw) {
            call.training = true;
            call.draw = *draw;
            call.draw.seed += (uint64_t)op->index *
                              0x9e3779b97f4a7c15; /* every layer draws for itself */
        }
        op->functions->forward(op->layer, &call);
    }
    return executor->count ? executor->ops[executor->count - 1].y : executor->input;
}

float *executor_output_gradient(struct executor *executor)
{
    return executor->gradients[0];
}

/* squared = NULL: backward, else the curvature pass. */
static void run_backward(struct executor *executor, float *dparams, const float *params,
                         const float *squared, const float *dlogits, int n)
{
    float *dy = executor->gradients[0], *dx = executor->gradients[1];
    for (int i = executor->count - 1; i >= 0; i--) {
        const struct op *op = &executor->ops[i];
        struct layer_call call = call_of(executor, op, params, n);
        call.training = true;
        call.dparams = dparams + op->offset;
        call.dy = dy;
        call.dx = i == 0 && !squared ? NULL : op->in_place ? dy : dx;
        if (squared)
            curvature_backward(op->layer, op->functions, &call,
                               &(struct curvature_call){
                                   .squared = squared + op->offset,
                                   .squares = executor->squares,
                                   .dlogits = i == executor->count - 1 ? dlogits : NULL,
                               });
        else
            op->functions->backward(op->layer, &call);
        if (!op->in_place) { /* a layer's dx is the dy of the layer before it */
            float *spent = dy;
            dy = dx;
            dx = spent;
        }
    }
}

void executor_backward(struct executor *executor, float *dparams, const float *params, int n)
{
    run_backward(executor, dparams, params, NULL, NULL, n);
}

void executor_curvature(struct executor *executor, float *dparams, const float *params,
                        const float *squared, const float *dlogits, int n)
{
    run_backward(executor, dparams, params, squared, dlogits, n);
}
