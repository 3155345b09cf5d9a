/* lenet5-convert: converts model files to other programs' formats and back. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "convert/formats.h"
#include "training/recipe.h"

enum format { BY_NAME, MODEL, ONNX, NPZ, KERAS, C_SOURCE };

static const char *const format_names[] = {"by-name", "model", "onnx", "npz", "keras", "c", NULL};

/* What a file's name ends in. */
static const struct {
    const char *ending;
    enum format format;
} endings[] = {{".safetensors", MODEL}, {".onnx", ONNX},  {".npz", NPZ},
               {".h5", KERAS},          {".c", C_SOURCE}, {".h", C_SOURCE}};

static struct {
    unsigned from, to, preset;
    bool preset_given, scale_given, shift_given, softmax;
    const char *like;
    double scale, shift;
    struct c_source c;
} settings = {.scale = 1.0 / 255, .c = {.name = "lenet5", .rows = 28, .cols = 28}};

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Formats; by default the endings of the file names decide"},
    {CLI_CHOICE, "from", 'f', "FORMAT", "format of INPUT", &settings.from, .choices = format_names},
    {CLI_CHOICE, "to", 't', "FORMAT", "format of OUTPUT", &settings.to, .choices = format_names},

    {CLI_GROUP,
     .help = "Network, needed if INPUT has only weights (npz, h5, PyTorch's safetensors)"},
    {CLI_CHOICE, "preset", 'p', "NAME", "use the network of this preset", &settings.preset,
     .choices = recipe_presets, .given = &settings.preset_given},
    {CLI_TEXT, "like", 'l', "MODEL", "use the network of this model file",
     .target = &settings.like},

    {CLI_GROUP, .help = "Input: a pixel of 0 to 255 enters the network as scale * pixel + shift"},
    {CLI_REAL, "scale", 0, "X", "scale to use instead of INPUT's or the network's", &settings.scale,
     .range = {-1e30, 1e30, false}, .given = &settings.scale_given},
    {CLI_REAL, "shift", 0, "X", "shift to use instead", &settings.shift,
     .range = {-1e30, 1e30, false}, .given = &settings.shift_given},

    {CLI_GROUP, .help = "ONNX"},
    {CLI_SET, "softmax", 0, NULL, "output probabilities instead of logits",
     .target = &settings.softmax},

    {CLI_GROUP, .help = "C: one self-contained file; with the ending .h it is a header"},
    {CLI_SET, "int8", 0, NULL, "store weights in 8 bits", .target = &settings.c.int8},
    {CLI_TEXT, "name", 0, "NAME", "prefix of the C names", .target = &settings.c.name},
    {CLI_INT, "rows", 0, "N", "height of the images", &settings.c.rows,
     .range = {1, LENET5_MAX_SIDE, false}},
    {CLI_INT, "cols", 0, "N", "width of the images", &settings.c.cols,
     .range = {1, LENET5_MAX_SIDE, false}},
};

static const struct cli_example examples[] = {
    {"lenet5-convert lenet5.safetensors lenet5.onnx", "write an ONNX file for other programs"},
    {"lenet5-convert --int8 lenet5.safetensors lenet5.c",
     "write the network as one C file with 8-bit weights"},
    {"lenet5-convert --preset lenet5 weights.npz lenet5.safetensors",
     "make a model file from weights of a known network"},
    {NULL, NULL}};

static const struct cli_program program = {
    "lenet5-convert",
    "[OPTION...] INPUT OUTPUT",
    "Converts a trained network from one file format into another.",
    options,
    sizeof(options) / sizeof(options[0]),
    examples};

/* BY_NAME where the name says nothing. */
static enum format format_of(const char *path, unsigned chosen)
{
    if (chosen)
        return (enum format)chosen;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const size_t length = strlen(path), ending = strlen(endings[i].ending);
        if (length > ending && !strcmp(path + length - ending, endings[i].ending))
            return endings[i].format;
    }
    return BY_NAME;
}

/* A network for weights that come alone. */
static int create(struct lenet5_network **network, const char *path)
{
    struct lenet5_error error;
    if (settings.like)
        return lenet5_model_load(network, settings.like, &error) ? cli_fail(&error) : CLI_OK;
    if (!settings.preset_given)
        return cli_error(CLI_USAGE,
                         "%s: has only weights; name the network with --preset or --like", path);
    return lenet5_network_create(network, &lenet5_preset_at((int)settings.preset)->architecture,
                                 &error)
               ? cli_fail(&error)
               : CLI_OK;
}

static int load_weights(struct lenet5_network **network, enum format format, const char *path)
{
    struct lenet5_error error;
    enum lenet5_status status = LENET5_OK;
    const int code = create(network, path);
    if (code)
        return code;
    if (format == MODEL)
        status = lenet5_model_load_weights(*network, path, &error);
    else if (format == NPZ)
        status = npz_load(*network, path, &error);
    else if (format == KERAS)
        status = keras_load(*network, path, &error);
    return status ? cli_fail(&error) : CLI_OK;
}

static int load(struct lenet5_network **network, const char *path)
{
    struct lenet5_error error;
    const enum format format = format_of(path, settings.from);
    switch (format) {
    case MODEL:
        if (settings.like || settings.preset_given)
            return load_weights(network, format, path);
        return lenet5_model_load(network, path, &error) ? cli_fail(&error) : CLI_OK;
    case ONNX:
        if (settings.like || settings.preset_given)
            return cli_error(CLI_USAGE,
                             "%s: an ONNX file contains its network; --%s is not allowed", path,
                             settings.like ? "like" : "preset");
        return onnx_load(network, path, &error) ? cli_fail(&error) : CLI_OK;
    case NPZ:
    case KERAS:
        return load_weights(network, format, path);
    default:
        return cli_error(
            CLI_USAGE,
            "%s: expected a name that ends in .safetensors, .onnx, .npz or .h5, or --from", path);
    }
}

/* The network with another scale or shift. */
static int rescale(struct lenet5_network **network)
{
    struct lenet5_error error;
    struct lenet5_network *changed;
    struct lenet5_architecture architecture = *lenet5_network_architecture(*network);
    if (!settings.scale_given && !settings.shift_given)
        return CLI_OK;
    if (settings.scale_given)
        architecture.scale = (float)settings.scale;
    if (settings.shift_given)
        architecture.shift = (float)settings.shift;
    if (lenet5_network_create(&changed, &architecture, &error))
        return cli_fail(&error);
    memcpy(lenet5_network_parameters(changed), lenet5_network_weights(*network),
           lenet5_network_parameter_count(changed) * sizeof(float));
    lenet5_network_destroy(*network);
    *network = changed;
    return CLI_OK;
}

static int save(const struct lenet5_network *network, enum format format, const char *path)
{
    struct lenet5_error error;
    enum lenet5_status status = LENET5_OK;
    switch (format) {
    case ONNX:
        status = onnx_save(network, path, settings.softmax, &error);
        break;
    case NPZ:
        status = npz_save(network, path, &error);
        break;
    case KERAS:
        status = keras_save(network, path, &error);
        break;
    case C_SOURCE:
        settings.c.header = strlen(path) > 2 && !strcmp(path + strlen(path) - 2, ".h");
        status = c_source_save(network, path, &settings.c, &error);
        break;
    default:
        status = lenet5_model_save(network, path, &error);
    }
    return status ? cli_fail(&error) : CLI_OK;
}

int main(int argc, char **argv)
{
    struct recipe unused;
    recipe_start(&unused); /* for the presets' names */
    const int first = cli_start(&program, argc, argv);
    if (argc - first != 2)
        return cli_error(CLI_USAGE, "expected INPUT and OUTPUT, found %d argument%s", argc - first,
                         cli_plural(argc - first));
    const char *input = argv[first], *output = argv[first + 1];
    if (settings.like && settings.preset_given)
        return cli_error(CLI_USAGE, "expected --preset or --like, found both");
    const enum format to = format_of(output, settings.to);
    if (to == BY_NAME)
        return cli_error(
            CLI_USAGE,
            "%s: expected a name that ends in .safetensors, .onnx, .npz, .h5, .c or .h, or --to",
            output);
    if (settings.softmax && to != ONNX)
        return cli_error(CLI_USAGE, "--softmax: expected an ONNX file to write, found %s",
                         format_names[to]);

    if (settings.c.int8 && to != C_SOURCE)
        return cli_error(CLI_USAGE, "--int8: expected a C file to write, found %s",
                         format_names[to]);

    struct lenet5_network *network = NULL;
    int code;
    struct stat info;
    if (!(code = load(&network, input)) && !(code = rescale(&network)) &&
        !(code = save(network, to, output)) && !cli_quiet && !stat(output, &info))
        printf("%s: %s, %zu parameters, %lld bytes\n", output, format_names[to],
               lenet5_network_parameter_count(network), (long long)info.st_size);
    lenet5_network_destroy(network);
    return code;
}
