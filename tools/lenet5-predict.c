/* lenet5-predict: tells what digits are on pictures. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "names.h"
#include "report.h"

static struct {
    int top, threads;
    enum lenet5_backend backend;
    bool json, show, raw;
} settings = {.top = 1, .backend = LENET5_BLAS};

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Options"},
    {CLI_INT, "top", 'k', "K", "print the K likeliest classes", &settings.top,
     .range = {1, LENET5_MAX_CLASSES, false}},
    {CLI_SET, "show", 's', NULL, "draw what the network sees", .target = &settings.show},
    {CLI_SET, "raw", 'r', NULL,
     "take the pixels as they are: light ink on dark ground, 28x28 or the network's input size",
     .target = &settings.raw},
    {CLI_SET, "json", 0, NULL, "print all probabilities as JSON", .target = &settings.json},
    {CLI_INT, "threads", 't', "N", "threads; 0 = all CPUs", &settings.threads,
     .range = {0, 64, false}},
    {CLI_CHOICE, "backend", 0, "KIND", "who computes", &settings.backend,
     .choices = names_backends},
};

static const struct cli_program program = {
    "lenet5-predict", "[OPTION...] MODEL FILE...",
    "Classifies pictures of single digits: PNG or PGM files, - for standard input.", options,
    sizeof(options) / sizeof(options[0])};

/* The model at work. */
struct predictor {
    struct lenet5_network *network;
    const struct lenet5_architecture *architecture;
    struct lenet5_classifier *classifier;
    struct cJSON *json; /* the array of results, NULL without --json */
};

/* Every pixel twice, because characters are about twice as high as wide. */
static void draw(const struct lenet5_image *image)
{
    static const char shades[] = " .:-=+*#%@";
    FILE *stream = settings.json ? stderr : stdout;
    for (int i = 0; i < image->height; i++) {
        for (int j = 0; j < image->width; j++) {
            char shade = shades[image->pixels[i * image->width + j] * 10 / 256];
            fprintf(stream, "%c%c", shade, shade);
        }
        fputc('\n', stream);
    }
}

static void print_top(const struct predictor *predictor, const char *path,
                      const float *probabilities)
{
    bool printed[LENET5_MAX_CLASSES] = {false};
    int classes = predictor->architecture->class_count;
    for (const char *c = path; *c; c++)
        putchar(iscntrl((unsigned char)*c) ? '?' : *c);
    putchar(':');
    for (int k = 0; k < settings.top && k < classes; k++) {
        int best = -1;
        for (int i = 0; i < classes; i++)
            if (!printed[i] && (best < 0 || probabilities[i] > probabilities[best]))
                best = i;
        printed[best] = true;
        printf("%s %s %.2f %%", k ? "," : "", predictor->architecture->classes[best],
               100 * (double)probabilities[best]);
    }
    putchar('\n');
}

static void add_result(const struct predictor *predictor, const char *path,
                       const float *probabilities)
{
    int best = 0, classes = predictor->architecture->class_count;
    struct cJSON *result = report_object(predictor->json, NULL);
    for (int i = 1; i < classes; i++)
        if (probabilities[i] > probabilities[best])
            best = i;
    report_text(result, "file", path);
    report_text(result, "label", predictor->architecture->classes[best]);
    struct cJSON *array = report_array(result, "probabilities");
    for (int i = 0; i < classes; i++)
        report_real(array, NULL, (double)probabilities[i]);
}

static int check_size(const struct predictor *predictor, const struct lenet5_image *image,
                      const char *path)
{
    struct lenet5_shape input = predictor->architecture->input;
    if ((image->width == LENET5_DIGIT_SIDE && image->height == LENET5_DIGIT_SIDE) ||
        (image->width == input.w && image->height == input.h))
        return CLI_OK;
    return cli_error(CLI_DATA, "%s: expected 28x28 or %dx%d pixels for --raw, found %dx%d", path,
                     input.w, input.h, image->width, image->height);
}

static int predict(const struct predictor *predictor, const char *path)
{
    struct lenet5_error error;
    struct lenet5_image image = {0}, seen;
    uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE];
    float probabilities[LENET5_MAX_CLASSES];
    int code = CLI_OK;

    if (lenet5_image_read(&image, path, &error))
        return cli_fail(&error);
    if (settings.raw) {
        seen = image;
        code = check_size(predictor, &image, path);
    } else {
        seen = (struct lenet5_image){LENET5_DIGIT_SIDE, LENET5_DIGIT_SIDE, digit};
        if (lenet5_image_to_digit(digit, &image, &error))
            code = cli_error(cli_code(error.status), "%s: %s", path, error.message);
    }
    if (!code && lenet5_classify(predictor->classifier, probabilities, seen.pixels, 1, seen.height,
                                 seen.width, &error))
        code = cli_error(cli_code(error.status), "%s: %s", path, error.message);
    if (!code) {
        if (settings.show)
            draw(&seen);
        if (predictor->json)
            add_result(predictor, path, probabilities);
        else
            print_top(predictor, path, probabilities);
    }
    lenet5_image_release(&image);
    return code;
}

int main(int argc, char **argv)
{
    struct predictor predictor = {.json = NULL};
    struct lenet5_error error;
    int code = CLI_OK;

    int first = cli_start(&program, argc, argv);
    if (argc - first < 2)
        return cli_error(CLI_USAGE,
                         "expected a model file and at least one picture, found %d "
                         "arguments",
                         argc - first);
    if (lenet5_model_load(&predictor.network, argv[first], &error)) {
        code = cli_fail(&error);
        goto out;
    }
    predictor.architecture = lenet5_network_architecture(predictor.network);
    if (lenet5_classifier_create(&predictor.classifier, predictor.network, settings.backend,
                                 cli_threads(settings.threads), &error)) {
        code = cli_fail(&error);
        goto out;
    }

    if (settings.json)
        predictor.json = report_array(NULL, NULL);
    for (int i = first + 1; i < argc; i++) {
        int failed = predict(&predictor, argv[i]);
        code = code ? code : failed; /* the first one's kind counts */
    }
    if (settings.json)
        report_print(predictor.json);

out:
    lenet5_classifier_destroy(predictor.classifier);
    lenet5_network_destroy(predictor.network);
    return code;
}
