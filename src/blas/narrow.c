#include "narrow.h"

#include <cblas.h>
#include <string.h>

#include "../vector.h"

/* 3 x 4 vectors of sums, a vector of inputs and a weight fill the 16 registers of AVX2. */
enum { LANES = NARROW_LANES, ROWS = 3, COLUMNS = 4 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

#define INLINE static inline __attribute__((always_inline))

bool narrow_pays(int outputs, int k)
{
    static const char *const small_matrix_cores[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    const char *core = openblas_get_corename();
    if (outputs > 8 || k > 64 || !core)
        return false;
    for (size_t i = 0; i < sizeof(small_matrix_cores) / sizeof(*small_matrix_cores); i++)
        if (strcmp(core, small_matrix_cores[i]) == 0)
            return false;
    return true;
}

/* rows and columns are constants wherever this is inlined, so that the sums stay in registers. */
INLINE void forward_tile(float *y, size_t y_step, const float *w, const float *l, int k, int n,
                         int rows, int columns)
{
    lanes sums[ROWS][COLUMNS], x[COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            memcpy(&sums[r][c], y + (size_t)r * y_step + c * LANES, sizeof(lanes));
    for (int i = 0; i < k; i++, l += n) {
        for (int c = 0; c < columns; c++)
            memcpy(&x[c], l + c * LANES, sizeof(lanes));
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                sums[r][c] += w[r * k + i] * x[c];
    }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            memcpy(y + (size_t)r * y_step + c * LANES, &sums[r][c], sizeof(lanes));
}

INLINE void forward_rows(float *y, size_t y_step, const float *w, const float *l, int k, int n,
                         int rows)
{
    int j = 0;
    for (; j + COLUMNS * LANES <= n; j += COLUMNS * LANES)
        forward_tile(y + j, y_step, w, l + j, k, n, rows, COLUMNS);
    for (; j + LANES <= n; j += LANES)
        forward_tile(y + j, y_step, w, l + j, k, n, rows, 1);
    for (; j < n; j++)
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < k; i++)
                y[(size_t)r * y_step + (size_t)j] += w[r * k + i] *
                                                     l[(size_t)i * (size_t)n + (size_t)j];
}

VECTOR_CLONES
void narrow_forward(float *y, size_t y_step, const float *w, const float *l, int outputs, int k,
                    int n)
{
    int o = 0;
    for (; o + ROWS <= outputs; o += ROWS)
        forward_rows(y + (size_t)o * y_step, y_step, w + o * k, l, k, n, ROWS);
    for (; o < outputs; o++)
        forward_rows(y + (size_t)o * y_step, y_step, w + o * k, l, k, n, 1);
}

/* The gradients of `taps` rows of L and `rows` rows of dY. */
INLINE void gradient_tile(float *sums, const float *l, const float *dy, size_t dy_step, int outputs,
                          int n, int taps, int rows)
{
    lanes total[COLUMNS][ROWS], d[ROWS], x;
    int j = 0;
    for (int t = 0; t < taps; t++)
        for (int r = 0; r < rows; r++)
            memcpy(&total[t][r], sums + (t * outputs + r) * LANES, sizeof(lanes));
    for (; j + LANES <= n; j += LANES) {
        for (int r = 0; r < rows; r++)
            memcpy(&d[r], dy + (size_t)r * dy_step + (size_t)j, sizeof(lanes));
        for (int t = 0; t < taps; t++) {
            memcpy(&x, l + (size_t)t * (size_t)n + (size_t)j, sizeof(lanes));
            for (int r = 0; r < rows; r++)
                total[t][r] += x * d[r];
        }
    }
    for (int t = 0; t < taps; t++)
        for (int r = 0; r < rows; r++) {
            for (int rest = j; rest < n; rest++)
                total[t][r][0] += l[(size_t)t * (size_t)n + (size_t)rest] *
                                  dy[(size_t)r * dy_step + (size_t)rest];
            memcpy(sums + (t * outputs + r) * LANES, &total[t][r], sizeof(lanes));
        }
}

INLINE void gradient_rows(float *sums, const float *l, const float *dy, size_t dy_step, int outputs,
                          int k, int n, int rows)
{
    int i = 0;
    for (; i + COLUMNS <= k; i += COLUMNS)
        gradient_tile(sums + i * outputs * LANES, l + (size_t)i * (size_t)n, dy, dy_step, outputs,
                      n, COLUMNS, rows);
    for (; i < k; i++)
        gradient_tile(sums + i * outputs * LANES, l + (size_t)i * (size_t)n, dy, dy_step, outputs,
                      n, 1, rows);
}

VECTOR_CLONES
void narrow_gradient(float *sums, const float *l, const float *dy, size_t dy_step, int outputs,
                     int k, int n)
{
    int o = 0;
    for (; o + ROWS <= outputs; o += ROWS)
        gradient_rows(sums + o * LANES, l, dy + (size_t)o * dy_step, dy_step, outputs, k, n, ROWS);
    for (; o < outputs; o++)
        gradient_rows(sums + o * LANES, l, dy + (size_t)o * dy_step, dy_step, outputs, k, n, 1);
}

void narrow_fold(float *gradient, const float *sums, size_t count)
{
    for (size_t i = 0; i < count; i++, sums += LANES) {
        gradient[i] = 0;
        for (int lane = 0; lane < LANES; lane++)
            gradient[i] += sums[lane];
    }
}
