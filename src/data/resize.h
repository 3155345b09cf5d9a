/* Bilinear enlargement of images of bytes between pixel centres; the same bytes as Pillow's BILINEAR. */
#ifndef RESIZE_H
#define RESIZE_H

#include <lenet5/dataset.h>
#include <stdint.h>

/* One output pixel: the index of the first of two neighbouring source pixels, and both weights. */
struct resize_tap {
    int at;
    int32_t first, second; /* in units of 2^-22; their sum is 1 */
};

struct resize {
    int rows, cols;   /* of the image */
    int width;        /* of the enlarged one */
    double row_ratio; /* rows of the image to one of the enlarged one, at most 1 */
    struct resize_tap columns[LENET5_MAX_SIDE];
};

/* From (rows, cols) to (height, width), which is no smaller. */
void resize_start(struct resize *resize, int height, int width, int rows, int cols);

/* row (width): the given row of the enlarged image. */
void resize_row(uint8_t *row, const uint8_t *image, const struct resize *resize, int h);

#endif
