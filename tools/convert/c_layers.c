/*
 * Layers as C. Loops have constant bounds and run along rows of outputs, so that compilers make vectors
 * of them without being told to reorder sums; the weights of dense layers are stored (inputs, outputs)
 * for that.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "c_source.h"

void c_float(FILE *stream, float value)
{
    char text[32];
    int digits = 0;
    do
        snprintf(text, sizeof(text), "%.*g", ++digits, (double)value);
    while (digits < 9 && strtof(text, NULL) != value);
    fprintf(stream, "%s%sf", text, strpbrk(text, ".e") ? "" : ".0");
}

static void print_floats(const struct c_writer *writer, const char *what, int index,
                         const float *values, size_t count)
{
    fprintf(writer->stream, "\nstatic const float %s_%s%d[%zu] = {", writer->name, what, index,
            count);
    for (size_t i = 0; i < count; i++) {
        fputs(i % 8 ? ", " : i ? ",\n    " : "\n    ", writer->stream);
        c_float(writer->stream, values[i]);
    }
    fputs("\n};\n", writer->stream);
}

/* Weights as bytes, with a scale for each output that makes its largest one 127. stride 1: the outputs
 * are the last index. */
static void print_bytes(const struct c_writer *writer, int index, const float *values, size_t count,
                        size_t outputs, size_t stride)
{
    memset(writer->scales, 0, outputs * sizeof(*writer->scales));
    for (size_t i = 0; i < count; i++) {
        float *scale = &writer->scales[i / stride % outputs];
        *scale = fmaxf(*scale, fabsf(values[i]) / 127);
    }
    fprintf(writer->stream, "\nstatic const signed char %s_weight%d[%zu] = {", writer->name, index,
            count);
    for (size_t i = 0; i < count; i++) {
        const float scale = writer->scales[i / stride % outputs];
        fprintf(writer->stream, "%s%ld",
                i % 20 ? ", "
                : i    ? ",\n    "
                       : "\n    ",
                scale > 0 ? lrintf(values[i] / scale) : 0);
    }
    fputs("\n};\n", writer->stream);
    print_floats(writer, "scale", index, writer->scales, outputs);
}

static void print_weights(const struct c_writer *writer, int index, const float *values,
                          size_t count, size_t outputs, size_t stride)
{
    if (writer->int8)
        print_bytes(writer, index, values, count, outputs, stride);
    else
        print_floats(writer, "weight", index, values, count);
}

static void begin(const struct c_writer *writer, int index)
{
    fprintf(writer->stream,
            "\nstatic void %s_layer%d(float *restrict y, const float *restrict x)\n{\n",
            writer->name, index);
}

/* Fully connected: also a convolution whose kernel is as large as its input. */
static void print_dense(const struct c_writer *writer, int index, size_t inputs, size_t outputs,
                        const float *weights, const float *bias)
{
    const char *name = writer->name;
    FILE *stream = writer->stream;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++)
            writer->values[i * outputs + o] = weights[o * inputs + i];
    print_weights(writer, index, writer->values, inputs * outputs, outputs, 1);
    print_floats(writer, "bias", index, bias, outputs);
    begin(writer, index);
    fputs("    int i, o;\n", stream);
    fprintf(stream, "    for (o = 0; o < %zu; o++)\n        y[o] = ", outputs);
    fprintf(stream, writer->int8 ? "0;\n" : "%s_bias%d[o];\n", name, index);
    fprintf(stream, "    for (i = 0; i < %zu; i++)\n", inputs);
    fprintf(stream, "        for (o = 0; o < %zu; o++)\n", outputs);
    fprintf(stream, "            y[o] += x[i] * %s%s_weight%d[i * %zu + o];\n",
            writer->int8 ? "(float)" : "", name, index, outputs);
    if (writer->int8)
        fprintf(stream,
                "    for (o = 0; o < %zu; o++)\n"
                "        y[o] = y[o] * %s_scale%d[o] + %s_bias%d[o];\n",
                outputs, name, index, name, index);
    fputs("}\n", stream);
}

/* The loops of a convolution of x, (c, h, w), which has its padding already. */
static void print_sums(const struct c_writer *writer, const struct layer *layer, int index,
                       const char *x, int h, int w)
{
    const struct lenet5_extent kernel = layer->desc.kernel, stride = layer->desc.stride;
    const char *name = writer->name;
    FILE *stream = writer->stream;
    const int size = layer->out.h * layer->out.w;
    fprintf(stream, "    for (o = 0; o < %d; o++) {\n", layer->out.c);
    fprintf(stream, "        float *map = y + o * %d;\n", size);
    fprintf(stream, "        for (i = 0; i < %d; i++)\n            map[i] = ", size);
    fprintf(stream, writer->int8 ? "0;\n" : "%s_bias%d[o];\n", name, index);
    fprintf(stream, "        for (c = 0; c < %d; c++)\n", layer->in.c);
    fprintf(stream, "            for (i = 0; i < %d; i++) {\n", kernel.h * kernel.w);
    fprintf(stream, "                const float weight = %s_weight%d[(o * %d + c) * %d + i];\n",
            name, index, layer->in.c, kernel.h * kernel.w);
    fprintf(stream, "                const float *from = %s + c * %d + i / %d * %d + i %% %d;\n", x,
            h * w, kernel.w, w, kernel.w);
    fprintf(stream, "                for (h = 0; h < %d; h++)\n", layer->out.h);
    fprintf(stream, "                    for (w = 0; w < %d; w++)\n", layer->out.w);
    fprintf(stream, "                        map[h * %d + w] += weight * from[h * %d + w%s",
            layer->out.w, stride.h * w, stride.w == 1 ? "];\n" : "");
    if (stride.w != 1)
        fprintf(stream, " * %d];\n", stride.w);
    fputs("            }\n", stream);
    if (writer->int8)
        fprintf(stream,
                "        for (i = 0; i < %d; i++)\n"
                "            map[i] = map[i] * %s_scale%d[o] + %s_bias%d[o];\n",
                size, name, index, name, index);
    fputs("    }\n}\n", stream);
}

static void print_conv(const struct c_writer *writer, const struct layer *layer, int index,
                       const float *weights, const float *bias)
{
    const struct lenet5_extent kernel = layer->desc.kernel, padding = layer->desc.padding;
    const struct lenet5_shape in = layer->in;
    const size_t window = (size_t)kernel.h * (size_t)kernel.w, outputs = (size_t)layer->out.c;
    const size_t count = outputs * (size_t)in.c * window;
    const int h = in.h + 2 * padding.h, w = in.w + 2 * padding.w;
    if (kernel.h == h && kernel.w == w && !padding.h && !padding.w) {
        print_dense(writer, index, count / outputs, outputs, weights, bias);
        return;
    }
    print_weights(writer, index, weights, count, outputs, count / outputs);
    print_floats(writer, "bias", index, bias, outputs);
    begin(writer, index);
    fputs("    int o, c, h, w, i;\n", writer->stream);
    if (!padding.h && !padding.w) {
        print_sums(writer, layer, index, "x", h, w);
        return;
    }
    fprintf(writer->stream,
            "    float padded[%d] = {0};\n"
            "    for (c = 0; c < %d; c++)\n"
            "        for (h = 0; h < %d; h++)\n"
            "            for (w = 0; w < %d; w++)\n"
            "                padded[(c * %d + h + %d) * %d + w + %d] = x[(c * %d + h) * %d + w];\n",
            in.c * h * w, in.c, in.h, in.w, h, padding.h, w, padding.w, in.h, in.w);
    print_sums(writer, layer, index, "padded", h, w);
}

static void print_pool(const struct c_writer *writer, const struct layer *layer, int index)
{
    const struct lenet5_extent kernel = layer->desc.kernel, stride = layer->desc.stride;
    const bool max = layer->desc.kind == LENET5_LAYER_MAX_POOL;
    FILE *stream = writer->stream;
    begin(writer, index);
    fprintf(stream,
            "    int c, h, w, i;\n"
            "    for (c = 0; c < %d; c++)\n"
            "        for (h = 0; h < %d; h++)\n"
            "            for (w = 0; w < %d; w++) {\n"
            "                const float *from = x + (c * %d + h * %d) * %d + w * %d;\n",
            layer->out.c, layer->out.h, layer->out.w, layer->in.h, stride.h, layer->in.w, stride.w);
    fprintf(stream,
            "                float value = from[0];\n"
            "                for (i = 1; i < %d; i++)\n",
            kernel.h * kernel.w);
    if (max)
        fprintf(stream,
                "                    if (from[i / %d * %d + i %% %d] > value)\n"
                "                        value = from[i / %d * %d + i %% %d];\n",
                kernel.w, layer->in.w, kernel.w, kernel.w, layer->in.w, kernel.w);
    else
        fprintf(stream, "                    value += from[i / %d * %d + i %% %d];\n", kernel.w,
                layer->in.w, kernel.w);
    fprintf(stream, "                y[(c * %d + h) * %d + w] = value", layer->out.h, layer->out.w);
    if (!max)
        fprintf(stream, " / %d", kernel.h * kernel.w);
    fputs(";\n            }\n}\n", stream);
}

static void print_activation(const struct c_writer *writer, const struct layer *layer, int index)
{
    static const char *const formulas[] = {
        [LENET5_LAYER_TANH] = "tanhf(y[i])",
        [LENET5_LAYER_SIGMOID] = "1 / (1 + expf(-y[i]))",
        [LENET5_LAYER_RELU] = "y[i] < 0 ? 0 : y[i]",
    };
    fprintf(writer->stream,
            "\nstatic void %s_layer%d(float *y)\n"
            "{\n"
            "    int i;\n"
            "    for (i = 0; i < %zu; i++)\n"
            "        y[i] = %s;\n"
            "}\n",
            writer->name, index, shape_size(layer->out), formulas[layer->desc.kind]);
}

bool c_in_place(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_TANH || kind == LENET5_LAYER_SIGMOID || kind == LENET5_LAYER_RELU;
}

bool c_nothing(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_FLATTEN || kind == LENET5_LAYER_DROPOUT;
}

void c_layer(const struct c_writer *writer, const struct layer *layer, int index,
             const float *weights, const float *bias)
{
    switch (layer->desc.kind) {
    case LENET5_LAYER_CONV:
        print_conv(writer, layer, index, weights, bias);
        break;
    case LENET5_LAYER_DENSE:
        print_dense(writer, index, shape_size(layer->in), (size_t)layer->desc.outputs, weights,
                    bias);
        break;
    case LENET5_LAYER_AVG_POOL:
    case LENET5_LAYER_MAX_POOL:
        print_pool(writer, layer, index);
        break;
    case LENET5_LAYER_TANH:
    case LENET5_LAYER_SIGMOID:
    case LENET5_LAYER_RELU:
        print_activation(writer, layer, index);
        break;
    default:
        break;
    }
}
