/* Softmax, predictions and losses from the logits (classes, n) of a micro-batch, n up to MICRO_BATCH. */
#ifndef LOSS_H
#define LOSS_H

#include <lenet5/trainer.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vector.h"
#include "layers/contract.h"

/* probabilities (n, classes), by the shifted exponential. */
void loss_softmax(float *probabilities, const float *logits, int n, int classes);

/* For every sample: its largest logit, the exponentials (classes, n) relative to it, and their sum. */
VECTOR_KERNEL(loss_exponentials,
              (float *exponentials, float *largest, float *sums, const float *logits, int n,
               int classes),
              (exponentials, largest, sums, logits, n, classes))

/* predictions (n): the class with the largest logit, the first of equals. */
void loss_predictions(uint8_t *predictions, const float *logits, int n, int classes);

struct loss {
    enum lenet5_loss kind;
    float smoothing;
    double map_j;
};

/*
 * The sum over the samples of the loss, by its definition in trainer.h, towards smoothing / classes for
 * every class and 1 - smoothing more for the label. Where dlogits (classes, n) is not NULL it becomes
 * the gradient of scale times that sum.
 */
double loss_sum(const struct loss *loss, float *dlogits, const float *logits, const uint8_t *labels,
                int n, int classes, float scale);

/*
 * ddlogits (classes, n): of every sample's loss the second derivatives by its logits, those by two
 * different ones left out. Where the loss is one of p, p counts as linear in the logits (Gauss-Newton).
 */
void loss_curvature(const struct loss *loss, float *ddlogits, const float *logits,
                    const uint8_t *labels, int n, int classes);

#endif
