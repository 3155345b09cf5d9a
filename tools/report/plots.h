/* Charts: one <svg> element each, for a page or a file. CSS classes begin with "pl-". */
#ifndef PLOTS_H
#define PLOTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * One or two lines over epochs 1 to count. A second line that is NULL is left out, and so are values that
 * are not finite. percent shows values times 100.
 */
void plot_curves(FILE *stream, const char *title, const char *const names[2],
                 const double *const values[2], int count, int percent);

/*
 * A line through (x, y), x rising, on axes from 0: y are shares, shown in percent, and so are x where
 * `percent` says so. across is what x is.
 */
void plot_points(FILE *stream, const char *title, const char *across, const double *x,
                 const double *y, int count, int percent);

/* confusion (classes, classes), by label and prediction. */
void plot_confusion(FILE *stream, const uint32_t *confusion, int classes, const char *const *names);

/* Points (count, 2), each drawn as the sign of its class; shares are the axes' parts of the variance. */
void plot_scatter(FILE *stream, const float *points, const int *labels, size_t count,
                  const float shares[2], int classes, const char *const *names);

/*
 * Begins an <svg> element with a title and a style sheet; the caller ends it. A page shrinks it to 0.85 of its
 * width and no further, because the text would become smaller than 10 px; then the page scrolls it.
 */
void plot_begin(FILE *stream, double width, double height, const char *title, const char *style);

/* Writes text, with <, >, & and quotes escaped. */
void plot_text(FILE *stream, const char *text);

#endif
