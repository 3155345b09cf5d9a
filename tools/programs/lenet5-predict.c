/* lenet5-predict: classifies the digits on pictures. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/json_output.h"
#include "network/names.h"

static struct {
    int top, threads;
    enum lenet5_backend backend;
    bool json, show, raw, many;
} settings = {.top = 1, .backend = LENET5_BACKEND_BLAS};

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Options"},
    {CLI_INT, "top", 'k', "K", "print the K most probable classes", &settings.top,
     .range = {1, LENET5_MAX_CLASSES, false}},
    {CLI_SET, "many", 'm', NULL, "read all digits of each picture, line by line",
     .target = &settings.many},
    {CLI_SET, "show", 's', NULL, "draw the picture as the network sees it",
     .target = &settings.show},
    {CLI_SET, "raw", 'r', NULL,
     "do not search for the digit: the picture has light ink on a dark background, and 28x28 "
     "pixels or the network's input size",
     .target = &settings.raw},
    {CLI_SET, "json", 0, NULL, "print all probabilities as JSON", .target = &settings.json},
    {CLI_INT, "threads", 't', "N", "number of threads, 0 = all CPUs", &settings.threads,
     .range = {0, 64, false}},
    {CLI_CHOICE, "backend", 0, "KIND",
     "how to compute the layers: plain loops, BLAS or direct convolution", &settings.backend,
     .choices = names_backends},
};

static const struct cli_example examples[] = {
    {"lenet5-predict lenet5.safetensors digit.png",
     "print the most probable digit and its probability"},
    {"lenet5-predict --top 3 --show lenet5.safetensors digit.png",
     "print the three most probable and draw what the network sees"},
    {"lenet5-predict --many --json lenet5.safetensors page.png",
     "read all digits of a picture, with positions, as JSON"},
    {NULL, NULL}};

static const struct cli_program program = {
    "lenet5-predict",
    "[OPTION...] MODEL FILE...",
    "Classifies pictures of digits: PNG or PGM files with one digit each; - is standard input.",
    options,
    sizeof(options) / sizeof(options[0]),
    examples};

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

static void print_name(const char *path)
{
    for (const char *c = path; *c; c++)
        putchar(iscntrl((unsigned char)*c) ? '?' : *c);
    putchar(':');
}

static const char *likeliest(const struct predictor *predictor, const float *probabilities)
{
    int best = 0;
    for (int i = 1; i < predictor->architecture->class_count; i++)
        if (probabilities[i] > probabilities[best])
            best = i;
    return predictor->architecture->classes[best];
}

/* "7 92.89 %, 3 0.89 %" and so on, --top of them. */
static void print_top(const struct predictor *predictor, const float *probabilities)
{
    bool printed[LENET5_MAX_CLASSES] = {false};
    int classes = predictor->architecture->class_count;
    for (int k = 0; k < settings.top && k < classes; k++) {
        int best = -1;
        for (int i = 0; i < classes; i++)
            if (!printed[i] && (best < 0 || probabilities[i] > probabilities[best]))
                best = i;
        printed[best] = true;
        printf("%s%s %.2f %%", k ? ", " : "", predictor->architecture->classes[best],
               100 * (double)probabilities[best]);
    }
}

static void add_probabilities(struct cJSON *result, const struct predictor *predictor,
                              const float *probabilities)
{
    json_text(result, "label", likeliest(predictor, probabilities));
    struct cJSON *array = json_array(result, "probabilities");
    for (int i = 0; i < predictor->architecture->class_count; i++)
        json_real(array, NULL, (double)probabilities[i]);
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

/* The library's message, with the picture's name. */
static int fail_on(const char *path, const struct lenet5_error *error)
{
    return cli_error(cli_code(error->status), "%s: %s", path, error->message);
}

/* There is no single digit; if there are several, the message names --many. */
static int fail_on_one(const char *path, const struct lenet5_image *image,
                       const struct lenet5_error *error)
{
    struct lenet5_found_digit *digits;
    size_t count;
    if (lenet5_image_find_digits(&digits, &count, image, NULL) || count == 1) {
        free(digits);
        return fail_on(path, error);
    }
    free(digits);
    return cli_error(cli_code(error->status), "%s: %s; --many reads all of them", path,
                     error->message);
}

static int predict_one(const struct predictor *predictor, const char *path,
                       const struct lenet5_image *image)
{
    struct lenet5_error error;
    uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE];
    struct lenet5_image seen = *image;
    float probabilities[LENET5_MAX_CLASSES];
    if (settings.raw) {
        int code = check_size(predictor, image, path);
        if (code)
            return code;
    } else {
        seen = (struct lenet5_image){LENET5_DIGIT_SIDE, LENET5_DIGIT_SIDE, digit};
        if (lenet5_image_to_digit(digit, image, &error))
            return fail_on_one(path, image, &error);
    }
    if (lenet5_classify(predictor->classifier, probabilities, seen.pixels, 1, seen.height,
                        seen.width, &error))
        return fail_on(path, &error);
    if (settings.show)
        draw(&seen);
    if (predictor->json) {
        struct cJSON *result = json_object(predictor->json, NULL);
        json_text(result, "file", path);
        add_probabilities(result, predictor, probabilities);
    } else {
        print_name(path);
        putchar(' ');
        print_top(predictor, probabilities);
        putchar('\n');
    }
    return CLI_OK;
}

static void add_digit(struct cJSON *array, const struct predictor *predictor,
                      const struct lenet5_found_digit *digit, const float *probabilities)
{
    struct cJSON *result = json_object(array, NULL);
    add_probabilities(result, predictor, probabilities);
    json_count(result, "line", (uint64_t)digit->line);
    json_count(result, "left", (uint64_t)digit->left);
    json_count(result, "top", (uint64_t)digit->top);
    json_count(result, "width", (uint64_t)digit->width);
    json_count(result, "height", (uint64_t)digit->height);
}

/* "page.png: 42 7 (4 95.31 %; 2 95.18 %; 7 94.72 %)": the digits by lines, and how sure each is. */
static void print_many(const struct predictor *predictor, const char *path,
                       const struct lenet5_found_digit *digits, size_t count,
                       const float *probabilities)
{
    int classes = predictor->architecture->class_count;
    print_name(path);
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i == 0 || digits[i].line != digits[i - 1].line ? " " : "",
               likeliest(predictor, probabilities + i * (size_t)classes));
    for (size_t i = 0; i < count; i++) {
        fputs(i ? "; " : " (", stdout);
        print_top(predictor, probabilities + i * (size_t)classes);
    }
    puts(")");
}

static int predict_many(const struct predictor *predictor, const char *path,
                        const struct lenet5_image *image)
{
    struct lenet5_found_digit *digits;
    struct lenet5_error error;
    size_t count, classes = (size_t)predictor->architecture->class_count;
    if (lenet5_image_find_digits(&digits, &count, image, &error))
        return fail_on(path, &error);
    int code = CLI_OK;
    float *probabilities = calloc(count * classes, sizeof(float));
    if (!probabilities)
        code = cli_error(CLI_MEMORY, "out of memory");
    for (size_t i = 0; !code && i < count; i++)
        if (lenet5_classify(predictor->classifier, probabilities + i * classes, digits[i].pixels, 1,
                            LENET5_DIGIT_SIDE, LENET5_DIGIT_SIDE, &error))
            code = fail_on(path, &error);
    for (size_t i = 0; !code && settings.show && i < count; i++)
        draw(&(struct lenet5_image){LENET5_DIGIT_SIDE, LENET5_DIGIT_SIDE, digits[i].pixels});
    if (!code && predictor->json) {
        struct cJSON *result = json_object(predictor->json, NULL);
        json_text(result, "file", path);
        struct cJSON *array = json_array(result, "digits");
        for (size_t i = 0; i < count; i++)
            add_digit(array, predictor, &digits[i], probabilities + i * classes);
    } else if (!code) {
        print_many(predictor, path, digits, count, probabilities);
    }
    free(probabilities);
    free(digits);
    return code;
}

static int predict(const struct predictor *predictor, const char *path)
{
    struct lenet5_error error;
    struct lenet5_image image;
    if (lenet5_image_read(&image, path, &error))
        return cli_fail(&error);
    int code = settings.many ? predict_many(predictor, path, &image)
                             : predict_one(predictor, path, &image);
    lenet5_image_release(&image);
    return code;
}

static bool is_picture(const char *path)
{
    struct lenet5_image image;
    if (lenet5_image_read(&image, path, NULL))
        return false;
    lenet5_image_release(&image);
    return true;
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
                         "argument%s",
                         argc - first, cli_plural(argc - first));
    if (settings.many && settings.raw)
        return cli_error(CLI_USAGE,
                         "--many and --raw exclude each other: --many searches for digits");
    if (lenet5_model_load(&predictor.network, argv[first], &error)) {
        code = cli_fail(&error);
        if (error.status == LENET5_ERROR_DATA && is_picture(argv[first]))
            cli_error(CLI_DATA, "%s is a picture; the model comes first", argv[first]);
        goto out;
    }
    predictor.architecture = lenet5_network_architecture(predictor.network);
    if (lenet5_classifier_create(&predictor.classifier, predictor.network, settings.backend,
                                 cli_threads(settings.threads), &error)) {
        code = cli_fail(&error);
        goto out;
    }

    struct cJSON *document = settings.json ? json_document("lenet5-predict/1") : NULL;
    if (settings.json)
        predictor.json = json_array(document, "pictures");
    for (int i = first + 1; i < argc; i++) {
        int failed = predict(&predictor, argv[i]);
        code = code ? code : failed; /* the first one's kind counts */
    }
    if (settings.json)
        json_print(document);

out:
    lenet5_classifier_destroy(predictor.classifier);
    lenet5_network_destroy(predictor.network);
    return code;
}
