/* The loss against its definition in double precision, its gradient against differences. */
#include "loss.h"

#include <math.h>

#include "suite.h"

enum { N = 5, CLASSES = 7 };

static const float logits[CLASSES * N] = {0.5f, -3, 40,    1, 0,     2, 0.1f, -40, 1,  0, -1, 7, 0,
                                          1,    0,  0.25f, 7, 39.5f, 1, 0,    3,   -2, 5, 1,  0, -3,
                                          8,    1,  0.75f, 1, 0.5f,  1, -2,   3,   100};
static const uint8_t labels[N] = {4, 2, 0, 6, 3};

/* -sum over k of target_k log softmax(x)_k, for sample i */
static double exact(const float *x, int i, double smoothing)
{
    double largest = -INFINITY, sum = 0, loss = 0;
    for (int k = 0; k < CLASSES; k++)
        largest = fmax(largest, (double)x[k * N + i]);
    for (int k = 0; k < CLASSES; k++)
        sum += exp((double)x[k * N + i] - largest);
    for (int k = 0; k < CLASSES; k++) {
        const double target = smoothing / CLASSES + (labels[i] == k ? 1 - smoothing : 0);
        loss -= target * ((double)x[k * N + i] - largest - log(sum));
    }
    return loss;
}

static const float smoothings[] = {0, 0.1f, 1};

START_TEST(cross_entropy_is_its_definition)
{
    const float smoothing = smoothings[_i];
    double expected = 0;
    for (int i = 0; i < N; i++)
        expected += exact(logits, i, (double)smoothing);
    ck_assert_double_eq_tol(
        loss_sum(LENET5_CROSS_ENTROPY, NULL, logits, labels, N, CLASSES, smoothing, 1), expected,
        1e-6 * (1 + expected));
}
END_TEST

START_TEST(gradient_is_the_derivative)
{
    const float smoothing = smoothings[_i], scale = 0.25f;
    const double h = 0x1p-10;
    float gradient[CLASSES * N], moved[CLASSES * N];
    loss_sum(LENET5_CROSS_ENTROPY, gradient, logits, labels, N, CLASSES, smoothing, scale);
    for (int at = 0; at < CLASSES * N; at++) {
        double side[2];
        for (int up = 0; up < 2; up++) {
            for (int k = 0; k < CLASSES * N; k++)
                moved[k] = logits[k];
            moved[at] += (float)(up ? h : -h);
            side[up] = exact(moved, at % N, (double)smoothing);
        }
        ck_assert_double_eq_tol((double)gradient[at], (double)scale * (side[1] - side[0]) / (2 * h),
                                1e-5);
    }
}
END_TEST

START_TEST(softmax_is_its_definition)
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
END_TEST

/* The first of equals. */
START_TEST(prediction_is_the_largest)
{
    const float equal[] = {1, 2, 3, 2, 3, 2}; /* (3, 2) */
    uint8_t predictions[2];
    loss_predictions(predictions, equal, 2, 3);
    ck_assert_int_eq(predictions[0], 1);
    ck_assert_int_eq(predictions[1], 0);
}
END_TEST

START_TEST(not_a_number_is_not_hidden)
{
    const float bad[] = {0, 1, NAN, 2}; /* (2, 2): the first sample has one */
    const uint8_t zeros[] = {0, 0};
    ck_assert(isnan(loss_sum(LENET5_CROSS_ENTROPY, NULL, bad, zeros, 2, 2, 0, 1)));
}
END_TEST

void add_tests(TCase *tests)
{
    const int count = sizeof(smoothings) / sizeof(*smoothings);
    tcase_add_loop_test(tests, cross_entropy_is_its_definition, 0, count);
    tcase_add_loop_test(tests, gradient_is_the_derivative, 0, count);
    tcase_add_test(tests, softmax_is_its_definition);
    tcase_add_test(tests, prediction_is_the_largest);
    tcase_add_test(tests, not_a_number_is_not_hidden);
}
