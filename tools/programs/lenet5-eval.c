/* lenet5-eval: how often a model is right, and what it takes for what. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "network/names.h"
#include "dataset/data.h"
#include "report/evaluation.h"
#include "report/page.h"
#include "report/report.h"

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
    {CLI_CHOICE, "split", 0, "NAME", "which images", &settings.split, .choices = names_splits},
    {CLI_INT, "threads", 't', "N", "the result is the same on any number; 0 = all CPUs",
     &settings.threads, .range = {0, 64, false}},
    {CLI_CHOICE, "backend", 0, "KIND", "who computes", &settings.backend,
     .choices = names_backends},
    {CLI_INT, "batch", 0, "N", "also the accuracy on N images drawn at random; 0 = not",
     &settings.batch, .range = {0, 1e9, false}},
    {CLI_SEED, "seed", 's', "N", "which of them", .target = &settings.seed},
    {CLI_SET, "own-mean", 0, NULL, "subtract these images' mean, not that of the training images",
     .target = &settings.own_mean},
    {CLI_TEXT, "report", 0, "DIR", "write a page with pictures", .target = &settings.report},
    {CLI_SET, "json", 0, NULL, "print the result as JSON", .target = &settings.json},
};

static const struct cli_program program = {
    "lenet5-eval", "[OPTION...] MODEL",
    "Classifies labelled images with a model file and counts what it gets right.", options,
    sizeof(options) / sizeof(options[0])};

static struct cJSON *make_json(const struct lenet5_evaluation *evaluation,
                               const struct lenet5_architecture *architecture)
{
    int n = evaluation->classes;
    struct cJSON *json = report_document("lenet5-eval/1");
    report_real(json, "accuracy", evaluation->accuracy);
    report_real(json, "error", evaluation_error(evaluation));
    report_real(json, "error_deviation", evaluation_deviation(evaluation));
    report_real(json, "loss", evaluation->loss);
    report_count(json, "samples", evaluation->samples);
    /* Not a number, and so null, where no batch is asked for. */
    const double drawn = settings.batch > 0 ? settings.batch : NAN;
    report_real(json, "batch_samples", drawn);
    report_real(json, "batch_correct", settings.batch > 0 ? (double)batch_correct : NAN);
    report_real(json, "batch_accuracy", (double)batch_correct / drawn);

    struct cJSON *classes = report_array(json, "per_class");
    for (int i = 0; i < n; i++) {
        const struct evaluation_class counts = evaluation_class(evaluation, i);
        struct cJSON *class = report_object(classes, NULL);
        report_text(class, "class", architecture->classes[i]);
        report_count(class, "samples", counts.samples);
        report_count(class, "correct", counts.correct);
        report_real(class, "accuracy", counts.recall);
        report_real(class, "precision", counts.precision);
        report_real(class, "recall", counts.recall);
        report_real(class, "f1", counts.f1);
    }

    struct cJSON *confusion = report_array(json, "confusion");
    for (int label = 0; label < n; label++) {
        struct cJSON *row = report_array(confusion, NULL);
        for (int i = 0; i < n; i++)
            report_count(row, NULL, evaluation->confusion[label * n + i]);
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
    puts("   <- taken for");
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
    printf("error     %.2f %% +- %.2f %% (binomial standard error)\n",
           100 * evaluation_error(evaluation), 100 * evaluation_deviation(evaluation));
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

    int first = cli_start(&program, argc, argv);
    if (argc - first != 1)
        return cli_error(CLI_USAGE, "expected one model file, found %d arguments", argc - first);
    struct data data = {.directory = settings.data};
    int code = settings.report ? page_check(settings.report) : CLI_OK;
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
        const struct page page = {.network = network,
                                  .classifier = classifier,
                                  .evaluation = &evaluation,
                                  .evaluated = dataset,
                                  .samples = dataset,
                                  .data_name = data_name(&data),
                                  .split_name = names_splits[settings.split],
                                  .numbers = json};
        if ((code = page_write(settings.report, &page)))
            goto out;
    }
    if (settings.json) {
        report_print(json);
        json = NULL;
    } else {
        print_summary(&evaluation, data_name(&data));
        print_tables(&evaluation, architecture);
    }

out:
    report_free(json);
    lenet5_classifier_destroy(classifier);
    lenet5_dataset_destroy(dataset);
    lenet5_network_destroy(network);
    return code;
}
