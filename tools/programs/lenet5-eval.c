/* lenet5-eval: a model's accuracy, error and confusion matrix on labelled images. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json_output.h"
#include "dataset/data.h"
#include "network/names.h"
#include "report/evaluation.h"
#include "report/html_report.h"

static struct {
    const char *data;
    enum lenet5_split split;
    int threads;
    enum lenet5_backend backend;
    bool json, own_mean;
    int batch;
    uint64_t seed;
    const char *report;
} settings = {.split = LENET5_SPLIT_TEST, .backend = LENET5_BACKEND_BLAS, .seed = 1};

static size_t batch_correct; /* of settings.batch images drawn at random */

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Options"},
    {CLI_TEXT, "data", 'd', "DIR|NAME", DATA_HELP, .target = &settings.data},
    {CLI_CHOICE, "split", 0, "NAME", "the images to use", &settings.split, .choices = names_splits},
    {CLI_INT, "threads", 't', "N",
     "number of threads, 0 = all CPUs; the result is the same on any number", &settings.threads,
     .range = {0, 64, false}},
    {CLI_CHOICE, "backend", 0, "KIND",
     "how to compute the layers: plain loops, BLAS or direct convolution", &settings.backend,
     .choices = names_backends},
    {CLI_INT, "batch", 0, "N", "also print the accuracy on N images drawn at random; 0 = do not",
     &settings.batch, .range = {0, 1e9, false}},
    {CLI_SEED, "seed", 's', "N", "seed that draws the images of --batch", .target = &settings.seed},
    {CLI_SET, "own-mean", 0, NULL,
     "subtract the mean of these images instead of that of the training images",
     .target = &settings.own_mean},
    {CLI_TEXT, "report", 0, "DIR", "write an HTML report with pictures to this directory",
     .target = &settings.report},
    {CLI_SET, "json", 0, NULL, "print the result as JSON", .target = &settings.json},
};

static const struct cli_example examples[] = {
    {"lenet5-eval lenet5.safetensors",
     "accuracy, error and confusion matrix on MNIST's test images"},
    {"lenet5-eval --split train --json lenet5.safetensors",
     "the same on the training images, as JSON"},
    {"lenet5-eval --report report lenet5.safetensors",
     "also write an HTML report to the directory report"},
    {NULL, NULL}};

static const struct cli_program program = {
    "lenet5-eval",
    "[OPTION...] MODEL",
    "Evaluates a model file on labelled images: accuracy, error and confusion matrix.",
    options,
    sizeof(options) / sizeof(options[0]),
    examples};

static struct cJSON *make_json(const struct lenet5_evaluation *evaluation,
                               const struct lenet5_architecture *architecture)
{
    int n = evaluation->classes;
    struct cJSON *json = json_document("lenet5-eval/1");
    json_real(json, "accuracy", evaluation->accuracy);
    json_real(json, "error", evaluation_error(evaluation));
    json_real(json, "error_deviation", evaluation_deviation(evaluation));
    const struct evaluation_interval interval = evaluation_interval(evaluation);
    struct cJSON *bounds = json_array(json, "error_interval");
    json_real(bounds, NULL, interval.low);
    json_real(bounds, NULL, interval.high);
    json_real(json, "loss", evaluation->loss);
    json_count(json, "samples", evaluation->samples);
    /* Not a number, and so null, where no batch is asked for. */
    const double drawn = settings.batch > 0 ? settings.batch : NAN;
    json_real(json, "batch_samples", drawn);
    json_real(json, "batch_correct", settings.batch > 0 ? (double)batch_correct : NAN);
    json_real(json, "batch_accuracy", (double)batch_correct / drawn);

    struct cJSON *classes = json_array(json, "per_class");
    for (int i = 0; i < n; i++) {
        const struct evaluation_class counts = evaluation_class(evaluation, i);
        struct cJSON *class = json_object(classes, NULL);
        json_text(class, "class", architecture->classes[i]);
        json_count(class, "samples", counts.samples);
        json_count(class, "correct", counts.correct);
        json_real(class, "accuracy", counts.recall);
        json_real(class, "precision", counts.precision);
        json_real(class, "recall", counts.recall);
        json_real(class, "f1", counts.f1);
    }

    struct cJSON *confusion = json_array(json, "confusion");
    for (int label = 0; label < n; label++) {
        struct cJSON *row = json_array(confusion, NULL);
        for (int i = 0; i < n; i++)
            json_count(row, NULL, evaluation->confusion[label * n + i]);
    }
    return json;
}

static void print_percent(int width, double value)
{
    isnan(value) ? printf("%*s", width, "-") : printf("%*.2f", width, 100 * value);
}

static void print_tables(const struct lenet5_evaluation *evaluation,
                         const struct lenet5_architecture *architecture)
{
    int n = evaluation->classes, width = 5;
    for (int i = 0; i < n; i++)
        if ((int)strlen(architecture->classes[i]) > width)
            width = (int)strlen(architecture->classes[i]);

    printf("\n%*s %8s %8s %10s %8s %8s   (per cent)\n", width, "class", "samples", "correct",
           "precision", "recall", "F1");
    for (int i = 0; i < n; i++) {
        const struct evaluation_class counts = evaluation_class(evaluation, i);
        printf("%*s %8ju %8ju", width, architecture->classes[i], (uintmax_t)counts.samples,
               (uintmax_t)counts.correct);
        print_percent(11, counts.precision);
        print_percent(9, counts.recall);
        print_percent(9, counts.f1);
        putchar('\n');
    }

    printf("\n%*s", width, "");
    for (int i = 0; i < n; i++)
        printf(" %*s", width, architecture->classes[i]);
    puts("   <- predicted");
    for (int label = 0; label < n; label++) {
        printf("%*s", width, architecture->classes[label]);
        for (int i = 0; i < n; i++)
            printf(" %*u", width, evaluation->confusion[label * n + i]);
        putchar('\n');
    }
}

static void print_summary(const struct lenet5_evaluation *evaluation, const char *data)
{
    printf("accuracy  %.2f %%\n", 100 * evaluation->accuracy);
    const struct evaluation_interval interval = evaluation_interval(evaluation);
    printf("error     %.2f %% (95 %% interval: %.2f to %.2f %%)\n",
           100 * evaluation_error(evaluation), 100 * interval.low, 100 * interval.high);
    printf("loss      %.4f\n", evaluation->loss);
    printf("samples   %zu (%s: %s)\n", evaluation->samples, data, names_splits[settings.split]);
    if (settings.batch > 0)
        printf("random batch  %.2f %% (%zu of %d)\n",
               100.0 * (double)batch_correct / settings.batch, batch_correct, settings.batch);
}

/* All that is to be measured of the model on the data. */
static int measure(struct lenet5_classifier *classifier, struct lenet5_evaluation *evaluation,
                   const struct lenet5_dataset *dataset)
{
    struct lenet5_error error;
    if ((settings.own_mean && lenet5_classifier_centre(classifier, dataset, &error)) ||
        lenet5_evaluate(classifier, evaluation, dataset, &error))
        return cli_fail(&error);
    return settings.batch > 0 ? evaluation_batch(&batch_correct, classifier, dataset,
                                                 (size_t)settings.batch, settings.seed)
                              : CLI_OK;
}

int main(int argc, char **argv)
{
    static struct lenet5_evaluation evaluation;
    struct lenet5_network *network = NULL;
    struct lenet5_dataset *dataset = NULL;
    struct lenet5_classifier *classifier = NULL;
    struct cJSON *json = NULL;
    struct lenet5_error error;

    const int first = cli_start(&program, argc, argv);
    if (argc - first != 1)
        return cli_error(CLI_USAGE, "expected one model file, found %d argument%s", argc - first,
                         cli_plural(argc - first));
    struct data data = {.directory = settings.data};
    int code = settings.report ? html_report_check(settings.report) : CLI_OK;
    if (code)
        goto out;
    if (lenet5_model_load(&network, argv[first], &error)) {
        code = cli_fail(&error);
        goto out;
    }
    if ((code = data_read(&data, &dataset, settings.split)))
        goto out;
    if (lenet5_classifier_create(&classifier, network, settings.backend,
                                 cli_threads(settings.threads), &error)) {
        code = cli_fail(&error);
        goto out;
    }
    if ((code = measure(classifier, &evaluation, dataset)))
        goto out;

    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    json = make_json(&evaluation, architecture);
    if (settings.report) {
        const struct report_data page = {.network = network,
                                         .classifier = classifier,
                                         .evaluation = &evaluation,
                                         .evaluated = dataset,
                                         .samples = dataset,
                                         .data_name = data_name(&data),
                                         .split_name = names_splits[settings.split],
                                         .arguments = argv,
                                         .numbers = json};
        if ((code = html_report_write(settings.report, &page)))
            goto out;
    }
    if (settings.json) {
        json_print(json);
        json = NULL;
    } else {
        print_summary(&evaluation, data_name(&data));
        if (settings.report)
            printf("report    %s/report.html\n", settings.report);
        print_tables(&evaluation, architecture);
    }

out:
    json_free(json);
    lenet5_classifier_destroy(classifier);
    lenet5_dataset_destroy(dataset);
    lenet5_network_destroy(network);
    return code;
}
