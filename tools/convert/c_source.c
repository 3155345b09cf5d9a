/*
 * A network as one C99 file that needs nothing else: constants, a function per layer, and one that
 * makes the input of an image, calls them in turn and finds the largest logit.
 */
#include "c_source.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/resize.h"
#include "files/atomic_file.h"
#include "files/little_endian.h"
#include "formats/model_tensors.h"
#include "weights.h"

static bool is_identifier(const char *name)
{
    bool ok = isalpha((unsigned char)name[0]) || name[0] == '_';
    for (const char *c = name; *c; c++)
        ok &= isalnum((unsigned char)*c) || *c == '_';
    return ok && strlen(name) <= 40;
}

/* As a string literal of plain characters; a question mark could begin a trigraph. */
static void print_string(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (; *text; text++)
        if (*text == '"' || *text == '\\' || *text == '?')
            fprintf(stream, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            fprintf(stream, "\\%03o", (unsigned char)*text);
        else
            fputc(*text, stream);
    fputc('"', stream);
}

static bool needs(const struct lenet5_network *network, enum lenet5_layer_kind kind)
{
    for (int i = 0; i < network->architecture.layer_count; i++)
        if (network->architecture.layers[i].kind == kind)
            return true;
    return false;
}

/* Values that the layers hand on: the largest of those that go into and come out of any of them. */
static size_t largest(const struct lenet5_network *network)
{
    size_t most = shape_size(network->architecture.input);
    for (int i = 0; i < network->architecture.layer_count; i++)
        if (shape_size(network->layers[i].out) > most)
            most = shape_size(network->layers[i].out);
    return most;
}

static void print_head(const struct c_writer *writer, const struct lenet5_network *network,
                       const struct c_source *source)
{
    const char *name = source->name;
    const struct lenet5_architecture *a = &network->architecture;
    const bool tanh = needs(network, LENET5_LAYER_TANH),
               sigmoid = needs(network, LENET5_LAYER_SIGMOID);
    fprintf(writer->stream,
            "/*\n"
            " * A trained network of %zu parameters%s, written by lenet5-convert %s.\n"
            " *\n"
            " *     int %s_predict(float logits[%d], const unsigned char image[%d * %d]);\n"
            " *\n"
            " * takes %d rows of %d pixels, 0 = background to 255 = ink, gives one number for each "
            "class\n"
            " * and returns the largest one's, whose name is %s_classes[...]. The softmax of the "
            "logits\n"
            " * is the probabilities. C99; no allocation, no state, so that any thread may call "
            "it; %zu\n"
            " * bytes of stack, and %s%s%s.\n"
            " */\n",
            network->parameter_count, source->int8 ? ", weights in 8 bits" : "", PROGRAM_VERSION,
            name, a->class_count, source->rows, source->cols, source->rows, source->cols, name,
            2 * largest(network) * sizeof(float) + 256,
            tanh      ? "tanhf"
            : sigmoid ? "expf"
                      : "nothing",
            tanh && sigmoid ? " and expf" : "", " of the math library");
    if (source->header)
        fprintf(writer->stream, "#ifndef %s_MODEL_H\n#define %s_MODEL_H\n\n", name, name);
    if (tanh || sigmoid)
        fputs("#include <math.h>\n\n", writer->stream);
    fprintf(
        writer->stream, "%sint %s_predict(float logits[%d], const unsigned char image[%d]);\n\n",
        source->header ? "static inline " : "", name, a->class_count, source->rows * source->cols);
    fprintf(writer->stream, "%sconst char *const %s_classes[%d] = {\n",
            source->header ? "static " : "", name, a->class_count);
    for (int i = 0; i < a->class_count; i++) {
        fputs("    ", writer->stream);
        print_string(writer->stream, a->classes[i]);
        fputs(",\n", writer->stream);
    }
    fputs("};\n", writer->stream);
}

/* {at, first, second} of every row or column of the enlarged image. */
static void print_taps(const struct c_writer *writer, const char *what, const struct resize *resize)
{
    fprintf(writer->stream, "\nstatic const long %s_%s[%d][3] = {\n", writer->name, what,
            resize->width);
    for (int i = 0; i < resize->width; i++)
        fprintf(writer->stream, "    {%d, %ld, %ld},\n", resize->columns[i].at,
                (long)resize->columns[i].first, (long)resize->columns[i].second);
    fputs("};\n", writer->stream);
}

static void print_value(const struct c_writer *writer, const struct lenet5_architecture *a,
                        const char *byte)
{
    c_float(writer->stream, a->scale);
    fprintf(writer->stream, " * (float)%s", byte);
    if (a->shift != 0) {
        fputs(" + ", writer->stream);
        c_float(writer->stream, a->shift);
    }
    fputs(";\n", writer->stream);
}

/* The input of an image that is centred in it. */
static void print_padding(const struct c_writer *writer, const struct lenet5_architecture *a,
                          const struct c_source *source)
{
    const int top = (a->input.h - source->rows) / 2, left = (a->input.w - source->cols) / 2;
    FILE *stream = writer->stream;
    fprintf(stream,
            "\nstatic void %s_input(float *restrict x, const unsigned char *restrict image)\n"
            "{\n"
            "    int h, w;\n"
            "    for (h = 0; h < %d; h++)\n"
            "        x[h] = ",
            writer->name, a->input.h * a->input.w);
    c_float(stream, a->shift);
    fprintf(stream,
            ";\n"
            "    for (h = 0; h < %d; h++)\n"
            "        for (w = 0; w < %d; w++)\n"
            "            x[(h + %d) * %d + w + %d] = ",
            source->rows, source->cols, top, a->input.w, left);
    char byte[40];
    snprintf(byte, sizeof(byte), "image[h * %d + w]", source->cols);
    print_value(writer, a, byte);
    fputs("}\n", stream);
}

/* The input of an image that is enlarged to it, rounded to bytes after columns and after rows. */
static enum lenet5_status print_enlarging(const struct c_writer *writer,
                                          const struct lenet5_architecture *a,
                                          const struct c_source *source)
{
    struct resize *resize = memory_alloc(1, sizeof(*resize));
    const char *name = writer->name;
    FILE *stream = writer->stream;
    if (!resize)
        return LENET5_ERROR_MEMORY;
    resize_start(resize, a->input.h, a->input.w, source->rows, source->cols);
    print_taps(writer, "columns", resize);
    resize_start(resize, a->input.w, a->input.h, source->cols, source->rows);
    print_taps(writer, "rows", resize);
    memory_free(resize);
    fprintf(stream,
            "\n/* Between two of the values, each weighed in units of 2^-22. */\n"
            "static long %s_between(const long tap[3], long first, long second)\n"
            "{\n"
            "    return (first * tap[1] + second * tap[2] + 2097152L) >> 22;\n"
            "}\n",
            name);
    fprintf(stream,
            "\nstatic long %s_column(const unsigned char *row, int w)\n"
            "{\n"
            "    const long *tap = %s_columns[w];\n"
            "    return %s_between(tap, row[tap[0]], tap[2] ? row[tap[0] + 1] : 0);\n"
            "}\n",
            name, name, name);
    fprintf(stream,
            "\nstatic void %s_input(float *restrict x, const unsigned char *restrict image)\n"
            "{\n"
            "    int h, w;\n"
            "    for (h = 0; h < %d; h++)\n"
            "        for (w = 0; w < %d; w++) {\n"
            "            const long *tap = %s_rows[h];\n"
            "            const unsigned char *row = image + tap[0] * %d;\n"
            "            const long byte = %s_between(tap, %s_column(row, w),\n"
            "                                         tap[2] ? %s_column(row + %d, w) : 0);\n"
            "            x[h * %d + w] = ",
            name, a->input.h, a->input.w, name, source->cols, name, name, name, source->cols,
            a->input.w);
    print_value(writer, a, "byte");
    fputs("        }\n}\n", stream);
    return LENET5_OK;
}

static void print_predict(const struct c_writer *writer, const struct lenet5_network *network,
                          const struct c_source *source)
{
    const struct lenet5_architecture *a = &network->architecture;
    const char *name = writer->name;
    FILE *stream = writer->stream;
    bool second = false; /* where the values are */
    fprintf(stream,
            "\n%sint %s_predict(float logits[%d], const unsigned char image[%d])\n"
            "{\n"
            "    float a[%zu], b[%zu];\n"
            "    int i, best = 0;\n"
            "    %s_input(a, image);\n",
            source->header ? "static inline " : "", name, a->class_count,
            source->rows * source->cols, largest(network), largest(network), name);
    for (int i = 0; i < a->layer_count; i++) {
        const enum lenet5_layer_kind kind = a->layers[i].kind;
        if (c_nothing(kind))
            continue;
        if (c_in_place(kind)) {
            fprintf(stream, "    %s_layer%d(%c);\n", name, i, second ? 'b' : 'a');
            continue;
        }
        fprintf(stream, "    %s_layer%d(%c, %c);\n", name, i, second ? 'a' : 'b',
                second ? 'b' : 'a');
        second = !second;
    }
    fprintf(stream,
            "    for (i = 0; i < %d; i++) {\n"
            "        logits[i] = %c[i];\n"
            "        if (logits[i] > logits[best])\n"
            "            best = i;\n"
            "    }\n"
            "    return best;\n"
            "}\n",
            a->class_count, second ? 'b' : 'a');
    if (source->header)
        fputs("\n#endif\n", stream);
}

/* The layers' tensors as floats, one layer at a time. */
static void print_layers(const struct c_writer *writer, const struct lenet5_network *network,
                         const struct weights *weights, float *values)
{
    for (int i = 0; i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        struct safetensors_tensor pair[2];
        size_t used = 0, weight_count = 0;
        const int count = tensors_of_layer(pair, &layer->desc, layer->in);
        for (int t = 0; t < count; t++) {
            const struct safetensors_tensor *tensor = safetensors_find(&weights->file,
                                                                       pair[t].name);
            const unsigned char *from = weights->data + tensor->begin;
            for (size_t k = 0; k < weights_count(tensor); k++)
                values[used++] = load_float(from + k * sizeof(float));
            if (t == 0)
                weight_count = used;
        }
        c_layer(writer, layer, i, values, values + weight_count);
    }
}

static enum lenet5_status check(const struct lenet5_network *network, const char *path,
                                const struct c_source *source, struct lenet5_error *error)
{
    const struct lenet5_shape input = network->architecture.input;
    if (!is_identifier(source->name))
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%s: expected a name of 1 to 40 letters, digits and underscores that does not "
                    "begin with a digit, found '%s'",
                    path, source->name);
    if (source->rows < 1 || source->cols < 1 || source->rows > input.h || source->cols > input.w)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%s: images of %dx%d do not fit an input of %dx%d", path, source->rows,
                    source->cols, input.h, input.w);
    return LENET5_OK;
}

enum lenet5_status c_source_save(const struct lenet5_network *network, const char *path,
                                 const struct c_source *source, struct lenet5_error *error)
{
    const struct lenet5_architecture *a = &network->architecture;
    const bool enlarges = a->fit == LENET5_FIT_RESIZE &&
                          (source->rows < a->input.h || source->cols < a->input.w);
    struct weights weights;
    enum lenet5_status status = check(network, path, source, error);
    if (!status)
        status = weights_of(&weights, network, path, error);
    if (status)
        return status;
    char *text = NULL;
    size_t size = 0;
    struct c_writer writer = {
        .stream = open_memstream(&text, &size), .name = source->name, .int8 = source->int8};
    /* All values of all layers would fit into each. */
    const size_t all = weights.file.count ? weights.file.tensors[weights.file.count - 1].end : 1;
    float *values = memory_alloc(all, 1);
    writer.values = memory_alloc(all, 1);
    writer.scales = memory_alloc(all, 1);
    if (!writer.stream || !values || !writer.values || !writer.scales) {
        status = LENET5_ERROR_MEMORY;
        goto out;
    }
    print_head(&writer, network, source);
    if (enlarges)
        status = print_enlarging(&writer, a, source);
    else
        print_padding(&writer, a, source);
    print_layers(&writer, network, &weights, values);
    print_predict(&writer, network, source);
out:
    if (writer.stream && fclose(writer.stream) != 0)
        status = LENET5_ERROR_MEMORY;
    status = status ? fail(error, status, "%s: out of memory", path)
                    : atomic_file_write(path, text, size, error);
    free(text);
    memory_free(values);
    memory_free(writer.values);
    memory_free(writer.scales);
    weights_destroy(&weights);
    return status;
}
