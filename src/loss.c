#include "loss.h"

#include <lenet5/dataset.h>
#include <math.h>

#include "vector.h"
#include "vector_math.h"

void loss_predictions(uint8_t *predictions, const float *logits, int n, int classes)
{
    for (int i = 0; i < n; i++) {
        int best = 0;
        for (int k = 1; k < classes; k++)
            if (logits[k * n + i] > logits[best * n + i])
                best = k;
        predictions[i] = (uint8_t)best;
    }
}

/*
 * Of every sample: the largest logit, the exponentials (classes, n) relative to it, and their sum.
 */
VECTOR_CLONES
static void exponentials(float *exponentials, float *largest, float *sums, const float *logits,
                         int n, int classes)
{
    for (int i = 0; i < n; i++) {
        largest[i] = logits[i];
        sums[i] = 0;
    }
    for (int k = 1; k < classes; k++)
#pragma omp simd
        for (int i = 0; i < n; i++)
            largest[i] = logits[k * n + i] > largest[i] ? logits[k * n + i] : largest[i];
    for (int k = 0; k < classes; k++)
#pragma omp simd
        for (int i = 0; i < n; i++) {
            const float e = exp_value(logits[k * n + i] - largest[i]);
            exponentials[k * n + i] = e;
            sums[i] += e;
        }
}

void loss_softmax(float *probabilities, const float *logits, int n, int classes)
{
    float powers[LENET5_MAX_CLASSES * LOSS_MAX_SAMPLES];
    float largest[LOSS_MAX_SAMPLES], sums[LOSS_MAX_SAMPLES];
    exponentials(powers, largest, sums, logits, n, classes);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < classes; k++)
            *probabilities++ = powers[k * n + i] / sums[i];
}

double loss_cross_entropy(float *dlogits, const float *logits, const uint8_t *labels, int n,
                          int classes, float smoothing, float scale)
{
    float powers[LENET5_MAX_CLASSES * LOSS_MAX_SAMPLES];
    float largest[LOSS_MAX_SAMPLES], sums[LOSS_MAX_SAMPLES];
    const float rest = smoothing / (float)classes, label = 1 - smoothing;
    double loss = 0;
    exponentials(powers, largest, sums, logits, n, classes);
    for (int i = 0; i < n; i++) {
        loss += log((double)sums[i]) + (double)largest[i];
        loss -= (double)label * (double)logits[labels[i] * n + i];
        for (int k = 0; k < classes && smoothing > 0; k++)
            loss -= (double)rest * (double)logits[k * n + i];
    }
    if (!dlogits)
        return loss;
    for (int k = 0; k < classes; k++)
        for (int i = 0; i < n; i++) {
            const float target = rest + (labels[i] == k ? label : 0);
            dlogits[k * n + i] = scale * (powers[k * n + i] / sums[i] - target);
        }
    return loss;
}
