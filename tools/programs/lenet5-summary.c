/* lenet5-summary: the layers of a network as a table, a calculation, JSON, or a drawing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/files.h"
#include "cli/json_output.h"
#include "network/names.h"
#include "report/diagram.h"
#include "report/explain.h"
#include "report/layer_names.h"
#include "training/recipe.h"

static struct {
    unsigned preset;
    bool preset_given, explain, json, listed;
    const char *diagram;
} settings;

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Options"},
    {CLI_CHOICE, "preset", 'p', "NAME", "the network to show, where no MODEL is given",
     &settings.preset, .choices = recipe_presets, .given = &settings.preset_given},
    {CLI_SET, "list-presets", 0, NULL, "list the presets and exit", .target = &settings.listed,
     .apply = recipe_list_presets},
    {CLI_SET, "explain", 'x', NULL, "calculate every size and parameter count by its formula",
     .target = &settings.explain},
    {CLI_TEXT, "diagram", 'D', "FILE", "write a drawing of the layers as SVG",
     .target = &settings.diagram},
    {CLI_SET, "json", 0, NULL, "print the table as JSON", .target = &settings.json},
};

static const struct cli_example examples[] = {
    {"lenet5-summary --preset lenet5", "the layers of a preset as a table"},
    {"lenet5-summary --explain lenet5.safetensors",
     "every size and parameter count of a model file, calculated by its formula"},
    {"lenet5-summary --diagram lenet5.svg lenet5.safetensors",
     "also write a drawing of the layers"},
    {NULL, NULL}};

static const struct cli_program program = {
    "lenet5-summary",
    "[OPTION...] [MODEL]",
    "Shows the layers of a model file or of a preset: shapes, parameters, multiply-accumulates.",
    options,
    sizeof(options) / sizeof(options[0]),
    examples};

static size_t values(struct lenet5_shape shape)
{
    return (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
}

/* Bytes of all layers' outputs for one image. */
static size_t activation_bytes(const struct lenet5_network *network)
{
    size_t sum = 0;
    for (int i = 0; i < lenet5_network_architecture(network)->layer_count; i++)
        sum += sizeof(float) * values(lenet5_network_layer(network, i).out);
    return sum;
}

static void add_shape(struct cJSON *parent, const char *key, struct lenet5_shape shape)
{
    struct cJSON *array = json_array(parent, key);
    json_count(array, NULL, (uint64_t)shape.c);
    json_count(array, NULL, (uint64_t)shape.h);
    json_count(array, NULL, (uint64_t)shape.w);
}

static void add_extent(struct cJSON *parent, const char *key, struct lenet5_extent extent)
{
    struct cJSON *array = json_array(parent, key);
    json_count(array, NULL, (uint64_t)extent.h);
    json_count(array, NULL, (uint64_t)extent.w);
}

static void add_row(struct cJSON *layers, const struct lenet5_network *network, int row)
{
    const struct lenet5_layer_info info = lenet5_network_layer(network, row);
    const bool conv = info.layer.kind == LENET5_LAYER_CONV;
    struct cJSON *json = json_object(layers, NULL);
    char paper[LAYER_NAME_SIZE];
    layer_paper_name(paper, network, row);
    json_text(json, "kind", lenet5_layer_kind_string(info.layer.kind));
    json_text(json, "name", info.layer.name);
    json_text(json, "paper_name", *paper ? paper : NULL);
    add_shape(json, "input", info.in);
    add_shape(json, "output", info.out);
    if (info.layer.kernel.h > 0) {
        add_extent(json, "kernel", info.layer.kernel);
        add_extent(json, "stride", info.layer.stride);
    }
    if (conv)
        add_extent(json, "padding", info.layer.padding);
    json_count(json, "parameters", info.parameters);
    json_count(json, "macs", info.macs);
    json_count(json, "connections", info.connections);
    json_count(json, "parameter_bytes", sizeof(float) * info.parameters);
    json_count(json, "activation_bytes", sizeof(float) * values(info.out));
}

static void print_json(const struct lenet5_network *network)
{
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    struct cJSON *json = json_document("lenet5-summary/1");
    json_text(json, "model", architecture->name);
    add_shape(json, "input", architecture->input);
    json_text(json, "fit", names_fits[architecture->fit]);
    json_real(json, "scale", (double)architecture->scale);
    json_real(json, "shift", (double)architecture->shift);
    struct cJSON *classes = json_array(json, "classes");
    for (int i = 0; i < architecture->class_count; i++)
        json_text(classes, NULL, architecture->classes[i]);
    struct cJSON *layers = json_array(json, "layers");
    for (int i = 0; i < architecture->layer_count; i++)
        add_row(layers, network, i);
    json_count(json, "parameters", lenet5_network_parameter_count(network));
    json_count(json, "macs", lenet5_network_macs(network));
    json_count(json, "connections", lenet5_network_connections(network));
    json_count(json, "parameter_bytes", sizeof(float) * lenet5_network_parameter_count(network));
    json_count(json, "activation_bytes", activation_bytes(network));
    json_print(json);
}

static const char row_format[] = "%-7s %-8s %-20s %15s %10s %12s %10s %12s\n";

/* The numbers of a layer or of all; zeros are left out. */
static void print_row(const char *paper, const char *name, const char *operation,
                      const char *output, size_t parameters, size_t macs, size_t bytes)
{
    const size_t counts[] = {parameters, macs, sizeof(float) * parameters, bytes};
    char texts[4][LAYER_NAME_SIZE] = {"", "", "", ""};
    for (int i = 0; i < 4; i++)
        if (counts[i] > 0)
            layer_count_text(texts[i], counts[i]);
    printf(row_format, paper, name, operation, output, texts[0], texts[1], texts[2], texts[3]);
}

static void print_input(const struct lenet5_architecture *architecture)
{
    const struct lenet5_shape input = architecture->input;
    printf("%s: images as (%d, %d, %d), smaller ones are %s; x = %.9g * byte %c %.9g\n\n",
           architecture->name, input.c, input.h, input.w,
           architecture->fit == LENET5_FIT_PAD ? "centred" : "enlarged",
           (double)architecture->scale, architecture->shift < 0 ? '-' : '+',
           architecture->shift < 0 ? -(double)architecture->shift : (double)architecture->shift);
}

static void print_table(const struct lenet5_network *network)
{
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    print_input(architecture);
    printf(row_format, "", "", "", "", "", "multiply-", "bytes of", "bytes of");
    printf(row_format, "layer", "tensors", "operation", "output", "parameters", "accumulates",
           "parameters", "its output");
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        char paper[LAYER_NAME_SIZE], operation[LAYER_NAME_SIZE], output[64];
        layer_paper_name(paper, network, i);
        layer_operation(operation, &info.layer);
        snprintf(output, sizeof(output), "(%d, %d, %d)", info.out.c, info.out.h, info.out.w);
        print_row(paper, info.layer.name ? info.layer.name : "", operation, output, info.parameters,
                  info.macs, sizeof(float) * values(info.out));
    }
    print_row("in all", "", "", "", lenet5_network_parameter_count(network),
              lenet5_network_macs(network), activation_bytes(network));
    const bool rbf = architecture->layers[architecture->layer_count - 1].kind == LENET5_LAYER_RBF;
    char connections[LAYER_NAME_SIZE];
    layer_count_text(connections, lenet5_network_connections(network));
    printf("\n%s connections, as the 1998 paper counts them: biases and pooling included.\n"
           "Outputs are (maps, height, width) of one image. The last are %s %d classes; their "
           "softmax\nare the probabilities.\n",
           connections, rbf ? "minus the squared distances to the codes of" : "logits of",
           architecture->class_count);
}

static int write_diagram(const struct lenet5_network *network)
{
    struct file_text text;
    file_text_start(&text);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", text.stream);
    diagram_write(text.stream, network);
    return file_text_save(&text, "--diagram: ", settings.diagram);
}

static int load(struct lenet5_network **network, const char *model)
{
    struct lenet5_error error;
    const struct lenet5_preset *preset = lenet5_preset_at((int)settings.preset);
    if (model ? lenet5_model_load(network, model, &error)
              : lenet5_network_create(network, &preset->architecture, &error))
        return cli_fail(&error);
    return CLI_OK;
}

int main(int argc, char **argv)
{
    struct lenet5_network *network = NULL;
    struct recipe unused;
    recipe_start(&unused); /* for the presets' names */
    const int first = cli_start(&program, argc, argv);
    if (argc - first > 1)
        return cli_error(CLI_USAGE, "expected one model file at most, found %d", argc - first);
    if (first < argc && settings.preset_given)
        return cli_error(CLI_USAGE, "expected a model file or --preset, found both");
    int code = load(&network, first < argc ? argv[first] : NULL);
    if (!code && settings.diagram)
        code = write_diagram(network);
    if (code)
        goto out;
    if (settings.json)
        print_json(network);
    else if (settings.explain)
        explain_network(network);
    else
        print_table(network);
out:
    lenet5_network_destroy(network);
    return code;
}
