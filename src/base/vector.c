/* The few vector loops that more than one place needs. */
#include "vector.h"

#include <string.h>

#include "vector_math.h"

const float vector_math_eight = 8;

int vector_most_lanes = WIDE_LANES;

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

typedef float four __attribute__((vector_size(16)));

/* Four by four: each round interleaves row i with row i + 2, and after two everything is in place. */
VECTOR_INLINE void transpose_four(float *y, size_t y_pitch, const float *x, size_t x_pitch)
{
    four rows[2][4];
    for (size_t i = 0; i < 4; i++)
        memcpy(&rows[0][i], x + i * x_pitch, sizeof(four));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2; i++) {
            const four a = rows[round][i], b = rows[round][i + 2];
            rows[1 - round][2 * i] = __builtin_shufflevector(a, b, 0, 4, 1, 5);
            rows[1 - round][2 * i + 1] = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        }
    for (size_t i = 0; i < 4; i++)
        memcpy(y + i * y_pitch, &rows[0][i], sizeof(four));
}

VECTOR_CLONES
void vector_transpose(float *y, const float *x, size_t pitch, int rows, int cols)
{
    const size_t height = (size_t)rows, width = (size_t)cols;
    size_t c = 0;
    for (; height % 4 == 0 && c + 4 <= width; c += 4)
        for (size_t r = 0; r < height; r += 4)
            transpose_four(y + c * height + r, height, x + r * pitch + c, pitch);
    for (; c < width; c++)
        for (size_t r = 0; r < height; r++)
            y[c * height + r] = x[r * pitch + c];
}
