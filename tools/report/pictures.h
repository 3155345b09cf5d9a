/* Grey pictures out of images, weights and feature maps. */
#ifndef PICTURES_H
#define PICTURES_H

#include <lenet5/lenet5.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Each makes *picture, which lenet5_image_release frees; false = out of memory. */

/* Images (count, rows, cols) in a grid of so many columns, a pixel of grey between them. */
bool picture_grid(struct lenet5_image *picture, const uint8_t *const *images, size_t count,
                  int rows, int cols, int columns);

/*
 * Maps (count, rows, cols) of values in a grid, black the least and white the largest of them all; when
 * `signed_values`, grey is 0 and both ends are as far from it.
 */
bool picture_maps(struct lenet5_image *picture, const float *maps, size_t count, int rows, int cols,
                  int columns, bool signed_values);

/* <img> with the picture inside, `zoom` screen pixels to one of it. */
enum lenet5_status picture_embed(FILE *stream, const struct lenet5_image *picture, int zoom,
                                 const char *description, struct lenet5_error *error);

#endif
