/* Pictures from files, and the way from a picture of a digit to what MNIST's own look like. */
#ifndef LENET5_IMAGE_H
#define LENET5_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "dataset.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LENET5_DIGIT_SIDE = 28 }; /* MNIST's images are 28x28 */

/* A grey picture, (height, width) bytes, 0 = black to 255 = white, as it stands in the file. */
struct lenet5_image {
    int width, height;
    uint8_t *pixels;
};

/*
 * Reads a PNG (any colour type and depth; transparency over white) or a binary PGM (P5, 8 or 16
 * bits); the kind is told by the content. "-" reads standard input. lenet5_image_release frees it.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (neither kind, damaged, a side above LENET5_MAX_SIDE, more than 64 MiB),
 * UNSUPPORTED (a PNG in a build without libpng).
 */
LENET5_API enum lenet5_status lenet5_image_read(struct lenet5_image *image, const char *path,
                                                struct lenet5_error *error);

/* Frees the pixels and clears the struct; accepts one that is already clear. */
LENET5_API void lenet5_image_release(struct lenet5_image *image);

/*
 * The picture as a PNG file in memory, grey with 8 bits. The caller frees *bytes with free().
 * Errors: ARGUMENT (a picture without pixels), MEMORY, UNSUPPORTED (a build without libpng).
 */
LENET5_API enum lenet5_status lenet5_image_encode_png(uint8_t **bytes, size_t *size,
                                                      const struct lenet5_image *image,
                                                      struct lenet5_error *error);

/* The same to a file, which replaces what was there as a whole. Errors: those, and IO. */
LENET5_API enum lenet5_status lenet5_image_write_png(const struct lenet5_image *image,
                                                     const char *path, struct lenet5_error *error);

/*
 * Makes a picture of one digit look like MNIST's: light ink on dark ground, 28x28.
 *
 * Paper is what most of the picture is, whether ink on it is darker or lighter; its brightness may
 * change from one place to the next, as in a photograph. What stands out from it, and from its noise, is
 * ink; but not specks, nor faint lines, nor a dark rim, nor a ruled line from side to side. The ink's
 * bounding box is made a square and scaled by area to 20x20, and its centre of mass is put in the
 * middle: Bottou's reconstruction of how MNIST was made (QMNIST). Strokes thinner than MNIST's are
 * thickened first.
 *
 * A 28x28 picture is taken to be MNIST-like already and only inverted where its border is bright.
 * Errors: ARGUMENT (a picture without pixels), MEMORY, DATA (there is no digit: the picture is blank,
 * or has only specks, noise, or a filled area; or there are several, side by side).
 */
LENET5_API enum lenet5_status
lenet5_image_to_digit(uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE],
                      const struct lenet5_image *image, struct lenet5_error *error);

/* A digit on a page. */
struct lenet5_found_digit {
    int left, top, width, height; /* where it is: the box around its ink, in the picture's pixels */
    int line;                     /* of writing, from 0 at the top */
    uint8_t pixels[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE]; /* as of lenet5_image_to_digit */
    uint64_t reserved[LENET5_RESERVED];                    /* 0: status.h */
};

/*
 * Finds all digits of a picture, line by line and from left to right in each; lines may slope. The
 * digits must not touch each other; one that falls apart, as a 5 without its bar, is put together
 * again. *digits (count) is the caller's to free with free(); there is at least one when the call
 * succeeds. Memory is bounded by the picture's size. A 28x28 picture is one digit.
 * Errors: those of lenet5_image_to_digit, except that there may be several.
 */
LENET5_API enum lenet5_status lenet5_image_find_digits(struct lenet5_found_digit **digits,
                                                       size_t *count,
                                                       const struct lenet5_image *image,
                                                       struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
