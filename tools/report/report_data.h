/* Everything that a report shows about a network. */
#ifndef REPORT_DATA_H
#define REPORT_DATA_H

#include <lenet5/lenet5.h>

struct cJSON;

/* A line of the table of settings. */
struct report_fact {
    char name[32], value[96];
};

enum { REPORT_MOST_FACTS = 48 };

/* All pointers are borrowed. */
struct report_data {
    const struct lenet5_network *network;
    struct lenet5_classifier *classifier;
    const struct lenet5_evaluation *evaluation;
    const struct lenet5_dataset *evaluated; /* the evaluation is of these */
    const struct lenet5_dataset *samples;   /* shown as samples; may be the same */
    const char *data_name, *split_name;     /* of the evaluated images */
    const struct lenet5_progress *epochs;   /* epoch_count of them, as training went; NULL = none */
    int epoch_count;
    /* Of each epoch's weights, measured as validation is on samples trained on; NaN = not measured. */
    const double *train_losses, *train_accuracies;
    size_t train_samples, validation_samples; /* measured on after each epoch */
    const char *loss;                         /* the loss of both */
    /* Shares of all training images and of the evaluated ones that were classified wrongly after each
     * epoch, where training was watched; else NULL. */
    const double *train_errors, *errors;
    /* Learning curve: numbers of training images and the errors; all images come last. */
    const double *sizes, *size_errors;
    int size_count;
    const struct report_fact *facts; /* fact_count of them */
    int fact_count;
    char *const *arguments;      /* the command line, NULL at the end */
    const struct cJSON *numbers; /* what --json prints; the page contains it */
};

#endif
