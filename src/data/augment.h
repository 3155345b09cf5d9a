/* Augmentation: copies of training images with random changes, drawn again each time. */
#ifndef AUGMENT_H
#define AUGMENT_H

#include <lenet5/trainer.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/vector.h"

/* Whether any of the changes is on. */
bool augment_is_on(const struct lenet5_augmentation *augmentation);

/* Floats of workspace for augment_image, for output (height, width) from images (rows, cols). */
size_t augment_workspace_size(int height, int width, int rows, int cols);

/*
 * Writes to out (height, width) the image (rows, cols), which is no larger, centred and distorted by
 * parameters drawn from rng. The background is 0.
 */
void augment_image(uint8_t *out, int height, int width, const uint8_t *image, int rows, int cols,
                   const struct lenet5_augmentation *augmentation, struct rng *rng,
                   float *workspace);

/* For augment.c and augment_tmpl.c only. */

enum { AUGMENT_MARGIN = 1 }; /* of zeros around the image: everything farther out is as this */

/* Where the parts of workspace are. */
struct augment_room {
    float *padded;         /* (rows + 2, cols + 2): the image, a margin around it */
    float *fields[2];      /* (height, width): displacement down, right */
    float *lattice, *wide; /* (lattice rows, lattice cols), (lattice rows, width) */
};

/* The affine part: the place in the image, relative to its middle, of a place relative to the result's. */
struct augment_map {
    float xx, xy, yx, yy, right, down;
};

/* Uniform in [-most, most). */
static inline double augment_draw(struct rng *rng, double most)
{
    return most * (2 * (double)rng_uniform(rng) - 1);
}

/* Points of the lattice along a side: one before it and two behind, as a cubic spline needs. */
static inline int augment_lattice_points(int side, double spacing)
{
    return (int)((side - 1) / spacing) + 4;
}

/* out: the padded image of room through map and, where it is elastic, through smooth random displacements. */
VECTOR_KERNEL(augment_distort,
              (uint8_t * out, int height, int width, int rows, int cols,
               const struct lenet5_augmentation *a, const struct augment_map *map,
               const struct augment_room *room, struct rng *rng),
              (out, height, width, rows, cols, a, map, room, rng))

#endif
