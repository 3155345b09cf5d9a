/* Builds and runs a graph layer by layer: forward fills the layer's node, backward turns dy into dx. */
#include "graph.h"

#include <math.h>

dnnl_memory_t parameter_memory(const struct model *model, int p, float *arena)
{
    return memory_create(&model->parameters[p].layout, arena + model->parameters[p].at);
}

/* Parameter p in the weights. The first call for p chooses its place; later calls return the same. */
static dnnl_memory_t place(struct model *model, int p, const dnnl_memory_desc_t *layout,
                           dnnl_memory_desc_t plain)
{
    if (model->parameters[p].count == 0) {
        model->parameters[p] = (struct parameter){
            *layout, plain, model->used, dnnl_memory_desc_get_size(&plain) / sizeof(float)};
        const size_t lines = (dnnl_memory_desc_get_size(layout) + LINE - 1) / LINE;
        model->used += lines * LINE / sizeof(float);
        if (model->used > ARENA)
            must(dnnl_out_of_memory, "place");
    }
    return parameter_memory(model, p, model->arenas[WEIGHTS]);
}

static void layer_forward(struct graph *graph, int i)
{
    const struct layer *layer = &layers[i];
    struct model *model = graph->model;
    struct program *program = &graph->forward;
    struct node *node = &graph->nodes[i];
    const dnnl_primitive_desc_t pass = layer_describe(layer, model->micro_batch, node->x, NULL,
                                                      model->trains ? dnnl_forward_training
                                                                    : dnnl_forward_inference);
    dnnl_memory_t bias = NULL;
    if (layer->kind != POOLING) {
        const dnnl_memory_desc_t b = layout_make(layer->out, 0, 0, dnnl_a);
        node->w = place(model, 2 * i, layout_wanted(pass, dnnl_query_weights_md),
                        layout_make(layer->out, layer->in, layer->kernel,
                                    layer->kernel == 1 ? dnnl_ab : dnnl_abcd));
        bias = place(model, 2 * i + 1, &b, b);
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
    const dnnl_primitive_desc_t pass = layer_describe(
        &layers[i], graph->model->micro_batch, node->x, node->forward, dnnl_backward_weights);
    const dnnl_memory_t x = program_convert(program, node->x,
                                            layout_wanted(pass, dnnl_query_src_md));
    const dnnl_memory_t db = parameter_memory(graph->model, 2 * i + 1, graph->gradient);
    const dnnl_memory_t dw = parameter_memory(graph->model, 2 * i, graph->gradient);
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
    const dnnl_primitive_desc_t pass = layer_describe(&layers[i], graph->model->micro_batch,
                                                      node->x, node->forward, dnnl_backward_data);
    const dnnl_memory_desc_t *w_layout = layout_wanted(pass, dnnl_query_weights_md);
    const dnnl_memory_t w = node->w ? program_convert(&graph->refresh, node->w, w_layout) : NULL;
    const dnnl_memory_t dx = memory_create(layout_wanted(pass, dnnl_query_diff_src_md),
                                           DNNL_MEMORY_ALLOCATE);
    dy = program_convert(program, dy, layout_wanted(pass, dnnl_query_diff_dst_md));
    program_add(program, pass, DNNL_ARG_DIFF_DST, dy, DNNL_ARG_DIFF_SRC, dx,
                w ? DNNL_ARG_WEIGHTS : 0, w, 0);
    return dx;
}

void graph_build(struct graph *graph, struct model *model, int share)
{
    const int n = model->micro_batch;
    const dnnl_memory_desc_t images = layout_make(n, 1, SIDE, dnnl_nchw);
    const dnnl_memory_desc_t logits = layout_make(n, CLASSES, 1, dnnl_nc);
    graph->model = model;
    graph->share = share;
    graph->gradient = zeros(ARENA, sizeof(float));
    graph->sum = model->micro_batches > 1 ? zeros(ARENA, sizeof(float)) : graph->gradient;
    graph->dlogits = zeros((size_t)n * CLASSES, sizeof(float));

    dnnl_memory_t flow = graph->x = memory_create(&images, DNNL_MEMORY_NONE);
    for (int i = 0; i < LAYERS; i++) {
        graph->nodes[i].x = flow;
        layer_forward(graph, i);
        flow = graph->nodes[i].y;
    }
    graph->logits = program_convert(&graph->forward, flow, &logits);
    flow = memory_create(&logits, graph->dlogits);
    for (int i = LAYERS - 1; i >= 0 && model->trains; i--)
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

void graph_run(struct graph *graph, const float *x, const uint8_t *labels)
{
    const struct model *model = graph->model;
    const size_t n = (size_t)model->micro_batch;
    size_t at = (size_t)graph->share * (size_t)model->micro_batches * n;
    graph->loss = 0;
    program_run(&graph->refresh);
    for (int m = 0; m < model->micro_batches; m++, at += n) {
        float *logits = model->logits + at * CLASSES;
        MUST(dnnl_memory_set_data_handle(graph->x, (float *)x + at * PIXELS));
        MUST(dnnl_memory_set_data_handle(graph->logits, logits));
        program_run(&graph->forward);
        if (!model->trains)
            continue;
        graph->loss += cross_entropy(graph->dlogits, logits, labels + at, model->micro_batch,
                                     model->batch);
        program_run(&graph->backward);
        for (size_t i = 0; i < model->used && model->micro_batches > 1; i++)
            graph->sum[i] = m ? graph->sum[i] + graph->gradient[i] : graph->gradient[i];
    }
}
