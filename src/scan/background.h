/* A picture as ink on paper: what of it is darker than the paper would be at that place. */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <lenet5/image.h>
#include <stdbool.h>

struct background {
    int width,
        height; /* of what follows; one of its pixels is a square of `scale` in the picture */
    int scale;
    float *grey;  /* (height, width), smoothed; dark ink on light paper whatever the picture had */
    float *ink;   /* (height, width), the share of the paper's light that is missing, 0 to 1 */
    float noise;  /* the standard deviation of the ink where there is only paper */
    float strong; /* what the strongest ink has; 0 = there is nothing but paper */
};

/*
 * Reduces the picture, tells ink from paper and measures the ink. background_destroy frees it.
 * Errors: MEMORY.
 */
enum lenet5_status background_create(struct background *paper, const struct lenet5_image *image,
                                     struct lenet5_error *error);

void background_destroy(struct background *paper);

/* Ink below this is the paper's own. */
float background_threshold(const struct background *paper);

#endif
