#include "evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

struct evaluation_class evaluation_class(const struct lenet5_evaluation *evaluation, int class)
{
    const int n = evaluation->classes;
    struct evaluation_class counts = {.correct = evaluation->confusion[class * n + class]};
    for (int i = 0; i < n; i++) {
        counts.samples += evaluation->confusion[class * n + i];
        counts.predicted += evaluation->confusion[i * n + class];
    }
    counts.precision = share(counts.correct, counts.predicted);
    counts.recall = share(counts.correct, counts.samples);
    counts.f1 = share(2 * counts.correct, counts.samples + counts.predicted);
    return counts;
}

double evaluation_error(const struct lenet5_evaluation *evaluation)
{
    return share(evaluation->samples - evaluation->correct, evaluation->samples);
}

double evaluation_deviation(const struct lenet5_evaluation *evaluation)
{
    const double error = evaluation_error(evaluation);
    return sqrt(error * (1 - error) / (double)evaluation->samples);
}

struct evaluation_interval evaluation_interval(const struct lenet5_evaluation *evaluation)
{
    const double z = 1.959963984540054, n = (double)evaluation->samples;
    const double error = evaluation_error(evaluation), scale = 1 / (1 + z * z / n);
    const double middle = scale * (error + z * z / (2 * n));
    const double half = scale * z * sqrt(error * (1 - error) / n + z * z / (4 * n * n));
    return (struct evaluation_interval){fmax(0, middle - half), fmin(1, middle + half)};
}

/* size different numbers below count, drawn by the seed; NULL without memory. */
static size_t *draw(size_t count, size_t size, uint64_t seed)
{
    unsigned short state[3] = {(unsigned short)seed, (unsigned short)(seed >> 16),
                               (unsigned short)(seed >> 32)};
    size_t *order = malloc(count * sizeof(*order));
    for (size_t i = 0; order && i < count; i++)
        order[i] = i;
    for (size_t i = 0; order && i < size; i++) {
        const size_t k = i + (size_t)(erand48(state) * (double)(count - i)), drawn = order[k];
        order[k] = order[i];
        order[i] = drawn;
    }
    return order;
}

int evaluation_batch(size_t *correct, struct lenet5_classifier *classifier,
                     const struct lenet5_dataset *data, size_t size, uint64_t seed)
{
    static struct lenet5_evaluation evaluation;
    const size_t count = lenet5_dataset_count(data);
    const int rows = lenet5_dataset_rows(data), cols = lenet5_dataset_cols(data);
    const size_t area = (size_t)rows * (size_t)cols;
    struct lenet5_dataset *batch = NULL;
    struct lenet5_error error;
    if (size > count)
        return cli_error(CLI_USAGE, "--batch: expected at most the %zu images there are, found %zu",
                         count, size);
    size_t *chosen = draw(count, size, seed);
    uint8_t *images = malloc(size * area), *labels = malloc(size);
    int code = CLI_OK;
    if (!chosen || !images || !labels)
        code = cli_error(CLI_MEMORY, "out of memory");
    for (size_t i = 0; !code && i < size; i++) {
        memcpy(images + i * area, lenet5_dataset_image(data, chosen[i]), area);
        labels[i] = (uint8_t)lenet5_dataset_label(data, chosen[i]);
    }
    if (!code && (lenet5_dataset_create(&batch, images, labels, size, rows, cols,
                                        lenet5_dataset_classes(data), &error) ||
                  lenet5_evaluate(classifier, &evaluation, batch, &error)))
        code = cli_fail(&error);
    *correct = evaluation.correct;
    lenet5_dataset_destroy(batch);
    free(chosen);
    free(images);
    free(labels);
    return code;
}
