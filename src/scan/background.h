/* Separates a picture into background and ink: how much darker each pixel is than the background there. */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <lenet5/image.h>
#include <stdbool.h>

struct background {
    int width,
        height; /* of what follows; one of its pixels is a square of `scale` in the picture */
    int scale;
    float *grey; /* (height, width), smoothed; inverted if needed, so that ink is dark */
    float *ink;  /* (height, width), the share of the background's light that is absorbed, 0 to 1 */
    float noise; /* the standard deviation of ink where there is only background */
    float strong; /* the ink of the strongest strokes; 0 = nothing but background */
};

/*
 * Reduces the picture, finds the background and measures the ink. background_destroy frees it.
 * Errors: MEMORY.
 */
enum lenet5_status background_create(struct background *background,
                                     const struct lenet5_image *image, struct lenet5_error *error);

void background_destroy(struct background *background);

/* Ink below this is noise, or the grain of the paper. */
float background_threshold(const struct background *background);

#endif
