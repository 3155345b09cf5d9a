/* The few vector loops that more than one place needs. */
#include "vector_tmpl.h"

void VECTOR_NAME(vector_row_sums)(float *sums, const float *x, int rows, size_t count)
{
    for (int r = 0; r < rows; r++, x += count) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t i = 0; i < count; i++)
            sum += x[i];
        sums[r] = sum;
    }
}

void VECTOR_NAME(vector_add)(float *y, const float *x, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

void VECTOR_NAME(vector_fill)(float *y, float value, size_t count)
{
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        y[i] = value;
}

/* Four by four. Each round interleaves row i with row i + 2; after two rounds every value is in place. */
VECTOR_INLINE void transpose_four(float *y, size_t y_pitch, const float *x, size_t x_pitch)
{
    vec4 rows[2][4];
    for (size_t i = 0; i < 4; i++)
        memcpy(&rows[0][i], x + i * x_pitch, sizeof(vec4));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2; i++) {
            const vec4 a = rows[round][i], b = rows[round][i + 2];
            rows[1 - round][2 * i] = __builtin_shufflevector(a, b, 0, 4, 1, 5);
            rows[1 - round][2 * i + 1] = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        }
    for (size_t i = 0; i < 4; i++)
        memcpy(y + i * y_pitch, &rows[0][i], sizeof(vec4));
}

void VECTOR_NAME(vector_transpose)(float *y, const float *x, size_t pitch, int rows, int cols)
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

void VECTOR_NAME(vector_outer_product)(float *dw, const float *dy, const float *x, size_t inputs,
                                       int outputs)
{
    for (int o = 0; o < outputs; o++, dw += inputs) {
        const float d = dy[o];
#pragma omp simd
        for (size_t k = 0; k < inputs; k++)
            dw[k] = d * x[k];
    }
}
