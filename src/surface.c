/*
 * Quantile regression of a polynomial (Koenker and Bassett 1978) by least squares whose weights are
 * found again and again from the residuals: no matrix larger than 10x10.
 */
#include "surface.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { TERMS = SURFACE_TERMS, ROUNDS = 25, BORDER_WEIGHT = 2 };

static void terms(double t[TERMS], double x, double y)
{
    int n = 0;
    for (int degree = 0; degree <= SURFACE_DEGREE; degree++)
        for (int i = 0; i <= degree; i++)
            t[n++] = pow(x, degree - i) * pow(y, i);
}

static double dot(const double a[TERMS], const double b[TERMS])
{
    double sum = 0;
    for (int i = 0; i < TERMS; i++)
        sum += a[i] * b[i];
    return sum;
}

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

/* The middle of cell i of n, from -1 to 1. */
static double middle(int i, int n)
{
    return (2 * i + 1) / (double)n - 1;
}

double surface_at(const struct surface *surface, double x, double y)
{
    double t[TERMS];
    terms(t, x, y);
    return dot(surface->coefficient, t);
}

void surface_fit(struct surface *surface, const float *values, int rows, int cols, int degree,
                 double below)
{
    int used = (degree + 1) * (degree + 2) / 2;
    memset(surface, 0, sizeof(*surface));
    for (int round = 0; round < ROUNDS; round++) {
        double a[TERMS][TERMS] = {{0}}, b[TERMS] = {0}, total = 0;
        for (int row = 0; row < rows; row++)
            for (int col = 0; col < cols; col++) {
                double t[TERMS], value = (double)values[row * cols + col];
                terms(t, middle(col, cols), middle(row, rows));
                double residual = value - dot(surface->coefficient, t);
                double weight = (residual > 0 ? below : 1 - below) / fmax(fabs(residual), 1);
                bool border = row == 0 || col == 0 || row == rows - 1 || col == cols - 1;
                weight = (border ? BORDER_WEIGHT : 1) * (round ? weight : 1);
                total += weight;
                for (int i = 0; i < TERMS; i++) {
                    for (int j = 0; j < TERMS; j++)
                        a[i][j] += weight * t[i] * t[j];
                    b[i] += weight * t[i] * value;
                }
            }
        /* Few cells do not determine all terms: those that they leave open stay near 0, as those
         * above the degree. */
        a[0][0] += 1e-9 * total;
        for (int i = 1; i < TERMS; i++)
            a[i][i] += i < used ? 1e-3 * total : 1e9 * total;
        solve(a, b);
        memcpy(surface->coefficient, b, sizeof(b));
    }
}
