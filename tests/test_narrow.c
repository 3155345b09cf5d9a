/* The narrow products against plain sums, for every size around their tiles. */
#include <math.h>

#include "blas/narrow.h"
#include "rng.h"
#include "suite.h"

enum { OUTPUTS = 8, K = 27, N = 75, STEP = 80 }; /* STEP: floats from row to row */

static float w[OUTPUTS * K], l[K * N], y[OUTPUTS * STEP], expected[OUTPUTS * STEP];
static float sums[K * OUTPUTS * NARROW_LANES], gradient[K * OUTPUTS];

static void fill(float *x, size_t count, uint32_t which)
{
    struct rng rng = rng_stream(3, RNG_INIT, which, 0);
    for (size_t i = 0; i < count; i++)
        x[i] = 2 * rng_uniform(&rng) - 1;
}

static void check(int outputs, int k, int n)
{
    fill(w, (size_t)(outputs * k), 1);
    fill(l, (size_t)(k * n), 2);
    fill(y, OUTPUTS * STEP, 3);
    for (int o = 0; o < outputs; o++)
        for (int t = 0; t < k; t++) {
            double sum = 0;
            for (int j = 0; j < n; j++)
                sum += (double)l[t * n + j] * (double)y[o * STEP + j];
            for (int lane = 0; lane < NARROW_LANES; lane++)
                sums[(t * outputs + o) * NARROW_LANES + lane] = 1; /* it adds to what is there */
            gradient[t * outputs + o] = (float)(sum + NARROW_LANES);
        }
    narrow_gradient(sums, l, y, STEP, outputs, k, n);
    for (int i = 0; i < outputs * k; i++) {
        float found;
        narrow_fold(&found, sums + i * NARROW_LANES, 1);
        ck_assert_msg(fabsf(found - gradient[i]) < 2e-5f, "gradient %d of (%d, %d, %d): %g, not %g",
                      i, outputs, k, n, (double)found, (double)gradient[i]);
    }
    for (int i = 0; i < OUTPUTS * STEP; i++) {
        double sum = y[i];
        const int o = i / STEP, j = i % STEP;
        for (int t = 0; o < outputs && j < n && t < k; t++)
            sum += (double)w[o * k + t] * (double)l[t * n + j];
        expected[i] = (float)sum;
    }
    narrow_forward(y, STEP, w, l, outputs, k, n);
    for (int i = 0; i < OUTPUTS * STEP; i++) /* what lies between the rows stays as it was */
        ck_assert_msg(fabsf(y[i] - expected[i]) < 2e-5f, "y %d of (%d, %d, %d): %g, not %g", i,
                      outputs, k, n, (double)y[i], (double)expected[i]);
}

START_TEST(all_sizes_around_the_tiles)
{
    for (int outputs = 1; outputs <= OUTPUTS; outputs++)
        for (int k = 1; k <= K; k += k < 10 ? 1 : 8)
            for (int n = 1; n <= N; n += n < 20 ? 1 : 5)
                check(outputs, k, n);
}
END_TEST

START_TEST(only_few_rows_are_narrow)
{
    ck_assert(!narrow_pays(9, 25));
    ck_assert(!narrow_pays(6, 65));
}
END_TEST

void add_tests(TCase *tests)
{
    tcase_add_test(tests, all_sizes_around_the_tiles);
    tcase_add_test(tests, only_few_rows_are_narrow);
}
