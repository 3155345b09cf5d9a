/*
 * What follows from measured values. The factors and divisors are medians and taken for exact: the
 * range of a derived cell is that of the one value it is made from.
 */
#include <math.h>
#include <string.h>

#include "results.h"

/* metric = factor * from */
static void scale(struct results *results, const struct row *row, const char *metric, double factor,
                  const char *from)
{
    const struct cell *cell = results_find(results, row, from);
    if (cell && isfinite(factor * cell->median))
        results_set(results, row, metric, factor * cell->median, factor * cell->min,
                    factor * cell->max, cell->runs);
}

/* metric = factor / from: the largest becomes the smallest. */
static void divide(struct results *results, const struct row *row, const char *metric,
                   double factor, const char *from)
{
    const struct cell *cell = results_find(results, row, from);
    if (cell && isfinite(factor / cell->median))
        results_set(results, row, metric, factor / cell->median, factor / cell->max,
                    factor / cell->min, cell->runs);
}

static double peak_of(const struct results *results, int threads)
{
    for (int i = 0; i < results->cell_count; i++) {
        const struct row *row = &results->cells[i].row;
        if (strcmp(row->section, "peak") == 0 && row->threads == threads)
            return results->cells[i].median;
    }
    return NAN;
}

/* From a time per sample: 10^9 operations per second, and their share of the peak. */
static void derive_speed(struct results *results, const struct row *row, const char *time)
{
    const int threads = row->threads ? row->threads : 1;
    divide(results, row, "gflops", 1e-3 * results_median(results, row, "flops"), time);
    scale(results, row, "peak_percent", 100 / peak_of(results, threads), "gflops");
}

/* How many times as fast our two are as this contender. */
static void derive_ratios(struct results *results, const struct row *row, const char *metric,
                          bool is_time)
{
    static const char *const ours[][2] = {{"blas", "blas_ratio"}, {"direct", "direct_ratio"}};
    for (int i = 0; i < 2; i++) {
        struct row fast = *row;
        fast.contender = ours[i][0];
        const double reference = results_median(results, &fast, metric);
        if (is_time)
            scale(results, row, ours[i][1], 1 / reference, metric);
        else
            divide(results, row, ours[i][1], reference, metric);
    }
}

/* Over a contender's seeds. None where a seed has no figure: a mean of the others would flatter. */
static void derive_mean(struct results *results, const struct row *seed, const char *metric)
{
    double sum = 0, min = INFINITY, max = -INFINITY;
    int count = 0;
    for (int i = 0; i < results->cell_count; i++) {
        const struct cell *cell = &results->cells[i];
        struct row same = *seed;
        same.name = cell->row.name;
        if (!row_equal(&cell->row, &same) || strcmp(cell->metric, metric) != 0)
            continue;
        sum += cell->median; /* NaN stays NaN */
        min = fmin(min, cell->min);
        max = fmax(max, cell->max);
        count++;
    }
    struct row mean = *seed;
    mean.name = "mean of seeds";
    if (isnan(sum))
        min = max = NAN;
    results_set(results, &mean, metric, sum / count, min, max, isnan(sum) ? 0 : count);
}

static void derive_from(struct results *results, const struct cell *cell)
{
    const struct row *row = &cell->row;
    const char *metric = cell->metric;
    if (strcmp(metric, "us") == 0) {
        derive_speed(results, row, "us");
    } else if (strcmp(metric, "blas_us") == 0) {
        derive_speed(results, row, "blas_us");
        divide(results, row, "blas_ratio", results_median(results, row, "naive_us"), "blas_us");
    } else if (strcmp(metric, "direct_us") == 0) {
        divide(results, row, "direct_gflops", 1e-3 * results_median(results, row, "flops"), metric);
    } else if (strcmp(metric, "samples_per_second") == 0) {
        derive_ratios(results, row, metric, false);
    } else if (strcmp(metric, "p50_us") == 0) {
        derive_ratios(results, row, metric, true);
    } else if (strcmp(row->section, "recipe") == 0 && *row->name) {
        derive_mean(results, row, metric);
    }
    if (strncmp(row->section, "bound", 5) == 0 && strcmp(row->name, "whole") == 0) {
        struct row bare = *row;
        bare.name = "bare products";
        scale(results, row, "overhead", 1 / results_median(results, &bare, "us"), "us");
    }
}

void results_derive(struct results *results)
{
    const int measured = results->cell_count;
    for (int i = 0; i < measured; i++) {
        const struct cell cell = results->cells[i]; /* adding one may move them all */
        derive_from(results, &cell);
    }
}
