/* The few vector loops that more than one place needs. */
#include "vector.h"

VECTOR_CLONES
float vector_sum(const float *x, size_t count)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < count; i++)
        sum += x[i];
    return sum;
}

VECTOR_CLONES
void vector_add(float *y, const float *x, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

VECTOR_CLONES
void vector_fill(float *y, float value, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = value;
}
