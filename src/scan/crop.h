/* A digit cut out of its page. */
#ifndef CROP_H
#define CROP_H

#include "background.h"
#include "components.h"

/* Ink from 0 to 1, what the middle of the strokes has. */
struct crop {
    int width, height;
    float *ink; /* (height, width) */
};

/*
 * Cuts out a group: its components and the soft edges around them. crop_destroy frees it.
 * Errors: MEMORY.
 */
enum lenet5_status crop_cut(struct crop *crop, const struct background *paper,
                            const struct components *components, int group,
                            struct lenet5_error *error);

void crop_destroy(struct crop *crop);

#endif
