#include "loss.h"

#include <math.h>
#include <string.h>

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

void loss_softmax(float *probabilities, const float *logits, int n, int classes)
{
    float powers[LENET5_MAX_CLASSES * MICRO_BATCH];
    float largest[MICRO_BATCH], sums[MICRO_BATCH];
    loss_exponentials(powers, largest, sums, logits, n, classes);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < classes; k++)
            *probabilities++ = powers[k * n + i] / sums[i];
}

static double cross_entropy(float *dlogits, const float *logits, const uint8_t *labels, int n,
                            int classes, float smoothing, float scale)
{
    float powers[LENET5_MAX_CLASSES * MICRO_BATCH];
    float largest[MICRO_BATCH], sums[MICRO_BATCH];
    const float rest = smoothing / (float)classes, label = 1 - smoothing;
    double loss = 0;
    loss_exponentials(powers, largest, sums, logits, n, classes);
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

/*
 * The losses below are for repeating what others have done, one sample at a time and in double
 * precision: next to a step's convolutions their cost does not show.
 */
struct sample {
    int classes;
    const double *logits, *targets, *p; /* p = softmax(logits) */
    double map_j;
};

/*
 * The loss of one sample; d becomes its derivative by p or, where `by_logits` says so, by the logits, and
 * dd the second one.
 */
struct other_loss {
    bool by_logits;
    double (*value)(double *d, double *dd, const struct sample *sample);
};

static const double clip =
    1e-7; /* Keras's: p stays within [clip, 1 - clip], and is constant beyond */

static double bce_softmax(double *d, double *dd, const struct sample *sample)
{
    double loss = 0;
    for (int k = 0; k < sample->classes; k++) {
        const double t = sample->targets[k], raw = sample->p[k];
        const double p = raw < clip ? clip : raw > 1 - clip ? 1 - clip : raw; /* NaN stays NaN */
        loss -= (t * log(p) + (1 - t) * log(1 - p)) / sample->classes;
        d[k] = p == raw ? (p - t) / (p * (1 - p)) / sample->classes : 0;
        dd[k] = p == raw ? (t / (p * p) + (1 - t) / ((1 - p) * (1 - p))) / sample->classes : 0;
    }
    return loss;
}

static double bce_logits(double *d, double *dd, const struct sample *sample)
{
    double loss = 0;
    for (int k = 0; k < sample->classes; k++) {
        const double t = sample->targets[k], z = sample->logits[k], e = exp(-fabs(z));
        loss += ((z > 0 ? z : 0) - t * z + log1p(e)) / sample->classes;
        d[k] = ((z > 0 ? 1 : e) / (1 + e) - t) / sample->classes;
        dd[k] = e / ((1 + e) * (1 + e)) / sample->classes;
    }
    return loss;
}

static double softmax(double *p, const double *z, int classes)
{
    double largest = z[0], sum = 0;
    for (int k = 1; k < classes; k++)
        largest = z[k] > largest ? z[k] : largest;
    for (int k = 0; k < classes; k++)
        sum += p[k] = exp(z[k] - largest);
    for (int k = 0; k < classes; k++)
        p[k] /= sum;
    return largest + log(sum); /* of the exponentials' sum, the logarithm */
}

static double cross_entropy_twice(double *d, double *dd, const struct sample *sample)
{
    double loss = 0;
    const double normaliser = softmax(d, sample->p, sample->classes);
    for (int k = 0; k < sample->classes; k++) {
        loss += sample->targets[k] * (normaliser - sample->p[k]);
        dd[k] = d[k] * (1 - d[k]);
        d[k] -= sample->targets[k];
    }
    return loss;
}

static double mse(double *d, double *dd, const struct sample *sample)
{
    double loss = 0;
    for (int k = 0; k < sample->classes; k++) {
        const double difference = sample->p[k] - sample->targets[k];
        loss += difference * difference / sample->classes;
        d[k] = 2 * difference / sample->classes;
        dd[k] = 2.0 / sample->classes;
    }
    return loss;
}

static double distance(double *d, double *dd, const struct sample *sample)
{
    double loss = 0;
    for (int k = 0; k < sample->classes; k++) {
        loss -= sample->targets[k] * sample->logits[k];
        d[k] = -sample->targets[k];
        dd[k] = 0;
    }
    return loss;
}

/* The rubbish class is one logit more. */
static double map(double *d, double *dd, const struct sample *sample)
{
    double z[LENET5_MAX_CLASSES + 1], p[LENET5_MAX_CLASSES + 1];
    memcpy(z, sample->logits, (size_t)sample->classes * sizeof(*z));
    z[sample->classes] = -sample->map_j;
    double loss = softmax(p, z, sample->classes + 1);
    for (int k = 0; k < sample->classes; k++) {
        loss -= sample->targets[k] * sample->logits[k];
        d[k] = p[k] - sample->targets[k];
        dd[k] = p[k] * (1 - p[k]);
    }
    return loss;
}

/* For its second derivative; the loss itself has a faster function above. */
static double slow_cross_entropy(double *d, double *dd, const struct sample *sample)
{
    double loss = 0;
    for (int k = 0; k < sample->classes; k++) {
        loss -= sample->targets[k] * log(sample->p[k]);
        d[k] = sample->p[k] - sample->targets[k];
        dd[k] = sample->p[k] * (1 - sample->p[k]);
    }
    return loss;
}

static const struct other_loss others[] = {
    [LENET5_LOSS_CROSS_ENTROPY] = {true, slow_cross_entropy},
    [LENET5_LOSS_BCE_SOFTMAX] = {false, bce_softmax},
    [LENET5_LOSS_BCE_LOGITS] = {true, bce_logits},
    [LENET5_LOSS_CROSS_ENTROPY_TWICE] = {false, cross_entropy_twice},
    [LENET5_LOSS_MSE] = {false, mse},
    [LENET5_LOSS_DISTANCE] = {true, distance},
    [LENET5_LOSS_MAP] = {true, map},
};

/* d by p becomes d by the logits, through the softmax: dz_k = p_k (d_k - sum p d). */
static void through_softmax(double *d, const double *p, int classes)
{
    double mean = 0;
    for (int k = 0; k < classes; k++)
        mean += p[k] * d[k];
    for (int k = 0; k < classes; k++)
        d[k] = p[k] * (d[k] - mean);
}

/* The same for the second derivatives: ddz_k = sum over i of (p_i (1 where i is k - p_k))^2 dd_i. */
static void through_softmax_squared(double *dd, const double *p, int classes)
{
    double sum = 0; /* of p_i^2 dd_i */
    for (int i = 0; i < classes; i++)
        sum += p[i] * p[i] * dd[i];
    for (int k = 0; k < classes; k++)
        dd[k] = p[k] * p[k] * (sum + dd[k] * (1 - 2 * p[k]));
}

/* The loss of sample i; d and dd become the derivatives by its logits. */
static double one_loss(const struct loss *loss, double *d, double *dd, const float *logits,
                       uint8_t label, int i, int n, int classes)
{
    const struct other_loss *other = &others[loss->kind];
    double z[LENET5_MAX_CLASSES], p[LENET5_MAX_CLASSES], t[LENET5_MAX_CLASSES];
    for (int k = 0; k < classes; k++) {
        z[k] = (double)logits[k * n + i];
        t[k] = (double)loss->smoothing / classes + (label == k ? 1 - (double)loss->smoothing : 0);
    }
    softmax(p, z, classes);
    const double value = other->value(d, dd, &(struct sample){classes, z, t, p, loss->map_j});
    if (!other->by_logits) {
        through_softmax(d, p, classes);
        through_softmax_squared(dd, p, classes);
    }
    return value;
}

double loss_sum(const struct loss *loss, float *dlogits, const float *logits, const uint8_t *labels,
                int n, int classes, float scale)
{
    double d[LENET5_MAX_CLASSES], dd[LENET5_MAX_CLASSES], sum = 0;
    if (loss->kind == LENET5_LOSS_CROSS_ENTROPY)
        return cross_entropy(dlogits, logits, labels, n, classes, loss->smoothing, scale);
    for (int i = 0; i < n; i++) {
        sum += one_loss(loss, d, dd, logits, labels[i], i, n, classes);
        for (int k = 0; dlogits && k < classes; k++)
            dlogits[k * n + i] = scale * (float)d[k];
    }
    return sum;
}

void loss_curvature(const struct loss *loss, float *ddlogits, const float *logits,
                    const uint8_t *labels, int n, int classes)
{
    double d[LENET5_MAX_CLASSES], dd[LENET5_MAX_CLASSES];
    for (int i = 0; i < n; i++) {
        one_loss(loss, d, dd, logits, labels[i], i, n, classes);
        for (int k = 0; k < classes; k++)
            ddlogits[k * n + i] = (float)dd[k];
    }
}
