/* Separates a picture into background (the paper) and ink: how much darker each pixel is than the paper there. */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <lenet5/image.h>
#include <stdbool.h>

struct background {
    int width,
        height; /* of what follows; one of its pixels is a square of `scale` in the picture */
    int scale;
    float *grey;  /* (height, width), smoothed; inverted if needed, so that ink is dark */
    float *ink;   /* (height, width), the share of the paper's light that the ink absorbs, 0 to 1 */
    float noise;  /* the standard deviation of ink where there is only paper */
    float strong; /* the ink of the strongest strokes; 0 = nothing but paper */
};

/*
 * Reduces the picture, finds the background and measures the ink. background_destroy frees it.
 * Errors: MEMORY.
 */
enum lenet5_status background_create(struct background *background,
                                     const struct lenet5_image *image, struct lenet5_error *error);

void background_destroy(struct background *background);

/* Ink below this is noise or the paper's grain. */
float background_threshold(const struct background *background);

#endif
