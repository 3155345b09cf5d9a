/* One optimizer step over a range of parameters. */
#include <math.h>

#include "base/vector_tmpl.h"
#include "optimizer.h"

void VECTOR_NAME(optimizer_scaled)(float *w, const float *scale, const float *dw, size_t count,
                                   float rate, float decay)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        w[i] -= rate * scale[i] * (dw[i] + decay * w[i]);
}

void VECTOR_NAME(optimizer_sgd)(float *w, float *v, const float *dw, size_t count, float rate,
                                float momentum, float nesterov, float decay)
{
    /*
     * nesterov is 1 or 0, so that one loop serves both: w -= rate (nesterov g + (momentum or 1) v)
     */
    const float share = nesterov != 0 ? momentum : 1;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        float g = dw[i] + decay * w[i];
        v[i] = momentum * v[i] + g;
        w[i] -= rate * (nesterov * g + share * v[i]);
    }
}

void VECTOR_NAME(optimizer_adam)(float *w, float *m, float *v, const float *dw, size_t count,
                                 const struct adam *adam)
{
    const struct adam a = *adam;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        float g = dw[i] + a.decay * w[i];
        m[i] = a.beta1 * m[i] + (1 - a.beta1) * g;
        v[i] = a.beta2 * v[i] + (1 - a.beta2) * g * g;
        w[i] = a.shrink * w[i] - a.rate * m[i] / (sqrtf(v[i]) * a.correct + a.epsilon);
    }
}
