/* A trained network at work: classes for images, and how often it is right. */
#ifndef LENET5_CLASSIFIER_H
#define LENET5_CLASSIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "dataset.h"
#include "network.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lenet5_classifier;

/*
 * Prepares the buffers for classifying on a number of threads, 0 = lenet5_default_threads(). The
 * network is borrowed and must outlive the classifier; its parameters are read anew by every call.
 * One classifier serves one calling thread at a time; make one per thread for more. Results do not
 * depend on the number of threads. The caller destroys *classifier.
 * Errors: ARGUMENT (threads below 0 or above 64), BLAS (more than one thread on a serial OpenBLAS),
 * MEMORY.
 */
LENET5_API enum lenet5_status lenet5_classifier_create(struct lenet5_classifier **classifier,
                                                       const struct lenet5_network *network,
                                                       enum lenet5_backend backend, int threads,
                                                       struct lenet5_error *error);

/* Accepts NULL. */
LENET5_API void lenet5_classifier_destroy(struct lenet5_classifier *classifier);

/*
 * The class probabilities (count, classes) of count images (count, rows, cols) of bytes: the
 * softmax of the logits. Does not allocate.
 * Errors: ARGUMENT (images larger than the network's input).
 */
LENET5_API enum lenet5_status lenet5_classify(struct lenet5_classifier *classifier,
                                              float *probabilities, const uint8_t *images,
                                              size_t count, int rows, int cols,
                                              struct lenet5_error *error);

/*
 * From now on images enter with the mean of this dataset's inputs subtracted instead of the network's
 * shift: what seed 3 does to its test set. NULL = the network's shift again.
 * Errors: ARGUMENT (images larger than the network's input), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_classifier_centre(struct lenet5_classifier *classifier,
                                                       const struct lenet5_dataset *dataset,
                                                       struct lenet5_error *error);

/* What lenet5_evaluate finds. */
struct lenet5_evaluation {
    size_t samples, correct;
    double accuracy; /* correct / samples; the error rate is 1 - accuracy */
    double loss;     /* mean softmax cross-entropy, natural logarithm */
    int classes;
    /* confusion[label * classes + prediction] counts samples; of equal logits the first wins. */
    uint32_t confusion[LENET5_MAX_CLASSES * LENET5_MAX_CLASSES];
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Classifies a whole dataset and compares with its labels. Does not allocate.
 * Errors: ARGUMENT (images larger than the network's input, more classes than outputs).
 */
LENET5_API enum lenet5_status lenet5_evaluate(struct lenet5_classifier *classifier,
                                              struct lenet5_evaluation *evaluation,
                                              const struct lenet5_dataset *dataset,
                                              struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
