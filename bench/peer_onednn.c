/*
 * oneDNN on the standard job, put together by hand from its primitives, as one contender of
 * run_bench.sh's races: for every line "go" on standard input it works for an interval and answers.
 *
 *     bench-onednn train|infer whole|micro|parallel BATCH THREADS SECONDS    samples per second
 *     bench-onednn latency whole 1 THREADS SECONDS                           p50 p99 p99.9, in us
 *     bench-onednn --check | --version
 *
 * whole is one graph of the batch, micro runs the batch through a smaller graph part by part, and
 * parallel has one such graph per thread. Gradients add up to the whole batch's in each.
 */
#include <ctype.h>
#include <dnnl.h>
#include <dnnl_debug.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"

#define ANY dnnl_format_tag_any

enum kind { CONVOLUTION, POOLING, LINEAR };
enum tanh { NO_TANH, FUSED, APART }; /* in the layer's own kernel, or after it */
enum variant { WHOLE, MICRO, PARALLEL, VARIANTS };

enum {
    LAYERS = 7,
    PARAMETERS = 2 * LAYERS, /* each layer's weights, then its bias; a pooling layer's are empty */
    SIDE = 32,
    PIXELS = SIDE * SIDE,
    CLASSES = 10,
    SAMPLES = 16384,  /* 64 MiB of input: more than the caches hold */
    MICRO_BATCH = 32, /* at most; 16 is slower */
    LINE = 64,        /* bytes of a cache line */
    ARENA = 1 << 17,  /* floats, enough for 61,706 parameters in oneDNN's padded layouts */
    MAX_PARAMETER = 120 * 400,
    MAX_MAP = 6 * 28 * 28,
    MAX_ARGUMENTS = 4,
    MAX_OPERATIONS = 32,
    MAX_TIMES = 1 << 20,
};

static const float rate = 0.01F, momentum = 0.9F;
static const char *const variant_names[VARIANTS] = {"whole", "micro", "parallel"};
static dnnl_engine_t engine;
static dnnl_primitive_attr_t then_tanh;

/*
 * Formats are left to oneDNN but for three that are faster where there is AVX-512. It would pad
 * conv1's 6 channels to 16, and tanh, pooling and their gradients work on the padding too; in blocks
 * of 8 a training step takes 9 % less time, though tanh then needs a pass of its own. conv2's weight
 * gradient with channels last saves 7 %. conv2's x must stay free: in the blocks that pool1 writes,
 * its forward pass would fall to the reference kernel.
 */
static const struct layer {
    enum kind kind;
    int in, in_side, out, out_side, kernel;
    enum tanh tanh;
    dnnl_format_tag_t y, for_dw, for_dx; /* of y forward; of x and dy for dw; of dx and dy for dx */
} layers[LAYERS] = {
    {CONVOLUTION, 1, SIDE, 6, 28, 5, APART, dnnl_nChw8c, ANY, ANY},
    {POOLING, 6, 28, 6, 14, 2, NO_TANH, ANY, ANY, ANY},
    {CONVOLUTION, 6, 14, 16, 10, 5, FUSED, ANY, dnnl_nhwc, dnnl_nChw8c},
    {POOLING, 16, 10, 16, 5, 2, NO_TANH, ANY, ANY, ANY},
    {LINEAR, 16, 5, 120, 1, 5, FUSED, ANY, ANY, ANY},
    {LINEAR, 120, 1, 84, 1, 1, FUSED, ANY, ANY, ANY},
    {LINEAR, 84, 1, CLASSES, 1, 1, NO_TANH, ANY, ANY, ANY},
};

/* Primitives in order, each with what it works on. */
struct program {
    int count;
    struct operation {
        dnnl_primitive_t primitive;
        int count;
        dnnl_exec_arg_t arguments[MAX_ARGUMENTS];
    } operations[MAX_OPERATIONS];
};

/* The network for one micro-batch. Only the thread that made it can run it. */
struct graph {
    struct program refresh, forward, backward; /* refresh reorders weights after an update */
    struct node {                              /* of a layer, for its backward pass */
        const_dnnl_primitive_desc_t forward;
        dnnl_memory_t x, w, y; /* w is NULL in a pooling layer */
    } nodes[LAYERS];
    dnnl_memory_t x, logits;
    float *dlogits;
    dnnl_stream_t stream;
    float *gradient, *sum; /* arenas: of this micro-batch, and with those before it */
    double loss;           /* sum over the samples of this step */
};

/* It lasts as long as the program, like everything oneDNN makes for it. */
struct network {
    bool trains;
    int batch, micro_batch, micro_batches, graph_count;
    struct graph *graphs;
    struct parameter { /* as the forward pass wants it, at the same place of every arena */
        dnnl_memory_desc_t layout, plain;
        size_t at, count; /* count without padding */
    } parameters[PARAMETERS];
    size_t used;               /* floats of an arena */
    float *weights, *velocity; /* arenas */
    float *logits;             /* (batch, CLASSES) */
};

/* Ends the program unless the call went well. */
#define MUST(call) must(call, #call)
static void must(dnnl_status_t status, const char *call)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "bench-onednn: %s: %.60s\n", dnnl_status2str(status), call);
    exit(1);
}

static void *zeros(size_t count, size_t size)
{
    const size_t bytes = (count * size + LINE - 1) / LINE * LINE;
    void *memory = aligned_alloc(LINE, bytes);
    if (!memory)
        must(dnnl_out_of_memory, "aligned_alloc");
    return memset(memory, 0, bytes);
}

/* Memory, and programs that work on it. */

/* (n, c, side, side); (n, c) if the side is 1, and (n) if c is 0. */
static dnnl_memory_desc_t layout_make(int n, int c, int side, dnnl_format_tag_t tag)
{
    const dnnl_dims_t sizes = {n, c, side, side};
    const int axes = c == 0 ? 1 : side == 1 ? 2 : 4;
    dnnl_memory_desc_t layout;
    MUST(dnnl_memory_desc_init_by_tag(&layout, axes, sizes, dnnl_f32, tag));
    return layout;
}

static const dnnl_memory_desc_t *layout_of(dnnl_memory_t memory)
{
    const dnnl_memory_desc_t *layout;
    MUST(dnnl_memory_get_memory_desc(memory, &layout));
    return layout;
}

static const dnnl_memory_desc_t *wanted(const_dnnl_primitive_desc_t description, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(description, what, 0);
}

/* data may be DNNL_MEMORY_ALLOCATE. */
static dnnl_memory_t memory_create(const dnnl_memory_desc_t *layout, void *data)
{
    dnnl_memory_t memory;
    MUST(dnnl_memory_create(&memory, layout, engine, data));
    return memory;
}

static dnnl_memory_t memory_in(float *arena, const struct parameter *parameter)
{
    return memory_create(&parameter->layout, arena + parameter->at);
}

/* Takes over the description and gives one that stays. Pairs of DNNL_ARG_ and memory follow, and 0. */
static const_dnnl_primitive_desc_t program_add(struct program *program,
                                               dnnl_primitive_desc_t description, ...)
{
    struct operation *operation = &program->operations[program->count++];
    const_dnnl_primitive_desc_t lasting;
    va_list list;
    va_start(list, description);
    for (int name; (name = va_arg(list, int)) != 0; operation->count++)
        operation->arguments[operation->count] = (dnnl_exec_arg_t){name,
                                                                   va_arg(list, dnnl_memory_t)};
    va_end(list);
    MUST(dnnl_primitive_create(&operation->primitive, description));
    MUST(dnnl_primitive_desc_destroy(description));
    MUST(dnnl_primitive_get_primitive_desc(operation->primitive, &lasting));
    return lasting;
}

static void program_reorder(struct program *program, dnnl_memory_t to, dnnl_memory_t from)
{
    dnnl_primitive_desc_t description;
    MUST(dnnl_reorder_primitive_desc_create(&description, layout_of(from), engine, layout_of(to),
                                            engine, NULL));
    program_add(program, description, DNNL_ARG_FROM, from, DNNL_ARG_TO, to, 0);
}

/* The memory, or a copy in the layout if that is another. */
static dnnl_memory_t program_convert(struct program *program, dnnl_memory_t memory,
                                     const dnnl_memory_desc_t *layout)
{
    if (dnnl_memory_desc_equal(layout_of(memory), layout))
        return memory;
    const dnnl_memory_t copy = memory_create(layout, DNNL_MEMORY_ALLOCATE);
    program_reorder(program, copy, memory);
    return copy;
}

/*
 * tanh's gradient spills a register of 64 bytes to the stack for every vector, and takes twice as
 * long (4 % of a training step) if the spill straddles two cache lines. The aligned array and the
 * shift put it on a line; otherwise chance decides.
 */
static __attribute__((noinline)) void program_run(const struct program *program,
                                                  dnnl_stream_t stream)
{
    _Alignas(LINE) dnnl_exec_arg_t arguments[MAX_ARGUMENTS];
    volatile char *shift = __builtin_alloca(1);
    *shift = 0;
    for (int i = 0; i < program->count; i++) {
        const struct operation *operation = &program->operations[i];
        memcpy(arguments, operation->arguments, sizeof(arguments));
        MUST(dnnl_primitive_execute(operation->primitive, stream, operation->count, arguments));
    }
    MUST(dnnl_stream_wait(stream));
}

/* Layers: a forward pass fills its node, and a backward pass takes dy and gives dx. */

/* A backward pass needs the description of the forward one. */
static dnnl_primitive_desc_t describe(const_dnnl_op_desc_t operation,
                                      dnnl_primitive_attr_t attributes,
                                      const_dnnl_primitive_desc_t forward)
{
    dnnl_primitive_desc_t description;
    MUST(dnnl_primitive_desc_create(&description, operation, attributes, engine, forward));
    return description;
}

/* Older instruction sets lack kernels for the table's formats. */
static dnnl_format_tag_t with_avx512(dnnl_format_tag_t tag)
{
    const dnnl_cpu_isa_t avx512 = dnnl_cpu_isa_avx512_core;
    return (dnnl_get_effective_cpu_isa() & avx512) == avx512 ? tag : ANY;
}

/* Any pass of a layer over n samples. Pooling keeps the layout of its x. */
static dnnl_primitive_desc_t layer_describe(const struct layer *layer, int n,
                                            const struct node *node, dnnl_prop_kind_t pass)
{
    static const dnnl_dims_t none = {0, 0}, ones = {1, 1}, twos = {2, 2};
    const dnnl_alg_kind_t direct = dnnl_convolution_direct;
    const dnnl_alg_kind_t average = dnnl_pooling_avg_exclude_padding;
    const enum kind kind = layer->kind;
    const bool dw = pass == dnnl_backward_weights, dx = pass == dnnl_backward_data;
    const bool forward = !dw && !dx;
    const dnnl_format_tag_t x_tag = with_avx512(dw ? layer->for_dw : dx ? layer->for_dx : ANY);
    const dnnl_format_tag_t y_tag = forward ? with_avx512(layer->y) : x_tag;
    const dnnl_memory_desc_t x = kind == POOLING ? *layout_of(node->x)
                                                 : layout_make(n, layer->in, layer->in_side, x_tag);
    const dnnl_memory_desc_t y = layout_make(n, layer->out, layer->out_side, y_tag);
    const dnnl_memory_desc_t w = layout_make(layer->out, layer->in, layer->kernel, ANY);
    const dnnl_memory_desc_t b = layout_make(layer->out, 0, 0, dnnl_a);
    union {
        dnnl_convolution_desc_t conv;
        dnnl_pooling_desc_t pool;
        dnnl_inner_product_desc_t linear;
    } as;
    if (kind == CONVOLUTION && forward)
        MUST(dnnl_convolution_forward_desc_init(&as.conv, pass, direct, &x, &w, &b, &y, ones, none,
                                                none));
    else if (kind == CONVOLUTION && dw)
        MUST(dnnl_convolution_backward_weights_desc_init(&as.conv, direct, &x, &w, &b, &y, ones,
                                                         none, none));
    else if (kind == CONVOLUTION)
        MUST(dnnl_convolution_backward_data_desc_init(&as.conv, direct, &x, &w, &y, ones, none,
                                                      none));
    else if (kind == POOLING && forward)
        MUST(dnnl_pooling_forward_desc_init(&as.pool, pass, average, &x, &y, twos, twos, none,
                                            none));
    else if (kind == POOLING)
        MUST(dnnl_pooling_backward_desc_init(&as.pool, average, &x, &y, twos, twos, none, none));
    else if (forward)
        MUST(dnnl_inner_product_forward_desc_init(&as.linear, pass, &x, &w, &b, &y));
    else if (dw)
        MUST(dnnl_inner_product_backward_weights_desc_init(&as.linear, &x, &w, &b, &y));
    else
        MUST(dnnl_inner_product_backward_data_desc_init(&as.linear, &x, &w, &y));
    return describe(&as, forward && layer->tanh == FUSED ? then_tanh : NULL, node->forward);
}

/* In place, of y or, if there is one, of its gradient, for which y is enough. */
static void tanh_add(struct program *program, dnnl_memory_t y, dnnl_memory_t dy)
{
    const dnnl_alg_kind_t kind = dnnl_eltwise_tanh_use_dst_for_bwd;
    dnnl_eltwise_desc_t tanh;
    MUST(dnnl_eltwise_forward_desc_init(&tanh, dnnl_forward_training, kind, layout_of(y), 0, 0));
    const dnnl_primitive_desc_t forward = describe(&tanh, NULL, NULL);
    if (!dy) {
        program_add(program, forward, DNNL_ARG_SRC, y, DNNL_ARG_DST, y, 0);
        return;
    }
    MUST(dnnl_eltwise_backward_desc_init(&tanh, kind, layout_of(dy), layout_of(y), 0, 0));
    program_add(program, describe(&tanh, NULL, forward), DNNL_ARG_DST, y, DNNL_ARG_DIFF_DST, dy,
                DNNL_ARG_DIFF_SRC, dy, 0);
    MUST(dnnl_primitive_desc_destroy(forward));
}

/* The first graph decides where a parameter lies; the others are like it. */
static dnnl_memory_t place(struct network *net, struct parameter *parameter,
                           const dnnl_memory_desc_t *layout, const dnnl_memory_desc_t *plain)
{
    if (parameter->count == 0) {
        const size_t count = dnnl_memory_desc_get_size(plain) / sizeof(float);
        *parameter = (struct parameter){*layout, *plain, net->used, count};
        net->used += (dnnl_memory_desc_get_size(layout) + LINE - 1) / LINE * LINE / sizeof(float);
        if (net->used > ARENA)
            must(dnnl_out_of_memory, "place");
    }
    return memory_in(net->weights, parameter);
}

static void layer_forward(struct network *net, struct graph *graph, int i)
{
    const struct layer *layer = &layers[i];
    struct program *program = &graph->forward;
    struct node *node = &graph->nodes[i];
    const dnnl_primitive_desc_t pass = layer_describe(layer, net->micro_batch, node,
                                                      net->trains ? dnnl_forward_training
                                                                  : dnnl_forward_inference);
    dnnl_memory_t bias = NULL;
    if (layer->kind != POOLING) {
        const dnnl_memory_desc_t b = layout_make(layer->out, 0, 0, dnnl_a);
        const dnnl_memory_desc_t w = layout_make(layer->out, layer->in, layer->kernel,
                                                 layer->kernel == 1 ? dnnl_ab : dnnl_abcd);
        node->w = place(net, &net->parameters[2 * i], wanted(pass, dnnl_query_weights_md), &w);
        bias = place(net, &net->parameters[2 * i + 1], &b, &b);
    }
    node->x = program_convert(program, node->x, wanted(pass, dnnl_query_src_md));
    node->y = memory_create(wanted(pass, dnnl_query_dst_md), DNNL_MEMORY_ALLOCATE);
    node->forward = program_add(program, pass, DNNL_ARG_SRC, node->x, DNNL_ARG_DST, node->y,
                                bias ? DNNL_ARG_WEIGHTS : 0, node->w, DNNL_ARG_BIAS, bias, 0);
    if (layer->tanh == APART)
        tanh_add(program, node->y, NULL);
}

/* To the arena, by way of another layout where the kernel has one. */
static void add_weight_gradient(const struct network *net, struct graph *graph, int i,
                                dnnl_memory_t dy)
{
    const struct node *node = &graph->nodes[i];
    struct program *program = &graph->backward;
    const dnnl_primitive_desc_t pass = layer_describe(&layers[i], net->micro_batch, node,
                                                      dnnl_backward_weights);
    const dnnl_memory_t x = program_convert(program, node->x, wanted(pass, dnnl_query_src_md));
    const dnnl_memory_t db = memory_in(graph->gradient, &net->parameters[2 * i + 1]);
    const dnnl_memory_t dw = memory_in(graph->gradient, &net->parameters[2 * i]);
    const dnnl_memory_desc_t *layout = wanted(pass, dnnl_query_diff_weights_md);
    const bool same = dnnl_memory_desc_equal(layout, layout_of(dw));
    const dnnl_memory_t kernel_dw = same ? dw : memory_create(layout, DNNL_MEMORY_ALLOCATE);
    dy = program_convert(program, dy, wanted(pass, dnnl_query_diff_dst_md));
    program_add(program, pass, DNNL_ARG_SRC, x, DNNL_ARG_DIFF_DST, dy, DNNL_ARG_DIFF_WEIGHTS,
                kernel_dw, DNNL_ARG_DIFF_BIAS, db, 0);
    if (!same)
        program_reorder(program, dw, kernel_dw);
}

/* There is no dx of the first layer. */
static dnnl_memory_t layer_backward(const struct network *net, struct graph *graph, int i,
                                    dnnl_memory_t dy)
{
    const struct node *node = &graph->nodes[i];
    struct program *program = &graph->backward;
    if (layers[i].tanh != NO_TANH) {
        dy = program_convert(program, dy, layout_of(node->y));
        tanh_add(program, node->y, dy);
    }
    if (node->w)
        add_weight_gradient(net, graph, i, dy);
    if (i == 0)
        return NULL;
    const dnnl_primitive_desc_t pass = layer_describe(&layers[i], net->micro_batch, node,
                                                      dnnl_backward_data);
    const dnnl_memory_desc_t *w_layout = wanted(pass, dnnl_query_weights_md);
    const dnnl_memory_t w = node->w ? program_convert(&graph->refresh, node->w, w_layout) : NULL;
    const dnnl_memory_t dx = memory_create(wanted(pass, dnnl_query_diff_src_md),
                                           DNNL_MEMORY_ALLOCATE);
    dy = program_convert(program, dy, wanted(pass, dnnl_query_diff_dst_md));
    program_add(program, pass, DNNL_ARG_DIFF_DST, dy, DNNL_ARG_DIFF_SRC, dx,
                w ? DNNL_ARG_WEIGHTS : 0, w, 0);
    return dx;
}

/* The network. */

static void graph_build(struct network *net, struct graph *graph)
{
    const int n = net->micro_batch;
    const dnnl_memory_desc_t images = layout_make(n, 1, SIDE, dnnl_nchw);
    const dnnl_memory_desc_t logits = layout_make(n, CLASSES, 1, dnnl_nc);
    MUST(dnnl_stream_create(&graph->stream, engine, dnnl_stream_default_flags));
    graph->gradient = zeros(ARENA, sizeof(float));
    graph->sum = net->micro_batches > 1 ? zeros(ARENA, sizeof(float)) : graph->gradient;
    graph->dlogits = zeros((size_t)n * CLASSES, sizeof(float));

    dnnl_memory_t flow = graph->x = memory_create(&images, DNNL_MEMORY_NONE);
    for (int i = 0; i < LAYERS; i++) {
        graph->nodes[i].x = flow;
        layer_forward(net, graph, i);
        flow = graph->nodes[i].y;
    }
    graph->logits = program_convert(&graph->forward, flow, &logits);
    flow = memory_create(&logits, graph->dlogits);
    for (int i = LAYERS - 1; i >= 0 && net->trains; i--)
        flow = layer_backward(net, graph, i, flow);
}

/* parallel needs a batch that the threads divide. */
static struct network *network_create(bool trains, enum variant variant, int batch, int threads)
{
    struct network *net = zeros(1, sizeof(*net));
    const int graphs = variant == PARALLEL ? threads : 1, share = batch / graphs;
    int n = share;
    while (variant != WHOLE && (n > MICRO_BATCH || share % n))
        n--;
    *net = (struct network){
        .trains = trains,
        .batch = batch,
        .micro_batch = n,
        .micro_batches = share / n,
        .graph_count = graphs,
        .graphs = zeros((size_t)graphs, sizeof(*net->graphs)),
        .weights = zeros(ARENA, sizeof(float)),
        .velocity = zeros(ARENA, sizeof(float)),
        .logits = zeros((size_t)batch * CLASSES, sizeof(float)),
    };
    omp_set_num_threads(threads);
#pragma omp parallel num_threads(graphs)
    {
        if (graphs > 1)
            omp_set_num_threads(1); /* for oneDNN, which plans for as many as it could have */
#pragma omp critical
        graph_build(net, &net->graphs[omp_get_thread_num()]);
    }
    return net;
}

/* Writes the gradient of the mean over the batch, and gives the sum of n samples' losses. */
static double cross_entropy(float *dlogits, const float *logits, const uint8_t *labels, int n,
                            int batch)
{
    double loss = 0;
    for (int i = 0; i < n; i++, logits += CLASSES, dlogits += CLASSES) {
        float top = logits[0], sum = 0;
        for (int j = 1; j < CLASSES; j++)
            top = fmaxf(top, logits[j]);
        for (int j = 0; j < CLASSES; j++)
            sum += dlogits[j] = expf(logits[j] - top);
        for (int j = 0; j < CLASSES; j++)
            dlogits[j] = (dlogits[j] / sum - (j == labels[i])) / (float)batch;
        loss += logf(sum) + top - logits[labels[i]];
    }
    return loss;
}

/* The graph's share of a batch. */
static void graph_run(const struct network *net, struct graph *graph, const float *x,
                      const uint8_t *labels)
{
    const size_t n = (size_t)net->micro_batch;
    size_t at = (size_t)(graph - net->graphs) * (size_t)net->micro_batches * n;
    graph->loss = 0;
    program_run(&graph->refresh, graph->stream);
    for (int m = 0; m < net->micro_batches; m++, at += n) {
        float *logits = net->logits + at * CLASSES;
        MUST(dnnl_memory_set_data_handle(graph->x, (float *)x + at * PIXELS));
        MUST(dnnl_memory_set_data_handle(graph->logits, logits));
        program_run(&graph->forward, graph->stream);
        if (!net->trains)
            continue;
        graph->loss += cross_entropy(graph->dlogits, logits, labels + at, net->micro_batch,
                                     net->batch);
        program_run(&graph->backward, graph->stream);
        for (size_t i = 0; i < net->used && net->micro_batches > 1; i++)
            graph->sum[i] = m ? graph->sum[i] + graph->gradient[i] : graph->gradient[i];
    }
}

/* SGD with Nesterov's momentum. The first graph is left with the sum of all gradients. */
static void update(const struct network *net, size_t from, size_t to)
{
    float *restrict w = net->weights, *restrict v = net->velocity;
    float *restrict sum = net->graphs[0].sum;
    for (int g = 1; g < net->graph_count; g++)
        for (size_t i = from; i < to; i++)
            sum[i] += net->graphs[g].sum[i];
    for (size_t i = from; i < to; i++) {
        v[i] = momentum * v[i] + sum[i];
        w[i] -= rate * (sum[i] + momentum * v[i]);
    }
}

/* A training step, which gives its loss, or the logits only. */
static double network_run(const struct network *net, const float *x, const uint8_t *labels)
{
    const size_t graphs = (size_t)net->graph_count;
    double loss = 0;
    if (graphs == 1) { /* even in a team of one, libgomp would start oneDNN's threads anew */
        graph_run(net, net->graphs, x, labels);
        if (net->trains)
            update(net, 0, net->used);
        return net->graphs->loss / net->batch;
    }
#pragma omp parallel num_threads(net->graph_count) reduction(+ : loss)
    {
        const size_t t = (size_t)omp_get_thread_num();
        omp_set_num_threads(1);
        graph_run(net, &net->graphs[t], x, labels);
        loss = net->graphs[t].loss;
        if (net->trains) {
#pragma omp barrier
            update(net, net->used * t / graphs, net->used * (t + 1) / graphs);
        }
    }
    return loss / net->batch;
}

/* Uniform in [0, 1). */
static float draw(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (float)(*state >> 8) / (1 << 24);
}

/* Between plain arrays and an arena. */
static void parameter_copy(const struct parameter *parameter, float *plain, float *arena, bool read)
{
    struct program program = {0};
    dnnl_stream_t stream;
    const dnnl_memory_t outside = memory_create(&parameter->plain, plain);
    const dnnl_memory_t inside = memory_in(arena, parameter);
    MUST(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    program_reorder(&program, read ? outside : inside, read ? inside : outside);
    program_run(&program, stream);
}

/* Uniform within 1 / sqrt(inputs of a unit), as PyTorch starts. */
static void initialise(const struct network *net)
{
    static float plain[MAX_PARAMETER];
    uint32_t state = 1;
    for (int p = 0; p < PARAMETERS; p++) {
        const struct layer *layer = &layers[p / 2];
        const float bound = 1 / sqrtf((float)(layer->in * layer->kernel * layer->kernel));
        for (size_t k = 0; k < net->parameters[p].count; k++)
            plain[k] = (2 * draw(&state) - 1) * bound;
        if (layer->kind != POOLING)
            parameter_copy(&net->parameters[p], plain, net->weights, false);
    }
}

/* Noise, and where there is contrast, a brighter band in the class's place. */
static void draw_samples(float *x, uint8_t *labels, int n, float contrast)
{
    uint32_t state = 2;
    for (int i = 0; i < n; i++, x += PIXELS) {
        labels[i] = (uint8_t)(i % CLASSES);
        for (int j = 0; j < PIXELS; j++)
            x[j] = draw(&state) + (j / (3 * SIDE) == labels[i] ? contrast : 0);
    }
}

/*
 * The check: the same network in plain loops and double precision. Pooling is a layer with weights of
 * 1/4 that nobody trains, and a linear layer a convolution that fits just once.
 */

enum { CHECK_BATCH = 128, CHECK_THREADS = 2, EXACT_STEPS = 3, TRAIN_STEPS = 200 };

typedef double plain_arena[PARAMETERS][MAX_PARAMETER];
static plain_arena plain_w, plain_v, plain_g;
static double maps[LAYERS + 1][MAX_MAP], dmaps[LAYERS + 1][MAX_MAP];

/* Forward: maps[i + 1] from maps[i]. Backward: dmaps[i] and the gradient from dmaps[i + 1]. */
static void plain_layer(int i, bool backward)
{
    const struct layer *layer = &layers[i];
    const bool pool = layer->kind == POOLING;
    const int side = layer->out_side, k = layer->kernel, stride = pool ? 2 : 1;
    for (int at = 0; at < layer->out * side * side; at++) {
        const int o = at / side / side, r = at / side % side * stride, c = at % side * stride;
        double *y = &maps[i + 1][at], dy = dmaps[i + 1][at], sum = plain_w[2 * i + 1][o];
        if (layer->tanh != NO_TANH)
            dy *= 1 - *y * *y;
        for (int d = pool ? o : 0; d < (pool ? o + 1 : layer->in); d++)
            for (int u = 0; u < k; u++)
                for (int v = 0; v < k; v++) {
                    const int x = (d * layer->in_side + r + u) * layer->in_side + c + v;
                    const int w = ((o * layer->in + d) * k + u) * k + v;
                    sum += plain_w[2 * i][w] * maps[i][x];
                    if (backward) {
                        plain_g[2 * i][w] += dy * maps[i][x];
                        dmaps[i][x] += dy * plain_w[2 * i][w];
                    }
                }
        if (backward)
            plain_g[2 * i + 1][o] += dy;
        else
            *y = layer->tanh == NO_TANH ? sum : tanh(sum);
    }
}

/* A training step. Writes the logits (n, CLASSES). */
static void plain_step(double *logits, const float *x, const uint8_t *labels, int n)
{
    memset(plain_g, 0, sizeof(plain_g));
    for (int s = 0; s < n; s++, logits += CLASSES) {
        double sum = 0;
        memset(dmaps, 0, sizeof(dmaps));
        for (int j = 0; j < PIXELS; j++)
            maps[0][j] = x[s * PIXELS + j];
        for (int i = 0; i < LAYERS; i++)
            plain_layer(i, false);
        for (int j = 0; j < CLASSES; j++)
            sum += exp(logits[j] = maps[LAYERS][j]);
        for (int j = 0; j < CLASSES; j++)
            dmaps[LAYERS][j] = (exp(logits[j]) / sum - (j == labels[s])) / n;
        for (int i = LAYERS - 1; i >= 0; i--)
            plain_layer(i, true);
    }
    for (int p = 0; p < PARAMETERS; p++)
        for (int k = 0; k < MAX_PARAMETER && layers[p / 2].kind != POOLING; k++) {
            plain_v[p][k] = momentum * plain_v[p][k] + plain_g[p][k];
            plain_w[p][k] -= rate * (plain_g[p][k] + momentum * plain_v[p][k]);
        }
}

static void plain_start(const struct network *net)
{
    static float plain[MAX_PARAMETER];
    for (int p = 0; p < PARAMETERS; p++) {
        const bool pool = layers[p / 2].kind == POOLING;
        if (!pool)
            parameter_copy(&net->parameters[p], plain, net->weights, true);
        for (int k = 0; k < MAX_PARAMETER; k++)
            plain_w[p][k] = !pool ? plain[k] : p % 2 == 0 ? 0.25 : 0;
    }
}

/* The largest difference, in units of the largest value; NaN if there is one. */
static double distance(const float *found, const double *expected, size_t size)
{
    double difference = 0, scale = 0;
    for (size_t k = 0; k < size; k++) {
        const double d = fabs(found[k] - expected[k]);
        difference = d > difference || isnan(d) ? d : difference;
        scale = fmax(scale, fabs(expected[k]));
    }
    return difference / scale;
}

/* Of the worst parameter. */
static double arena_distance(const struct network *net, float *arena, plain_arena expected)
{
    static float plain[MAX_PARAMETER];
    double worst = 0;
    for (int p = 0; p < PARAMETERS; p++) {
        if (layers[p / 2].kind == POOLING)
            continue;
        parameter_copy(&net->parameters[p], plain, arena, true);
        const double d = distance(plain, expected[p], net->parameters[p].count);
        worst = d > worst || isnan(d) ? d : worst;
    }
    return worst;
}

/* Prints, and gives whether it is wrong. */
static bool differs(enum variant variant, const char *what, double found, double allowed)
{
    const bool wrong = !(found <= allowed); /* or NaN */
    printf("%-8s  %-20s %.1e  %s\n", variant_names[variant], what, found, wrong ? "WRONG" : "good");
    return wrong;
}

static int check(void)
{
    static uint8_t labels[SAMPLES];
    static double logits[CHECK_BATCH * CLASSES];
    struct network *nets[VARIANTS];
    float *x = zeros((size_t)SAMPLES * PIXELS, sizeof(float));
    bool wrong = false;
    draw_samples(x, labels, SAMPLES, 1);
    for (enum variant v = 0; v < VARIANTS; v++) {
        nets[v] = network_create(true, v, CHECK_BATCH, CHECK_THREADS);
        initialise(nets[v]);
    }
    plain_start(nets[WHOLE]);
    for (int step = 0; step < EXACT_STEPS; step++) {
        plain_step(logits, x, labels, CHECK_BATCH);
        for (enum variant v = 0; v < VARIANTS; v++) {
            network_run(nets[v], x, labels);
            if (step > 0)
                continue;
            struct network *infers = network_create(false, v, CHECK_BATCH, CHECK_THREADS);
            initialise(infers);
            network_run(infers, x, NULL);
            wrong |= differs(v, "logits of inference",
                             distance(infers->logits, logits, CHECK_BATCH * CLASSES), 1e-5);
        }
    }
    for (enum variant v = 0; v < VARIANTS; v++) {
        const struct network *net = nets[v];
        double loss = 0;
        wrong |= differs(v, "logits of training",
                         distance(net->logits, logits, CHECK_BATCH * CLASSES), 1e-5);
        wrong |= differs(v, "gradients", arena_distance(net, net->graphs->sum, plain_g), 1e-5);
        wrong |= differs(v, "velocities", arena_distance(net, net->velocity, plain_v), 1e-5);
        wrong |= differs(v, "weights", arena_distance(net, net->weights, plain_w), 1e-6);
        for (int step = 0, batches = SAMPLES / CHECK_BATCH; step < TRAIN_STEPS; step++) {
            const size_t at = (size_t)(step % batches) * CHECK_BATCH;
            loss = network_run(net, x + at * PIXELS, labels + at);
        }
        wrong |= differs(v, "loss after training", loss, 0.1);
    }
    return wrong;
}

/* The race. */

struct contender {
    struct network *net;
    float *x;
    uint8_t *labels;
    int samples, at; /* the next sample */
};

static void work(struct contender *self)
{
    const int batch = self->net->batch;
    const int at = self->at + batch <= self->samples ? self->at : 0;
    network_run(self->net, self->x + (size_t)at * PIXELS, self->labels + at);
    self->at = at + batch;
}

static void interval(struct contender *self, double seconds, bool latency)
{
    static double times[MAX_TIMES];
    const double start = timing_now();
    double now = start;
    int count = 0;
    while (count < MAX_TIMES && (count == 0 || now - start < seconds)) {
        const double before = now;
        work(self);
        now = timing_now();
        times[count++] = 1e6 * (now - before);
    }
    if (latency)
        printf("%.2f %.2f %.2f\n", timing_quantile(times, count, 0.5),
               timing_quantile(times, count, 0.99), timing_quantile(times, count, 0.999));
    else
        printf("%.1f\n", (double)count * self->net->batch / (now - start));
    fflush(stdout);
}

static int race(const char *job, enum variant variant, int batch, int threads, double seconds)
{
    const int samples = batch > SAMPLES ? batch : SAMPLES;
    char line[16];
    struct contender self = {
        .net = network_create(strcmp(job, "train") == 0, variant, batch, threads),
        .x = zeros((size_t)samples * PIXELS, sizeof(float)),
        .labels = zeros((size_t)samples, 1),
        .samples = samples,
    };
    initialise(self.net);
    draw_samples(self.x, self.labels, samples, 0);
    while (fgets(line, sizeof(line), stdin))
        interval(&self, seconds, strcmp(job, "latency") == 0);
    return 0;
}

static int version(void)
{
    const dnnl_version_t *version = dnnl_version();
    printf("oneDNN %d.%d.%d (", version->major, version->minor, version->patch);
    for (const char *isa = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()) + strlen("cpu_isa_");
         *isa; isa++)
        putchar(toupper((unsigned char)*isa));
    puts(")");
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: bench-onednn train|infer whole|micro|parallel BATCH THREADS SECONDS\n"
                    "       bench-onednn latency whole 1 THREADS SECONDS\n"
                    "       bench-onednn --check | --version\n"
                    "parallel is for a BATCH that THREADS divide\n");
    return 64;
}

int main(int argc, char **argv)
{
    dnnl_post_ops_t after;
    omp_set_dynamic(0); /* parallel counts on all of its threads */
    MUST(dnnl_engine_create(&engine, dnnl_cpu, 0));
    MUST(dnnl_post_ops_create(&after));
    MUST(dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_tanh, 0, 0));
    MUST(dnnl_primitive_attr_create(&then_tanh));
    MUST(dnnl_primitive_attr_set_post_ops(then_tanh, after));
    MUST(dnnl_post_ops_destroy(after));

    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return version();
    if (argc == 2 && strcmp(argv[1], "--check") == 0)
        return check();
    if (argc != 6)
        return usage();
    const bool latency = strcmp(argv[1], "latency") == 0;
    const bool throughput = strcmp(argv[1], "train") == 0 || strcmp(argv[1], "infer") == 0;
    const int batch = atoi(argv[3]), threads = atoi(argv[4]);
    const double seconds = atof(argv[5]);
    enum variant variant = WHOLE;
    while (variant < VARIANTS && strcmp(argv[2], variant_names[variant]) != 0)
        variant++;
    if (variant == VARIANTS || batch < 1 || threads < 1 || !(seconds > 0) ||
        (variant == PARALLEL && batch % threads) ||
        !(throughput || (latency && variant == WHOLE && batch == 1)))
        return usage();
    return race(argv[1], variant, batch, threads, seconds);
}
