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

VECTOR_INLINE void transpose(float *y, const float *x, size_t pitch, size_t rows, size_t cols)
{
    for (size_t c = 0; c < cols; c++)
        for (size_t r = 0; r < rows; r++)
            y[c * rows + r] = x[r * pitch + c];
}

VECTOR_CLONES
void vector_transpose(float *y, const float *x, size_t pitch, int rows, int cols)
{
    if (rows == 16) /* a constant makes it twice as fast */
        transpose(y, x, pitch, 16, (size_t)cols);
    else
        transpose(y, x, pitch, (size_t)rows, (size_t)cols);
}
