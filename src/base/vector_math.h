/*
 * Elementary functions without branches or tables, for loops that the compiler vectorises. Each states its largest
 * error, which tests/unit/test_activation.c checks over the whole range; NaN stays NaN.
 */
#ifndef VECTOR_MATH_H
#define VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

/*
 * 8, hidden from the compiler. If gcc knows it, it computes tanh(8) in advance and replaces the minimum by a selection,
 * which takes a quarter longer.
 */
extern const float vector_math_eight;

/*
 * tanh(x) = x P(x^2) / Q(x^2) on [-8, 8], both of degree 4, fitted to the smallest relative error
 * (6e-9 before rounding); beyond 8 tanh is 1 - 2.3e-7 or nearer to 1. The error is at most 4e-7,
 * absolute and relative, and the result never exceeds 1.
 */
static inline float tanh_value(float x)
{
    const float most = vector_math_eight;
    x = most < x ? most : x;
    x = -most > x ? -most : x;
    float z = x * x;
    float p = 1.0f + z * (0x1.1357e6p-3f +
                          z * (0x1.d422fep-9f + z * (0x1.6f54f6p-16f + z * 0x1.05a83ap-26f)));
    float q = 1.0f + z * (0x1.df0144p-2f +
                          z * (0x1.acada6p-6f + z * (0x1.65b33cp-12f + z * 0x1.c98bccp-21f)));
    return x * p / q;
}

/* sigmoid(x) = (1 + tanh(x / 2)) / 2: absolute error at most 3e-7, and 0 to 1 inclusive. */
static inline float sigmoid_value(float x)
{
    return 0.5f + 0.5f * tanh_value(0.5f * x);
}

/*
 * exp(x) for x <= 0, as a softmax needs it: 2^k exp(r) with k the integer nearest to x / ln 2, exp(r) by its Taylor
 * series, and 2^k through the exponent's bits. The relative error is at most 3e-7 down to -87. Below, the result is
 * exp(-87), which a softmax cannot tell from 0.
 */
static inline float exp_value(float x)
{
    const float round = 0x1.8p23f; /* adding it leaves the nearest integer in the lowest bits */
    x = x < -87.0f ? -87.0f : x;
    const float shifted = x * 0x1.715476p+0f + round, k = shifted - round;
    const float r = (x - k * 0x1.62e400p-1f) - k * 0x1.7f7d1cp-20f; /* ln 2 in two parts */
    const float p = 0x1p-1f +
                    r * (0x1.555556p-3f +
                         r * (0x1.555556p-5f + r * (0x1.111112p-7f + r * 0x1.6c16c2p-10f)));
    uint32_t bits;
    float power;
    memcpy(&bits, &shifted, sizeof(bits));
    bits = (bits + 127) << 23;
    memcpy(&power, &bits, sizeof(power));
    return power * (1.0f + r * (1.0f + r * p));
}

#endif
