/* The exponentials of the softmax: the only part of a loss that needs vectors. */
#include "base/vector_math.h"
#include "base/vector_tmpl.h"
#include "loss.h"

void VECTOR_NAME(loss_exponentials)(float *exponentials, float *largest, float *sums,
                                    const float *logits, int n, int classes)
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
