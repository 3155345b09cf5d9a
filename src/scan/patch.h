/* A digit cut out of its page. */
#ifndef PATCH_H
#define PATCH_H

#include "marks.h"
#include "paper.h"

/* Ink from 0 to 1, what the middle of the strokes has. */
struct patch {
    int width, height;
    float *ink; /* (height, width) */
};

/*
 * Cuts out a group: its marks and the soft edges around them. patch_destroy frees it.
 * Errors: MEMORY.
 */
enum lenet5_status patch_cut(struct patch *patch, const struct paper *paper,
                             const struct marks *marks, int group, struct lenet5_error *error);

void patch_destroy(struct patch *patch);

#endif
