#include "loss.h"

#include <lenet5/dataset.h>
#include <math.h>

int loss_prediction(const float *logits, int classes)
{
    int best = 0;
    for (int k = 1; k < classes; k++)
        if (logits[k] > logits[best])
            best = k;
    return best;
}

/* One sample: exponentials relative to the largest logit, and their sum. */
static float exponentials(float *exponential, const float *logits, int classes, float largest)
{
    float sum = 0;
    for (int k = 0; k < classes; k++) {
        exponential[k] = expf(logits[k] - largest);
        sum += exponential[k];
    }
    return sum;
}

void loss_softmax(float *probabilities, const float *logits, int n, int classes)
{
    for (int i = 0; i < n; i++, logits += classes, probabilities += classes) {
        float largest = logits[loss_prediction(logits, classes)];
        float sum = exponentials(probabilities, logits, classes, largest);
        for (int k = 0; k < classes; k++)
            probabilities[k] /= sum;
    }
}

double loss_cross_entropy(float *dlogits, const float *logits, const uint8_t *labels, int n,
                          int classes, float scale)
{
    float unused[LENET5_MAX_CLASSES];
    double loss = 0;
    for (int i = 0; i < n; i++, logits += classes) {
        float *exponential = dlogits ? dlogits + (size_t)i * (size_t)classes : unused;
        float largest = logits[loss_prediction(logits, classes)];
        float sum = exponentials(exponential, logits, classes, largest);
        loss += log((double)sum) + (double)largest - (double)logits[labels[i]];
        if (!dlogits)
            continue;
        for (int k = 0; k < classes; k++)
            exponential[k] *= scale / sum;
        exponential[labels[i]] -= scale;
    }
    return loss;
}
