/* Grey pictures of images, kernels and feature maps. */
#ifndef PICTURES_H
#define PICTURES_H

#include <lenet5/lenet5.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Both create *picture, which lenet5_image_release frees. They return false if memory runs out. */

/* Images (count, rows, cols) in a grid of `columns` columns, with a grey pixel between them. */
bool picture_grid(struct lenet5_image *picture, const uint8_t *const *images, size_t count,
                  int rows, int cols, int columns);

/*
 * Maps (count, rows, cols) in a grid: black is the least value of all maps and white the largest. With
 * `signed_values` grey is 0, and black and white are equally far from it.
 */
bool picture_maps(struct lenet5_image *picture, const float *maps, size_t count, int rows, int cols,
                  int columns, bool signed_values);

/* Writes an <img> that contains the picture, `zoom` times enlarged. */
enum lenet5_status picture_embed(FILE *stream, const struct lenet5_image *picture, int zoom,
                                 const char *description, struct lenet5_error *error);

#endif
