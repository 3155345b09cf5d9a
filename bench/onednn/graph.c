/* Builds and runs a graph layer by layer: forward fills the layer's node, backward turns dy into dx. */
#include "graph.h"

#include <math.h>

static void layer_forward(struct graph *graph, struct parameters *parameters, int i)
{
    const struct layer *layer = &layers[i];
    struct program *program = &graph->forward;
    struct node *node = &graph->nodes[i];
    const dnnl_primitive_desc_t pass = layer_describe(
        layer, graph->plan->micro_batch, node->x, NULL,
        graph->plan->trains ? dnnl_forward_training : dnnl_forward_inference);
    dnnl_memory_t bias = NULL;
    if (layer->kind != POOLING) {
        const dnnl_memory_desc_t b = layout_make(layer->out, 0, 0, dnnl_a);
        const dnnl_memory_desc_t w = layout_make(layer->out, layer->in, layer->kernel,
                                                 layer->kernel == 1 ? dnnl_ab : dnnl_abcd);
        node->w = parameters_place(parameters, 2 * i, layout_wanted(pass, dnnl_query_weights_md),
                                   &w);
        bias = parameters_place(parameters, 2 * i + 1, &b, &b);
    }
    node->x = program_convert(program, node->x, layout_wanted(pass, dnnl_query_src_md));
    node->y = memory_create(layout_wanted(pass, dnnl_query_dst_md), DNNL_MEMORY_ALLOCATE);
    node->forward = program_add(program, pass, DNNL_ARG_SRC, node->x, DNNL_ARG_DST, node->y,
                                bias ? DNNL_ARG_WEIGHTS : 0, node->w, DNNL_ARG_BIAS, bias, 0);
    if (layer->tanh == APART)
        layer_add_tanh(program, node->y, NULL);
}

/* Writes dw and db to the arena; reorders dw if the kernel writes another layout. */
static void add_weight_gradient(struct graph *graph, int i, dnnl_memory_t dy)
{
    const struct node *node = &graph->nodes[i];
    struct program *program = &graph->backward;
    const dnnl_primitive_desc_t pass = layer_describe(&layers[i], graph->plan->micro_batch, node->x,
                                                      node->forward, dnnl_backward_weights);
    const dnnl_memory_t x = program_convert(program, node->x,
                                            layout_wanted(pass, dnnl_query_src_md));
    const dnnl_memory_t db = parameters_memory(graph->parameters, 2 * i + 1, graph->gradient);
    const dnnl_memory_t dw = parameters_memory(graph->parameters, 2 * i, graph->gradient);
    const dnnl_memory_desc_t *layout = layout_wanted(pass, dnnl_query_diff_weights_md);
    const bool same = dnnl_memory_desc_equal(layout, layout_of(dw));
    const dnnl_memory_t kernel_dw = same ? dw : memory_create(layout, DNNL_MEMORY_ALLOCATE);
    dy = program_convert(program, dy, layout_wanted(pass, dnnl_query_diff_dst_md));
    program_add(program, pass, DNNL_ARG_SRC, x, DNNL_ARG_DIFF_DST, dy, DNNL_ARG_DIFF_WEIGHTS,
                kernel_dw, DNNL_ARG_DIFF_BIAS, db, 0);
    if (!same)
        program_reorder(program, dw, kernel_dw);
}

/* The first layer has no dx. */
static dnnl_memory_t layer_backward(struct graph *graph, int i, dnnl_memory_t dy)
{
    const struct node *node = &graph->nodes[i];
    struct program *program = &graph->backward;
    if (layers[i].tanh != NO_TANH) {
        dy = program_convert(program, dy, layout_of(node->y));
        layer_add_tanh(program, node->y, dy);
    }
    if (node->w)
        add_weight_gradient(graph, i, dy);
    if (i == 0)
        return NULL;
    const dnnl_primitive_desc_t pass = layer_describe(&layers[i], graph->plan->micro_batch, node->x,
                                                      node->forward, dnnl_backward_data);
    const dnnl_memory_desc_t *w_layout = layout_wanted(pass, dnnl_query_weights_md);
    const dnnl_memory_t w = node->w ? program_convert(&graph->refresh, node->w, w_layout) : NULL;
    const dnnl_memory_t dx = memory_create(layout_wanted(pass, dnnl_query_diff_src_md),
                                           DNNL_MEMORY_ALLOCATE);
    dy = program_convert(program, dy, layout_wanted(pass, dnnl_query_diff_dst_md));
    program_add(program, pass, DNNL_ARG_DIFF_DST, dy, DNNL_ARG_DIFF_SRC, dx,
                w ? DNNL_ARG_WEIGHTS : 0, w, 0);
    return dx;
}

void graph_build(struct graph *graph, const struct plan *plan, struct parameters *parameters,
                 int share)
{
    const int n = plan->micro_batch;
    const dnnl_memory_desc_t images = layout_make(n, 1, SIDE, dnnl_nchw);
    const dnnl_memory_desc_t logits = layout_make(n, CLASSES, 1, dnnl_nc);
    graph->plan = plan;
    graph->parameters = parameters;
    graph->share = share;
    graph->stream = stream_create();
    graph->gradient = zeros(ARENA, sizeof(float));
    graph->sum = plan->micro_batches > 1 ? zeros(ARENA, sizeof(float)) : graph->gradient;
    graph->dlogits = zeros((size_t)n * CLASSES, sizeof(float));

    dnnl_memory_t flow = graph->x = memory_create(&images, DNNL_MEMORY_NONE);
    for (int i = 0; i < LAYERS; i++) {
        graph->nodes[i].x = flow;
        layer_forward(graph, parameters, i);
        flow = graph->nodes[i].y;
    }
    graph->logits = program_convert(&graph->forward, flow, &logits);
    flow = memory_create(&logits, graph->dlogits);
    for (int i = LAYERS - 1; i >= 0 && plan->trains; i--)
        flow = layer_backward(graph, i, flow);
}

/* Writes dlogits of the loss averaged over the batch; returns the sum of the n samples' losses. */
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

void graph_run(struct graph *graph, float *logits, const float *x, const uint8_t *labels)
{
    const struct plan *plan = graph->plan;
    const size_t n = (size_t)plan->micro_batch, used = graph->parameters->used;
    size_t at = (size_t)graph->share * (size_t)plan->micro_batches * n;
    graph->loss = 0;
    program_run(&graph->refresh, graph->stream);
    for (int m = 0; m < plan->micro_batches; m++, at += n) {
        MUST(dnnl_memory_set_data_handle(graph->x, (float *)x + at * PIXELS));
        MUST(dnnl_memory_set_data_handle(graph->logits, logits + at * CLASSES));
        program_run(&graph->forward, graph->stream);
        if (!plan->trains)
            continue;
        graph->loss += cross_entropy(graph->dlogits, logits + at * CLASSES, labels + at,
                                     plan->micro_batch, plan->batch);
        program_run(&graph->backward, graph->stream);
        for (size_t i = 0; i < used && plan->micro_batches > 1; i++)
            graph->sum[i] = m ? graph->sum[i] + graph->gradient[i] : graph->gradient[i];
    }
}
