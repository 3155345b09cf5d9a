/* A smooth surface through numbers of which many are no part of it: how light falls on paper. */
#ifndef SURFACE_H
#define SURFACE_H

enum { SURFACE_DEGREE = 3, SURFACE_TERMS = 10 }; /* 1, x, y, x^2, x y, y^2, ... */

/* Over a picture; coordinates run from -1 to 1. */
struct surface {
    double coefficient[SURFACE_TERMS];
};

/*
 * Fits a polynomial of that degree to values (rows, cols) so that the share `below` of them lies below the surface: 0.5 is the
 * median, which lets almost half of the values be anything at all. Those at the border count twice: paper
 * reaches it more often than ink.
 */
void surface_fit(struct surface *surface, const float *values, int rows, int cols, int degree,
                 double below);

/* The surface at a position, both coordinates from -1 to 1. */
double surface_at(const struct surface *surface, double x, double y);

#endif
