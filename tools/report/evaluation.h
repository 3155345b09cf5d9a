/* Rates and intervals from an evaluation's counts. */
#ifndef EVALUATION_H
#define EVALUATION_H

#include <lenet5/lenet5.h>
#include <stdint.h>

struct cJSON;

/* One class's row and column of the confusion matrix; shares of nothing are not a number. */
struct evaluation_class {
    uint64_t samples, predicted, correct;
    double precision, recall, f1;
};

struct evaluation_class evaluation_class(const struct lenet5_evaluation *evaluation, int class);

/* The error rate, and its binomial standard error. */
double evaluation_error(const struct lenet5_evaluation *evaluation);
double evaluation_deviation(const struct lenet5_evaluation *evaluation);

/*
 * The 95 % interval of the error rate by Wilson's score (E. B. Wilson, JASA 22, 1927), which is not
 * empty where no error was made.
 */
struct evaluation_interval {
    double low, high;
};
struct evaluation_interval evaluation_interval(const struct lenet5_evaluation *evaluation);

/* Counts the correct ones among `size` images, drawn without replacement by the seed. */
int evaluation_batch(size_t *correct, struct lenet5_classifier *classifier,
                     const struct lenet5_dataset *data, size_t size, uint64_t seed);

#endif
