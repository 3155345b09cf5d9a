/* Cuts one digit out of a picture. */
#ifndef CROP_H
#define CROP_H

#include "background.h"
#include "components.h"

/* Ink from 0 to 1; 1 is the ink in the middle of the strokes. */
struct crop {
    int width, height;
    float *ink; /* (height, width) */
};

/*
 * Cuts out a group: its components and the soft edges of their strokes. crop_destroy frees it.
 * Errors: MEMORY.
 */
enum lenet5_status crop_cut(struct crop *crop, const struct background *background,
                            const struct components *components, int group,
                            struct lenet5_error *error);

void crop_destroy(struct crop *crop);

#endif
