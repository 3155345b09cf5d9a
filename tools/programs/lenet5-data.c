/* lenet5-data: looks at labelled images, makes them, and takes them to other formats and back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "network/names.h"
#include "dataset/catalogue.h"
#include "dataset/data.h"
#include "dataset/distortion.h"
#include "dataset/folders.h"
#include "report/pictures.h"
#include "report/report.h"

static struct {
    enum lenet5_split split;
    int count, train, test;
    uint64_t seed;
    double held_out;
    unsigned augment;
    const char *png, *mirror;
    bool json, raw;
    double timeout;
} settings = {.split = LENET5_SPLIT_TRAIN,
              .train = 60000,
              .test = 10000,
              .seed = 1,
              .held_out = 0.15,
              .timeout = 30};

enum { SHOWN_AS_TEXT = 4, SHOWN_AS_PNG = 100, PNG_COLUMNS = 20, FRAME = 32 };

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "info, show, export"},
    {CLI_CHOICE, "split", 0, "NAME", "which images", &settings.split, .choices = names_splits},
    {CLI_INT, "count", 'n', "N", "the first N images only; 0 = as many as suit", &settings.count,
     .range = {0, 1e9, false}},
    {CLI_SET, "json", 0, NULL, "info, list, verify: print the result as JSON",
     .target = &settings.json},
    {CLI_TEXT, "png", 0, "FILE", "show: write a picture instead of text", .target = &settings.png},
    {CLI_CHOICE, "augment", 0, "KIND", "show: distorted as in training", &settings.augment,
     .choices = distortion_names},

    {CLI_GROUP, .help = "generate"},
    {CLI_INT, "train", 0, "N", "training images", &settings.train, .range = {1, 10000000, false}},
    {CLI_INT, "test", 0, "N", "test images", &settings.test, .range = {1, 10000000, false}},
    {CLI_SEED, "seed", 's', "N", "which digits; show: which distortions; import: what is held out",
     .target = &settings.seed},

    {CLI_GROUP, .help = "import"},
    {CLI_REAL, "held-out", 0, "X", "share of images that become the test files", &settings.held_out,
     .range = {0, 1, true}},
    {CLI_SET, "raw", 'r', NULL, "take pictures of 28x28 pixels as they are",
     .target = &settings.raw},

    {CLI_GROUP, .help = "fetch"},
    {CLI_TEXT, "mirror", 0, "URL", "where the files are, instead of the known places",
     .target = &settings.mirror},
    {CLI_REAL, "timeout", 0, "SECONDS", "wait so long for a server that says nothing",
     .target = &settings.timeout, .range = {0.1, 3600, false}},
};

static const struct cli_program program = {
    "lenet5-data", "[OPTION...] COMMAND [ARGUMENT...]",
    "Gets, makes and looks at labelled images in MNIST's four files. Commands:\n"
    "  list               the data sets known by name, and where they are\n"
    "  fetch NAME         downloads one into the cache; prints where\n"
    "  verify [NAME]      compares files with the published hashes\n"
    "  info [DIR|NAME]    counts, shape, mean, standard deviation, images per class\n"
    "  show [DIR|NAME]    draws some, on the terminal or as PNG\n"
    "  generate DIR       draws built-in digits and writes the four files\n"
    "  import FOLDER DIR  makes the four files of pictures in a folder per class\n"
    "  export [DIR] OUT   makes a PNG of every image, in a folder per class",
    options, sizeof(options) / sizeof(options[0])};

/* The images that a command is about: at most --count of them. */
static int read_images(struct lenet5_dataset **dataset, struct data *data, const char *directory)
{
    struct lenet5_dataset *all;
    struct lenet5_error error;
    *data = (struct data){.directory = directory};
    const int code = data_read(data, &all, settings.split);
    if (code)
        return code;
    if (settings.count == 0 || (size_t)settings.count >= lenet5_dataset_count(all)) {
        *dataset = all;
        return CLI_OK;
    }
    const int failed = lenet5_dataset_first(dataset, all, (size_t)settings.count, &error)
                           ? cli_fail(&error)
                           : CLI_OK;
    lenet5_dataset_destroy(all);
    return failed;
}

/* What info prints; mean and deviation are of pixels from 0 to 1. */
struct facts {
    size_t classes[LENET5_MAX_CLASSES];
    double mean, deviation;
};

static struct facts facts_of(const struct lenet5_dataset *dataset)
{
    struct facts facts = {0};
    const size_t count = lenet5_dataset_count(dataset);
    const size_t area = (size_t)lenet5_dataset_rows(dataset) * (size_t)lenet5_dataset_cols(dataset);
    const uint8_t *pixels = lenet5_dataset_image(dataset, 0);
    uint64_t sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        facts.classes[lenet5_dataset_label(dataset, i)]++;
    for (size_t i = 0; i < count * area; i++) {
        sum += pixels[i];
        squares += (uint64_t)pixels[i] * pixels[i];
    }
    const double all = (double)(count * area), mean = (double)sum / all;
    facts.mean = mean / 255;
    facts.deviation = sqrt((double)squares / all - mean * mean) / 255;
    return facts;
}

static const char *class_name(const struct data *data, int class)
{
    static char digits[12];
    const char *const *names = data_class_names(data);
    snprintf(digits, sizeof(digits), "%d", class);
    return names ? names[class] : digits;
}

static int info(char **arguments)
{
    struct data data;
    struct lenet5_dataset *dataset;
    const int code = read_images(&dataset, &data, arguments[0]);
    if (code)
        return code;
    const struct facts facts = facts_of(dataset);
    const int classes = lenet5_dataset_classes(dataset);
    if (settings.json) {
        struct cJSON *json = report_document("lenet5-data-info/1");
        report_text(json, "data", data_name(&data));
        report_text(json, "split", names_splits[settings.split]);
        report_count(json, "images", lenet5_dataset_count(dataset));
        report_count(json, "rows", (uint64_t)lenet5_dataset_rows(dataset));
        report_count(json, "cols", (uint64_t)lenet5_dataset_cols(dataset));
        report_real(json, "mean", facts.mean);
        report_real(json, "deviation", facts.deviation);
        struct cJSON *array = report_array(json, "classes");
        for (int i = 0; i < classes; i++) {
            struct cJSON *class = report_object(array, NULL);
            report_text(class, "name", class_name(&data, i));
            report_count(class, "images", facts.classes[i]);
        }
        report_print(json);
    } else {
        printf("data       %s, %s\nimages     %zu of %dx%d pixels\nmean       %.4f\n"
               "deviation  %.4f (pixels from 0 to 1)\n",
               data_name(&data), names_splits[settings.split], lenet5_dataset_count(dataset),
               lenet5_dataset_rows(dataset), lenet5_dataset_cols(dataset), facts.mean,
               facts.deviation);
        for (int i = 0; i < classes; i++)
            printf("%-10s %zu\n", class_name(&data, i), facts.classes[i]);
    }
    lenet5_dataset_destroy(dataset);
    return CLI_OK;
}

/* Two rows to a line, because characters are about twice as high as wide. */
static void draw(const struct lenet5_dataset *dataset, size_t i)
{
    static const char shades[] = " .:-=+*#%@";
    const int rows = lenet5_dataset_rows(dataset), cols = lenet5_dataset_cols(dataset);
    const uint8_t *pixels = lenet5_dataset_image(dataset, i);
    for (int r = 0; r < rows; r += 2) {
        for (int c = 0; c < cols; c++) {
            const int upper = pixels[r * cols + c];
            const int lower = r + 1 < rows ? pixels[(r + 1) * cols + c] : upper;
            putchar(shades[(upper + lower) * 5 / 256]);
        }
        putchar('\n');
    }
}

static int write_png(const struct lenet5_dataset *dataset, size_t count)
{
    struct lenet5_image picture = {0};
    struct lenet5_error error;
    const uint8_t **images = malloc(count * sizeof(*images));
    int code = CLI_OK;
    for (size_t i = 0; images && i < count; i++)
        images[i] = lenet5_dataset_image(dataset, i);
    if (!images || !picture_grid(&picture, images, count, lenet5_dataset_rows(dataset),
                                 lenet5_dataset_cols(dataset), PNG_COLUMNS))
        code = cli_error(CLI_MEMORY, "out of memory");
    else if (lenet5_image_write_png(&picture, settings.png, &error))
        code = cli_fail(&error);
    free(images);
    lenet5_image_release(&picture);
    return code;
}

static int distort(struct lenet5_dataset **dataset)
{
    struct lenet5_dataset *distorted;
    struct lenet5_error error;
    const struct lenet5_augmentation augmentation = distortion_of(settings.augment);
    const int rows = lenet5_dataset_rows(*dataset), cols = lenet5_dataset_cols(*dataset);
    const int side = rows > cols ? rows : cols;
    if (lenet5_dataset_augment(&distorted, *dataset, &augmentation, side > FRAME ? side : FRAME,
                               settings.seed, &error))
        return cli_fail(&error);
    lenet5_dataset_destroy(*dataset);
    *dataset = distorted;
    return CLI_OK;
}

static int show(char **arguments)
{
    struct data data;
    struct lenet5_dataset *dataset;
    if (settings.count == 0)
        settings.count = settings.png ? SHOWN_AS_PNG : SHOWN_AS_TEXT;
    int code = read_images(&dataset, &data, arguments[0]);
    if (code)
        return code;
    if (settings.augment)
        code = distort(&dataset);
    const size_t count = lenet5_dataset_count(dataset);
    if (!code && settings.png)
        code = write_png(dataset, count);
    for (size_t i = 0; !code && !settings.png && i < count; i++) {
        printf("%zu: %s\n", i, class_name(&data, lenet5_dataset_label(dataset, i)));
        draw(dataset, i);
    }
    lenet5_dataset_destroy(dataset);
    return code;
}

static int generate(char **arguments)
{
    for (enum lenet5_split split = LENET5_SPLIT_TRAIN; split <= LENET5_SPLIT_TEST; split++) {
        struct lenet5_dataset *dataset;
        struct lenet5_error error;
        const int count = split == LENET5_SPLIT_TRAIN ? settings.train : settings.test;
        if (lenet5_dataset_draw_digits(&dataset, (size_t)count, settings.seed, split, &error))
            return cli_fail(&error);
        const int code = folders_write_idx(dataset, arguments[0], split);
        lenet5_dataset_destroy(dataset);
        if (code)
            return code;
    }
    cli_note("wrote %d + %d digits to %s", settings.train, settings.test, arguments[0]);
    return CLI_OK;
}

static int import(char **arguments)
{
    const struct folders_import how = {settings.held_out, settings.seed, settings.raw};
    return folders_import(arguments[0], arguments[1], &how);
}

static int list(char **arguments)
{
    (void)arguments;
    return catalogue_list(settings.json);
}

static int fetch(char **arguments)
{
    return catalogue_fetch(arguments[0], settings.mirror, settings.timeout);
}

static int verify(char **arguments)
{
    return catalogue_verify(arguments[0], settings.json);
}

/* One argument is the place to write to, two are where from and where to. */
static int export(char **arguments)
{
    struct data data;
    struct lenet5_dataset *dataset;
    const char *from = arguments[1] ? arguments[0] : NULL;
    const char *to = arguments[1] ? arguments[1] : arguments[0];
    int code = read_images(&dataset, &data, from);
    if (code)
        return code;
    code = folders_export(dataset, data_class_names(&data), to);
    lenet5_dataset_destroy(dataset);
    return code;
}

static const struct command {
    const char *name;
    int least, most; /* arguments */
    int (*run)(char **arguments);
} commands[] = {
    {"list", 0, 0, list},     {"fetch", 1, 1, fetch},   {"verify", 0, 1, verify},
    {"info", 0, 1, info},     {"show", 0, 1, show},     {"generate", 1, 1, generate},
    {"import", 2, 2, import}, {"export", 1, 2, export},
};

int main(int argc, char **argv)
{
    const int first = cli_start(&program, argc, argv), arguments = argc - first - 1;
    if (arguments < 0)
        return cli_error(CLI_USAGE, "expected a command, see --help");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *command = &commands[i];
        if (strcmp(command->name, argv[first]) != 0)
            continue;
        if (arguments < command->least || arguments > command->most)
            return cli_error(CLI_USAGE, "%s: expected %d to %d arguments, found %d", command->name,
                             command->least, command->most, arguments);
        return command->run(argv + first + 1);
    }
    return cli_error(CLI_USAGE, "no command '%s', see --help", argv[first]);
}
