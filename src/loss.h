/* Losses over a shard's logits (n, classes). */
#ifndef LOSS_H
#define LOSS_H

#include <stddef.h>
#include <stdint.h>

/* probabilities (n, classes) from logits (n, classes), by the shifted exponential. */
void loss_softmax(float *probabilities, const float *logits, int n, int classes);

/* The class with the largest of the logits, the first of equals. */
int loss_prediction(const float *logits, int classes);

/*
 * The sum over the samples of the softmax cross-entropy, -log softmax(logits)[label]; where dlogits
 * (n, classes) is not NULL it becomes the gradient of scale times that sum.
 */
double loss_cross_entropy(float *dlogits, const float *logits, const uint8_t *labels, int n,
                          int classes, float scale);

#endif
