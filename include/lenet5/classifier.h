/* Classifies images with a trained network, and measures its accuracy on a dataset. */
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

/* A network with the buffers to run it on one or more threads. */
struct lenet5_classifier;

/*
 * Allocates the buffers to classify on 1 to 64 threads; 0 = lenet5_default_threads(). The network is
 * borrowed and must outlive the classifier; each call reads its current parameters. A classifier may be
 * used by one calling thread at a time; create one per calling thread. Results do not depend on
 * `threads`. The caller destroys *classifier.
 * Errors: ARGUMENT (threads below 0 or above 64), BLAS (more than one thread on a serial OpenBLAS),
 * MEMORY.
 */
LENET5_API enum lenet5_status lenet5_classifier_create(struct lenet5_classifier **classifier,
                                                       const struct lenet5_network *network,
                                                       enum lenet5_backend backend, int threads,
                                                       struct lenet5_error *error);

/* Frees the classifier, not its network. Accepts NULL. */
LENET5_API void lenet5_classifier_destroy(struct lenet5_classifier *classifier);

/*
 * Computes the class probabilities (count, classes), the softmax of the logits, of count images
 * (count, rows, cols), 0 = background to 255 = ink. Does not allocate.
 * Errors: ARGUMENT (images larger than the network's input).
 */
LENET5_API enum lenet5_status lenet5_classify(struct lenet5_classifier *classifier,
                                              float *probabilities, const uint8_t *images,
                                              size_t count, int rows, int cols,
                                              struct lenet5_error *error);

/*
 * Replaces the network's input shift in all later calls: the mean of this dataset's inputs is subtracted
 * instead, as seed 3 does with its test set. NULL restores the network's shift. The dataset is only read.
 * Errors: ARGUMENT (images larger than the network's input), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_classifier_centre(struct lenet5_classifier *classifier,
                                                       const struct lenet5_dataset *dataset,
                                                       struct lenet5_error *error);

/* The result of lenet5_evaluate. */
struct lenet5_evaluation {
    size_t samples, correct;
    double accuracy; /* correct / samples; the error rate is 1 - accuracy */
    double loss;     /* mean softmax cross-entropy, natural logarithm */
    int classes;
    /* confusion[label * classes + prediction] counts samples; of equal logits the first counts. */
    uint32_t confusion[LENET5_MAX_CLASSES * LENET5_MAX_CLASSES];
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Classifies a whole dataset and compares the predictions with its labels. Does not allocate.
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
