/* Robust fit of a plane, with many outliers: the light on a page. */
#ifndef BACKGROUND_PLANE_H
#define BACKGROUND_PLANE_H

/* Over a picture; coordinates run from -1 to 1. */
struct background_plane {
    double height, by_x, by_y; /* in the middle, and its slopes */
};

/*
 * Fits a plane to values (rows, cols) so that the share `below` of them lies below it: 0.5 is the median,
 * which tolerates outliers in almost half of the values. Values at the border count twice, because ink is
 * rarer there.
 */
void background_plane_fit(struct background_plane *plane, const float *values, int rows, int cols,
                          double below);

/* The plane at a position, both coordinates from -1 to 1. */
double background_plane_at(const struct background_plane *plane, double x, double y);

/* The coordinate of the middle of cell i of n, where background_plane_fit has its values. */
double background_plane_middle(int i, int n);

#endif
