/* The vector activations over their whole range, against double precision. */
#include <math.h>
#include <string.h>

#include "engine/loss.h"
#include "layers/shared/activation.h"
#include "suite.h"

enum { CHUNK = 1 << 16 };

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Every 64th float there is: both signs, denormals to infinity; NaN must stay NaN. */
static void sweep(enum activation activation, double (*exact)(double), double absolute,
                  double relative)
{
    static float x[CHUNK], y[CHUNK];
    for (uint64_t start = 0; start < UINT64_C(1) << 32; start += 64 * CHUNK) {
        for (uint32_t i = 0; i < CHUNK; i++)
            x[i] = from_bits((uint32_t)start + 64 * i);
        activation_values(y, x, 0, CHUNK, activation);
        for (uint32_t i = 0; i < CHUNK; i++) {
            const double want = exact((double)x[i]), error = fabs((double)y[i] - want);
            if (isnan(x[i])
                    ? !isnan(y[i])
                    : !(error <= absolute || error <= relative * fabs(want)) || fabs(y[i]) > 1)
                ck_abort_msg("f(%.9g) is %.9g, expected %.9g", x[i], y[i], want);
        }
    }
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

TEST(tanh_is_within_4e_7)
{
    sweep(ACTIVATION_TANH, tanh, 0, 4e-7);
}

TEST(sigmoid_is_within_3e_7)
{
    sweep(ACTIVATION_SIGMOID, sigmoid, 3e-7, 0);
}

/* Of all floats up to 0, through the softmax: the first class's logit is 0, and so the largest. */
TEST(exp_is_within_3e_7)
{
    enum { CLASSES = CHUNK / MICRO_BATCH };
    static float x[CHUNK], y[CHUNK];
    float largest[MICRO_BATCH], sums[MICRO_BATCH];
    for (uint64_t start = UINT64_C(1) << 31; start < UINT64_C(1) << 32; start += 64 * CHUNK) {
        for (uint32_t i = MICRO_BATCH; i < CHUNK; i++)
            x[i] = from_bits((uint32_t)start + 64 * i);
        loss_exponentials(y, largest, sums, x, MICRO_BATCH, CLASSES);
        for (uint32_t i = 0; i < CHUNK; i++) {
            const double want = exp(fmax((double)x[i], -87));
            if (isnan(x[i]) ? !isnan(y[i]) : !(fabs((double)y[i] - want) <= 3e-7 * want))
                ck_abort_msg("exp(%.9g) is %.9g, expected %.9g", x[i], y[i], want);
        }
    }
}

TEST(relu_keeps_nan)
{
    const float x[] = {-1, -0.0f, 0, 2, NAN, -INFINITY, INFINITY};
    float y[7];
    activation_values(y, x, 0, 7, ACTIVATION_RELU);
    ck_assert(y[0] == 0 && y[1] == 0 && y[2] == 0 && y[3] == 2 && isnan(y[4]) && y[5] == 0 &&
              isinf(y[6]));
}
