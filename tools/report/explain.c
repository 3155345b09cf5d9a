#include "explain.h"

#include <stdio.h>

#include "layer_names.h"

static const char *count(size_t value)
{
    static char texts[4][LAYER_NAME_SIZE];
    static int next;
    char *text = texts[next++ % 4];
    layer_count_text(text, value);
    return text;
}

/* out = (in - window + 2 padding) / stride + 1; poolings have no padding. */
static void explain_side(const char *side, const char *window, int in, int size, const int *padding,
                         int stride, int out)
{
    const int room = in - size + 2 * (padding ? *padding : 0);
    const char *rounded = room % stride ? ", rounded down" : "";
    if (padding)
        printf("    output %-6s = (input %s - %s %s + 2 * padding) / stride + 1\n"
               "                  = (%d - %d + 2 * %d) / %d + 1 = %d%s\n",
               side, side, window, side, in, size, *padding, stride, out, rounded);
    else
        printf("    output %-6s = (input %s - %s %s) / stride + 1\n"
               "                  = (%d - %d) / %d + 1 = %d%s\n",
               side, side, window, side, in, size, stride, out, rounded);
}

static void explain_window(const struct lenet5_layer_info *info, const char *window)
{
    const struct lenet5_layer *layer = &info->layer;
    const bool pads = layer->kind == LENET5_LAYER_CONV;
    explain_side("width", window, info->in.w, layer->kernel.w, pads ? &layer->padding.w : NULL,
                 layer->stride.w, info->out.w);
    explain_side("height", window, info->in.h, layer->kernel.h, pads ? &layer->padding.h : NULL,
                 layer->stride.h, info->out.h);
}

static void explain_convolution(const struct lenet5_layer_info *info)
{
    const struct lenet5_layer *layer = &info->layer;
    const int area = layer->kernel.h * layer->kernel.w, outputs = info->out.c;
    const size_t kernels = info->weight_count / (size_t)area;
    explain_window(info, "kernel");
    printf("    output depth  = number of kernels = %d\n", outputs);
    if (layer->connections)
        printf("    parameters    = %d * %d * %zu of %d * %d connected maps + %d biases = %s\n",
               layer->kernel.h, layer->kernel.w, kernels, info->in.c, outputs, outputs,
               count(info->parameters));
    else
        printf("    parameters    = (%d * %d * %d + 1) * %d = %s\n", layer->kernel.h,
               layer->kernel.w, info->in.c, outputs, count(info->parameters));
    printf("    multiply-accumulates = %s weights * %d * %d places = %s\n",
           count(info->weight_count), info->out.h, info->out.w, count(info->macs));
}

static void explain_pooling(const struct lenet5_layer_info *info)
{
    explain_window(info, "window");
    printf("    output depth  = the same depth = %d\n", info->out.c);
    if (info->layer.kind == LENET5_LAYER_SUBSAMPLE)
        printf("    parameters    = (1 coefficient + 1 bias) * %d = %s\n", info->out.c,
               count(info->parameters));
    else
        printf("    parameters    = 0\n");
}

static void explain_layer(const struct lenet5_layer_info *info)
{
    const struct lenet5_shape in = info->in, out = info->out;
    switch (info->layer.kind) {
    case LENET5_LAYER_CONV:
        explain_convolution(info);
        break;
    case LENET5_LAYER_AVG_POOL:
    case LENET5_LAYER_MAX_POOL:
    case LENET5_LAYER_SUBSAMPLE:
        explain_pooling(info);
        break;
    case LENET5_LAYER_FLATTEN:
        printf("    output vector = depth * height * width = %d * %d * %d = %s\n", in.c, in.h, in.w,
               count((size_t)out.c));
        break;
    case LENET5_LAYER_DENSE:
        printf("    output vector = %d\n    parameters    = (%d + 1) * %d = %s\n", out.c, in.c,
               out.c, count(info->parameters));
        printf("    multiply-accumulates = %d * %d = %s\n", in.c, out.c, count(info->macs));
        break;
    case LENET5_LAYER_RBF:
        printf(
            "    output vector = %d, minus the squared distances to %d fixed codes of %d values\n"
            "    parameters    = 0\n    multiply-accumulates = %d * %d = %s\n",
            out.c, out.c, in.c, in.c, out.c, count(info->macs));
        break;
    default:
        printf("    changes no size and has no parameters\n");
    }
}

void explain_network(const struct lenet5_network *network)
{
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    const struct lenet5_shape input = architecture->input;
    printf("input: %d * %d * %d (depth * height * width)\n", input.c, input.h, input.w);
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        char paper[LAYER_NAME_SIZE], operation[LAYER_NAME_SIZE];
        layer_paper_name(paper, network, i);
        layer_operation(operation, &info.layer);
        printf("\n%s%s%s: %d * %d * %d -> %d * %d * %d\n", paper, *paper ? ", " : "", operation,
               info.in.c, info.in.h, info.in.w, info.out.c, info.out.h, info.out.w);
        explain_layer(&info);
    }
    printf("\nin all: %s parameters, %s multiply-accumulates, %s connections\n",
           count(lenet5_network_parameter_count(network)), count(lenet5_network_macs(network)),
           count(lenet5_network_connections(network)));
}
