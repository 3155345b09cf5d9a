/* lenet5-data: downloads, shows, generates, imports and exports data sets of labelled images. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near_miss.h"
#include "cli/cli.h"
#include "cli/json_output.h"
#include "dataset/augment_strengths.h"
#include "dataset/catalogue.h"
#include "dataset/data.h"
#include "dataset/image_folders.h"
#include "network/names.h"
#include "report/pictures.h"

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
    {CLI_GROUP, .help = "Options of info, show and export"},
    {CLI_CHOICE, "split", 0, "NAME", "the images to use", &settings.split, .choices = names_splits},
    {CLI_INT, "count", 'n', "N",
     "the first N images only; 0 = all, or for show 4 as text and 100 as PNG", &settings.count,
     .range = {0, 1e9, false}},
    {CLI_SET, "json", 0, NULL, "info, list, verify: print the result as JSON",
     .target = &settings.json},
    {CLI_TEXT, "png", 0, "FILE", "show: write a picture instead of text", .target = &settings.png},
    {CLI_CHOICE, "augment", 0, "KIND", "show: distort the images as in training", &settings.augment,
     .choices = augment_names},

    {CLI_GROUP, .help = "Options of generate"},
    {CLI_INT, "train", 0, "N", "training images", &settings.train, .range = {1, 10000000, false}},
    {CLI_INT, "test", 0, "N", "test images", &settings.test, .range = {1, 10000000, false}},
    {CLI_SEED, "seed", 's', "N",
     "seed of the digits; show: of the distortions; import: of the split",
     .target = &settings.seed},

    {CLI_GROUP, .help = "Options of import"},
    {CLI_REAL, "held-out", 0, "X", "share of the images that goes to the test files",
     &settings.held_out, .range = {0, 1, true}},
    {CLI_SET, "raw", 'r', NULL,
     "use pictures of 28x28 pixels as they are, without centring and scaling",
     .target = &settings.raw},

    {CLI_GROUP, .help = "Options of fetch"},
    {CLI_TEXT, "mirror", 0, "URL", "download from this address instead of the known servers",
     .target = &settings.mirror},
    {CLI_REAL, "timeout", 0, "SECONDS",
     "time without an answer after which the next server is tried", .target = &settings.timeout,
     .range = {0.1, 3600, false}},
};

static const struct cli_example examples[] = {
    {"lenet5-data fetch mnist", "download MNIST into the cache and print the directory"},
    {"lenet5-data info --split test", "count the test images, by class"},
    {"lenet5-data show --png digits.png", "write a picture of the first 100 training images"},
    {"lenet5-data generate digits --train 6000 --test 1000",
     "draw synthetic digits and write them as a data set"},
    {NULL, NULL}};

static const struct cli_program program = {
    "lenet5-data",
    "[OPTION...] COMMAND [ARGUMENT...]",
    "Downloads, shows, generates and converts data sets in MNIST's four files. Commands:\n"
    "  list               lists the data sets known by name, and where they are\n"
    "  fetch NAME         downloads a data set into the cache; prints the directory\n"
    "  verify [NAME]      compares the files with the published hashes\n"
    "  info [DIR|NAME]    prints counts, shape, mean, standard deviation, classes\n"
    "  show [DIR|NAME]    draws images, on the terminal or as PNG\n"
    "  generate DIR       draws synthetic digits and writes the four files\n"
    "  import FOLDER DIR  writes the four files from pictures, one folder per class\n"
    "  export [DIR] OUT   writes a PNG of every image, one folder per class",
    options,
    sizeof(options) / sizeof(options[0]),
    examples};

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
        struct cJSON *json = json_document("lenet5-data-info/1");
        json_text(json, "data", data_name(&data));
        json_text(json, "split", names_splits[settings.split]);
        json_count(json, "images", lenet5_dataset_count(dataset));
        json_count(json, "rows", (uint64_t)lenet5_dataset_rows(dataset));
        json_count(json, "cols", (uint64_t)lenet5_dataset_cols(dataset));
        json_real(json, "mean", facts.mean);
        json_real(json, "deviation", facts.deviation);
        struct cJSON *array = json_array(json, "classes");
        for (int i = 0; i < classes; i++) {
            struct cJSON *class = json_object(array, NULL);
            json_text(class, "name", class_name(&data, i));
            json_count(class, "images", facts.classes[i]);
        }
        json_print(json);
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
    const struct lenet5_augmentation augmentation = augment_strength(settings.augment);
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
        const int code = image_folders_write_idx(dataset, arguments[0], split);
        lenet5_dataset_destroy(dataset);
        if (code)
            return code;
    }
    cli_note("wrote %d training and %d test digits to %s", settings.train, settings.test,
             arguments[0]);
    return CLI_OK;
}

static int import(char **arguments)
{
    const struct image_folders_import how = {settings.held_out, settings.seed, settings.raw};
    return image_folders_import(arguments[0], arguments[1], &how);
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
    code = image_folders_export(dataset, data_class_names(&data), to);
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

static int wrong_count(const struct command *command, int found)
{
    char least[24] = "";
    if (command->least < command->most)
        snprintf(least, sizeof(least), "%d to ", command->least);
    return cli_error(CLI_USAGE, "%s: expected %s%d argument%s, found %d", command->name, least,
                     command->most, cli_plural(command->most), found);
}

int main(int argc, char **argv)
{
    const int first = cli_start(&program, argc, argv), arguments = argc - first - 1;
    if (arguments < 0)
        return cli_error(CLI_USAGE, "expected a command; --help lists them");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *command = &commands[i];
        if (strcmp(command->name, argv[first]) != 0)
            continue;
        if (arguments < command->least || arguments > command->most)
            return wrong_count(command, arguments);
        return command->run(argv + first + 1);
    }
    const char *names[sizeof(commands) / sizeof(commands[0]) + 1] = {NULL};
    char hint[NEAR_MISS_SIZE];
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        names[i] = commands[i].name;
    near_miss_hint(hint, argv[first], names);
    return cli_error(CLI_USAGE, "no command '%s'%s (--help lists the commands)", argv[first], hint);
}
