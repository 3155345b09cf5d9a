/* A plane through numbers of which many are no part of it: how light falls on paper. */
#ifndef PLANE_H
#define PLANE_H

/* Over a picture; coordinates run from -1 to 1. */
struct plane {
    double height, by_x, by_y; /* in the middle, and its slopes */
};

/*
 * Fits a plane to values (rows, cols) so that the share `below` of them lies below it: 0.5 is the median, which lets
 * almost half of the values be anything at all. Those at the border count twice: paper reaches it more often than ink.
 */
void plane_fit(struct plane *plane, const float *values, int rows, int cols, double below);

/* The plane at a position, both coordinates from -1 to 1. */
double plane_at(const struct plane *plane, double x, double y);

/* The coordinate of the middle of cell i of n, where plane_fit has its values. */
double plane_middle(int i, int n);

#endif
