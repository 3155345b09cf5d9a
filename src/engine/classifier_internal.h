/* Functions of a classifier for the trainer; the public ones are in lenet5/classifier.h. */
#ifndef CLASSIFIER_INTERNAL_H
#define CLASSIFIER_INTERNAL_H

#include <lenet5/classifier.h>
#include <lenet5/trainer.h>

#include "loss.h"

/*
 * As lenet5_evaluate, over the samples with the given indices (NULL = all), with any loss.
 * Errors: ARGUMENT.
 */
enum lenet5_status
classifier_evaluate(struct lenet5_classifier *classifier, struct lenet5_evaluation *evaluation,
                    const struct loss *loss, const struct lenet5_dataset *dataset,
                    const uint32_t *indices, size_t count, struct lenet5_error *error);

/* As lenet5_classifier_centre, by the samples with the given indices. Errors: ARGUMENT, MEMORY. */
enum lenet5_status classifier_centre(struct lenet5_classifier *classifier,
                                     const struct lenet5_dataset *dataset, const uint32_t *indices,
                                     size_t count, struct lenet5_error *error);

/*
 * Checks that images (rows, cols) fit the network's input, and classes its outputs. Errors: ARGUMENT.
 */
enum lenet5_status classifier_accepts(const struct lenet5_network *network, int rows, int cols,
                                      int classes, struct lenet5_error *error);

#endif
