/*
 * Quantile regression (Koenker and Bassett 1978) by iteratively reweighted least squares.
 */
#include "background_plane.h"

#include <math.h>
#include <stdbool.h>

enum { TERMS = 3, ROUNDS = 25, BORDER_WEIGHT = 2 };

/* Solves a x = b for a symmetric positive definite matrix, which is destroyed; b becomes x. */
static void solve(double a[TERMS][TERMS], double b[TERMS])
{
    for (int i = 0; i < TERMS; i++)
        for (int row = i + 1; row < TERMS; row++) {
            double factor = a[row][i] / a[i][i];
            for (int col = i; col < TERMS; col++)
                a[row][col] -= factor * a[i][col];
            b[row] -= factor * b[i];
        }
    for (int i = TERMS - 1; i >= 0; i--) {
        for (int col = i + 1; col < TERMS; col++)
            b[i] -= a[i][col] * b[col];
        b[i] /= a[i][i];
    }
}

double background_plane_middle(int i, int n)
{
    return (2 * i + 1) / (double)n - 1;
}

double background_plane_at(const struct background_plane *plane, double x, double y)
{
    return plane->height + plane->by_x * x + plane->by_y * y;
}

void background_plane_fit(struct background_plane *plane, const float *values, int rows, int cols,
                          double below)
{
    *plane = (struct background_plane){0};
    for (int round = 0; round < ROUNDS; round++) {
        double a[TERMS][TERMS] = {{0}}, b[TERMS] = {0};
        for (int row = 0; row < rows; row++)
            for (int col = 0; col < cols; col++) {
                const double t[TERMS] = {1, background_plane_middle(col, cols),
                                         background_plane_middle(row, rows)};
                const double value = (double)values[row * cols + col];
                const double residual = value - background_plane_at(plane, t[1], t[2]);
                double weight = (residual > 0 ? below : 1 - below) / fmax(fabs(residual), 1);
                const bool border = row == 0 || col == 0 || row == rows - 1 || col == cols - 1;
                weight = (border ? BORDER_WEIGHT : 1) * (round ? weight : 1);
                for (int i = 0; i < TERMS; i++) {
                    for (int j = 0; j < TERMS; j++)
                        a[i][j] += weight * t[i] * t[j];
                    b[i] += weight * t[i] * value;
                }
            }
        /* Few cells do not determine the slopes: those that they leave open stay near 0. */
        const double total = a[0][0];
        a[0][0] += 1e-9 * total;
        for (int i = 1; i < TERMS; i++)
            a[i][i] += 1e-3 * total;
        solve(a, b);
        *plane = (struct background_plane){b[0], b[1], b[2]};
    }
}
