/* lenet5-eval: how often a model is right, and what it takes for what. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "data.h"
#include "names.h"
#include "report.h"

static struct {
    const char *data;
    enum lenet5_split split;
    int threads;
    enum lenet5_backend backend;
    bool json;
} settings = {.split = LENET5_TEST, .backend = LENET5_BLAS};

static const char *const splits[] = {"train", "test", NULL};

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Options"},
    {CLI_TEXT, "data", 'd', "DIR", DATA_HELP, .target = &settings.data},
    {CLI_CHOICE, "split", 0, "NAME", "which images", &settings.split, .choices = splits},
    {CLI_INT, "threads", 't', "N", "the result is the same on any number; 0 = all CPUs",
     &settings.threads, .range = {0, 64, false}},
    {CLI_CHOICE, "backend", 0, "KIND", "who computes", &settings.backend,
     .choices = names_backends},
    {CLI_SET, "json", 0, NULL, "print the result as JSON", .target = &settings.json},
};

static const struct cli_program program = {
    "lenet5-eval", "[OPTION...] MODEL",
    "Classifies labelled images with a model file and counts what it gets right.", options,
    sizeof(options) / sizeof(options[0])};

/* One class's row and column of the confusion matrix. */
struct class_counts {
    uint64_t samples, predicted, correct;
};

static struct class_counts count_class(const struct lenet5_evaluation *evaluation, int class)
{
    int n = evaluation->classes;
    struct class_counts counts = {.correct = evaluation->confusion[class * n + class]};
    for (int i = 0; i < n; i++) {
        counts.samples += evaluation->confusion[class * n + i];
        counts.predicted += evaluation->confusion[i * n + class];
    }
    return counts;
}

/* Not a number where there is nothing to have a share of. */
static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

static void print_json(const struct lenet5_evaluation *evaluation,
                       const struct lenet5_architecture *architecture)
{
    int n = evaluation->classes;
    struct cJSON *json = report_object(NULL, NULL);
    report_real(json, "accuracy", evaluation->accuracy);
    report_real(json, "error",
                share(evaluation->samples - evaluation->correct, evaluation->samples));
    report_real(json, "loss", evaluation->loss);
    report_count(json, "samples", evaluation->samples);

    struct cJSON *classes = report_array(json, "per_class");
    for (int i = 0; i < n; i++) {
        struct class_counts counts = count_class(evaluation, i);
        struct cJSON *class = report_object(classes, NULL);
        report_text(class, "class", architecture->classes[i]);
        report_count(class, "samples", counts.samples);
        report_count(class, "correct", counts.correct);
        report_real(class, "accuracy", share(counts.correct, counts.samples));
        report_real(class, "precision", share(counts.correct, counts.predicted));
        report_real(class, "recall", share(counts.correct, counts.samples));
    }

    struct cJSON *confusion = report_array(json, "confusion");
    for (int label = 0; label < n; label++) {
        struct cJSON *row = report_array(confusion, NULL);
        for (int i = 0; i < n; i++)
            report_count(row, NULL, evaluation->confusion[label * n + i]);
    }
    report_print(json);
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

    printf("\n%*s %8s %8s %9s %10s %8s   (per cent)\n", width, "class", "samples", "correct",
           "accuracy", "precision", "recall");
    for (int i = 0; i < n; i++) {
        struct class_counts counts = count_class(evaluation, i);
        printf("%*s %8ju %8ju", width, architecture->classes[i], (uintmax_t)counts.samples,
               (uintmax_t)counts.correct);
        print_percent(10, share(counts.correct, counts.samples));
        print_percent(11, share(counts.correct, counts.predicted));
        print_percent(9, share(counts.correct, counts.samples));
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
    double error = share(evaluation->samples - evaluation->correct, evaluation->samples);
    double deviation = sqrt(error * (1 - error) / (double)evaluation->samples);
    printf("accuracy  %.2f %%\n", 100 * evaluation->accuracy);
    printf("error     %.2f %% +- %.2f %% (binomial standard error)\n", 100 * error,
           100 * deviation);
    printf("loss      %.4f\n", evaluation->loss);
    printf("samples   %zu (%s: %s)\n", evaluation->samples, data, splits[settings.split]);
}

int main(int argc, char **argv)
{
    static struct lenet5_evaluation evaluation;
    struct lenet5_network *network = NULL;
    struct lenet5_dataset *dataset = NULL;
    struct lenet5_classifier *classifier = NULL;
    struct lenet5_error error;

    int first = cli_start(&program, argc, argv);
    if (argc - first != 1)
        return cli_error(CLI_USAGE, "expected one model file, found %d arguments", argc - first);
    struct data data = {.directory = settings.data};
    int code;
    if (lenet5_model_load(&network, argv[first], &error)) {
        code = cli_fail(&error);
        goto out;
    }
    if ((code = data_read(&data, &dataset, settings.split)))
        goto out;
    if (lenet5_classifier_create(&classifier, network, settings.backend,
                                 cli_threads(settings.threads), &error) ||
        lenet5_evaluate(classifier, &evaluation, dataset, &error)) {
        code = cli_fail(&error);
        goto out;
    }

    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    if (settings.json) {
        print_json(&evaluation, architecture);
    } else {
        print_summary(&evaluation, data_name(&data));
        print_tables(&evaluation, architecture);
    }

out:
    lenet5_classifier_destroy(classifier);
    lenet5_dataset_destroy(dataset);
    lenet5_network_destroy(network);
    return code;
}
