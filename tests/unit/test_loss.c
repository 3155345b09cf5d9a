/* Losses against their definitions in double precision, their gradients against differences. */
#include "engine/loss.h"

#include <math.h>

#include "suite.h"

enum { N = 5, CLASSES = 7 };

static const float logits[CLASSES * N] = {0.5f, -3, 40,    1, 0,     2, 0.1f, -40, 1,  0, -1, 7, 0,
                                          1,    0,  0.25f, 7, 39.5f, 1, 0,    3,   -2, 5, 1,  0, -3,
                                          8,    1,  0.75f, 1, 0.5f,  1, -2,   3,   100};
static const uint8_t labels[N] = {4, 2, 0, 6, 3};

static const enum lenet5_loss kinds[] = {LENET5_LOSS_CROSS_ENTROPY,
                                         LENET5_LOSS_BCE_SOFTMAX,
                                         LENET5_LOSS_BCE_LOGITS,
                                         LENET5_LOSS_CROSS_ENTROPY_TWICE,
                                         LENET5_LOSS_MSE,
                                         LENET5_LOSS_DISTANCE,
                                         LENET5_LOSS_MAP};
static const double map_j = 1.5;
static const float smoothings[] = {0, 0.1f, 1};
enum { KINDS = ARRAY_SIZE(kinds), SMOOTHINGS = ARRAY_SIZE(smoothings) };

static double log_softmax(const double *x, int k)
{
    double largest = -INFINITY, sum = 0;
    for (int i = 0; i < CLASSES; i++)
        largest = fmax(largest, x[i]);
    for (int i = 0; i < CLASSES; i++)
        sum += exp(x[i] - largest);
    return x[k] - largest - log(sum);
}

/* log(sigmoid(x)) */
static double log_sigmoid(double x)
{
    return x < 0 ? x - log1p(exp(x)) : -log1p(exp(-x));
}

static double clipped(double p)
{
    return fmin(fmax(p, 1e-7), 1 - 1e-7);
}

/* The loss of one sample's logits z by trainer.h, class by class. */
static double exact(enum lenet5_loss kind, const double *z, int label, double smoothing)
{
    double p[CLASSES], loss = 0;
    for (int k = 0; k < CLASSES; k++)
        p[k] = exp(log_softmax(z, k));
    for (int k = 0; k < CLASSES; k++) {
        const double t = smoothing / CLASSES + (label == k ? 1 - smoothing : 0);
        switch (kind) {
        case LENET5_LOSS_CROSS_ENTROPY:
            loss -= t * log_softmax(z, k);
            break;
        case LENET5_LOSS_BCE_SOFTMAX:
            loss -= (t * log(clipped(p[k])) + (1 - t) * log(1 - clipped(p[k]))) / CLASSES;
            break;
        case LENET5_LOSS_BCE_LOGITS:
            loss -= (t * log_sigmoid(z[k]) + (1 - t) * log_sigmoid(-z[k])) / CLASSES;
            break;
        case LENET5_LOSS_CROSS_ENTROPY_TWICE:
            loss -= t * log_softmax(p, k);
            break;
        case LENET5_LOSS_MSE:
            loss += (p[k] - t) * (p[k] - t) / CLASSES;
            break;
        case LENET5_LOSS_DISTANCE:
            loss -= t * z[k];
            break;
        case LENET5_LOSS_MAP: /* -log of the share of k among all and the rubbish class */
            loss -= t * (log_softmax(z, k) - log1p(exp(-map_j - z[k] + log_softmax(z, k))));
            break;
        }
    }
    return loss;
}

/* That of sample i, its logit k moved by h. */
static double exact_at(enum lenet5_loss kind, int i, int k, double h, double smoothing)
{
    double z[CLASSES];
    for (int j = 0; j < CLASSES; j++)
        z[j] = (double)logits[j * N + i] + (j == k ? h : 0);
    return exact(kind, z, labels[i], smoothing);
}

TEST_LOOP(loss_is_its_definition, 0, KINDS *SMOOTHINGS)
{
    const enum lenet5_loss kind = kinds[_i / SMOOTHINGS];
    const float smoothing = smoothings[_i % SMOOTHINGS];
    const struct loss loss = {kind, smoothing, map_j};
    float gradient[CLASSES * N];
    double expected = 0;
    for (int i = 0; i < N; i++)
        expected += exact_at(kind, i, 0, 0, (double)smoothing);
    ck_assert(kind == LENET5_LOSS_DISTANCE || expected > 0);
    ck_assert_double_eq_tol(loss_sum(&loss, NULL, logits, labels, N, CLASSES, 1), expected,
                            1e-6 * (1 + fabs(expected)));
    ck_assert_double_eq_tol(loss_sum(&loss, gradient, logits, labels, N, CLASSES, 0.25f), expected,
                            1e-6 * (1 + fabs(expected))); /* the scale is the gradient's alone */
}

TEST_LOOP(gradient_is_the_derivative, 0, KINDS *SMOOTHINGS)
{
    const enum lenet5_loss kind = kinds[_i / SMOOTHINGS];
    const float smoothing = smoothings[_i % SMOOTHINGS], scale = 0.25f;
    const struct loss loss = {kind, smoothing, map_j};
    const double h = 0x1p-10;
    float gradient[CLASSES * N];
    loss_sum(&loss, gradient, logits, labels, N, CLASSES, scale);
    for (int at = 0; at < CLASSES * N; at++) {
        const double up = exact_at(kind, at % N, at / N, h, (double)smoothing);
        const double down = exact_at(kind, at % N, at / N, -h, (double)smoothing);
        ck_assert_double_eq_tol((double)gradient[at], (double)scale * (up - down) / (2 * h), 1e-6);
    }
}

/* Where the loss is a function of the logits themselves its second derivatives are plain ones. */
TEST(curvature_is_the_second_derivative)
{
    static const enum lenet5_loss plain[] = {LENET5_LOSS_CROSS_ENTROPY, LENET5_LOSS_BCE_LOGITS,
                                             LENET5_LOSS_DISTANCE, LENET5_LOSS_MAP};
    const double h = 0x1p-8;
    float curvature[CLASSES * N];
    for (size_t l = 0; l < ARRAY_SIZE(plain); l++)
        for (int s = 0; s < SMOOTHINGS; s++) {
            const double smoothing = (double)smoothings[s];
            loss_curvature(&(struct loss){plain[l], smoothings[s], map_j}, curvature, logits,
                           labels, N, CLASSES);
            for (int at = 0; at < CLASSES * N; at++) {
                const double up = exact_at(plain[l], at % N, at / N, h, smoothing);
                const double here = exact_at(plain[l], at % N, at / N, 0, smoothing);
                const double down = exact_at(plain[l], at % N, at / N, -h, smoothing);
                ck_assert_double_eq_tol((double)curvature[at], (up - 2 * here + down) / (h * h),
                                        1e-5);
            }
        }
}

/* Where it is one of p: what the derivatives of p by the logits, squared, make of those by p. */
TEST(curvature_goes_through_the_softmax)
{
    const double h = 0x1p-12;
    float curvature[CLASSES * N];
    loss_curvature(&(struct loss){.kind = LENET5_LOSS_MSE}, curvature, logits, labels, N, CLASSES);
    for (int at = 0; at < CLASSES * N; at++) {
        double up[CLASSES], down[CLASSES], expected = 0;
        for (int k = 0; k < CLASSES; k++) {
            up[k] = (double)logits[k * N + at % N] + (k == at / N ? h : 0);
            down[k] = (double)logits[k * N + at % N] - (k == at / N ? h : 0);
        }
        for (int k = 0; k < CLASSES; k++) {
            const double slope = (exp(log_softmax(up, k)) - exp(log_softmax(down, k))) / (2 * h);
            expected += slope * slope * 2 / CLASSES;
        }
        ck_assert_double_eq_tol((double)curvature[at], expected, 1e-6);
    }
}

TEST(softmax_is_its_definition)
{
    float probabilities[N * CLASSES];
    loss_softmax(probabilities, logits, N, CLASSES);
    for (int i = 0; i < N; i++) {
        double sum = 0, total = 0;
        for (int k = 0; k < CLASSES; k++)
            sum += exp((double)logits[k * N + i]);
        for (int k = 0; k < CLASSES; k++) {
            ck_assert_double_eq_tol((double)probabilities[i * CLASSES + k],
                                    exp((double)logits[k * N + i]) / sum, 1e-6);
            total += (double)probabilities[i * CLASSES + k];
        }
        ck_assert_double_eq_tol(total, 1, 1e-6);
    }
}

/* Every sample's exponentials are of its own largest logit; by another's, the last's would all be the most there is. */
TEST(samples_do_not_share_their_scale)
{
    const float far[] = {0, -300, -200, 1, -299, 200, 2, -298, 201}; /* (3, 3) */
    const double one = exp(-1) / (1 + exp(-1)), two = 1 + exp(1) + exp(2);
    const double expected[] = {
        1 / two, exp(1) / two, exp(2) / two, 1 / two, exp(1) / two, exp(2) / two, 0, one, 1 - one};
    float probabilities[9];
    loss_softmax(probabilities, far, 3, 3);
    for (int i = 0; i < 9; i++)
        ck_assert_double_eq_tol((double)probabilities[i], expected[i], 1e-6);
}

/* The first of equals. */
TEST(prediction_is_the_largest)
{
    const float equal[] = {1, 2, 3, 2, 3, 2}; /* (3, 2) */
    uint8_t predictions[2];
    loss_predictions(predictions, equal, 2, 3);
    ck_assert_int_eq(predictions[0], 1);
    ck_assert_int_eq(predictions[1], 0);
}

/* Wherever it is, at the label or not, and next to what saturates. */
TEST_LOOP(not_a_number_is_not_hidden, 0, KINDS)
{
    for (int at = 0; at < 6; at++) {
        float bad[] = {0, 1, 3, 2, 60, 70}, gradient[6]; /* (3, 2) */
        const uint8_t some[] = {0, 2};
        bad[at] = NAN;
        ck_assert(isnan(loss_sum(&(struct loss){kinds[_i], 0, map_j}, NULL, bad, some, 2, 3, 1)));
        ck_assert(
            isnan(loss_sum(&(struct loss){kinds[_i], 0.1f, map_j}, gradient, bad, some, 2, 3, 1)));
    }
}

/* Beyond the clip the loss is constant, as Keras's clip has it; just within, it is not. */
TEST(bce_of_a_softmax_is_clipped)
{
    const float saturated[] = {60, -60, 0}, within[] = {7, -7, 0}; /* (3, 1) */
    float gradient[3];
    for (uint8_t label = 0; label < 3; label++) {
        const double loss = loss_sum(&(struct loss){.kind = LENET5_LOSS_BCE_SOFTMAX}, gradient,
                                     saturated, &label, 1, 3, 1);
        ck_assert_double_eq_tol(loss, label == 0 ? 1e-7 : -2 * log(1e-7) / 3, 1e-6);
        for (int k = 0; k < 3; k++)
            ck_assert_float_eq(gradient[k], 0);
        loss_sum(&(struct loss){.kind = LENET5_LOSS_BCE_SOFTMAX}, gradient, within, &label, 1, 3,
                 1);
        ck_assert_float_ne(gradient[label], 0);
    }
}

/* -log(e / (e + 9)) where the label has probability 1, 1 more where another has. */
TEST(cross_entropy_twice_is_bounded)
{
    float sure[10] = {0}; /* (10, 1) */
    const uint8_t right = 3, wrong = 4;
    sure[3] = 100;
    ck_assert_double_eq_tol(loss_sum(&(struct loss){.kind = LENET5_LOSS_CROSS_ENTROPY_TWICE}, NULL,
                                     sure, &right, 1, 10, 1),
                            1.461150, 1e-6);
    ck_assert_double_eq_tol(loss_sum(&(struct loss){.kind = LENET5_LOSS_CROSS_ENTROPY_TWICE}, NULL,
                                     sure, &wrong, 1, 10, 1),
                            2.461150, 1e-6);
}
