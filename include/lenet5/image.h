/* Reads pictures, finds the digits in them and normalises each as MNIST's images are. */
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

/* A grey picture: pixels (height, width), 0 = black to 255 = white. */
struct lenet5_image {
    int width, height;
    uint8_t *pixels;
};

/*
 * Reads a PNG (any colour type and depth; transparency over white) or a binary PGM (P5, 8 or 16
 * bits); the content decides which. "-" reads standard input. The caller frees the pixels by
 * lenet5_image_release.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (neither kind, damaged, a side above LENET5_MAX_SIDE, more than 64 MiB),
 * UNSUPPORTED (a PNG in a build without libpng).
 */
LENET5_API enum lenet5_status lenet5_image_read(struct lenet5_image *image, const char *path,
                                                struct lenet5_error *error);

/* Frees the pixels and sets all fields to 0; image may be all 0 already. */
LENET5_API void lenet5_image_release(struct lenet5_image *image);

/*
 * Encodes the picture as a PNG file in memory, grey with 8 bits; *size is in bytes. The caller frees
 * *bytes with free().
 * Errors: ARGUMENT (a picture without pixels), MEMORY, UNSUPPORTED (a build without libpng).
 */
LENET5_API enum lenet5_status lenet5_image_encode_png(uint8_t **bytes, size_t *size,
                                                      const struct lenet5_image *image,
                                                      struct lenet5_error *error);

/*
 * Writes the picture to path as a PNG file, under a temporary name that is then renamed.
 * Errors: those of lenet5_image_encode_png, and IO.
 */
LENET5_API enum lenet5_status lenet5_image_write_png(const struct lenet5_image *image,
                                                     const char *path, struct lenet5_error *error);

/*
 * Normalises a picture of one digit as MNIST's images are: light ink on a dark background, 28x28.
 *
 * Most of the picture must be background, whose brightness may vary, as in a photograph. Ink is what is
 * clearly darker (or clearly lighter) than the background and its noise. Specks, faint lines, a dark rim
 * and ruled lines from side to side are ignored. The ink's bounding box is extended to a square and scaled
 * by area to 20x20, and its centre of mass is moved to the middle: Bottou's reconstruction of how MNIST
 * was made (QMNIST, Yadav and Bottou 2019). Strokes thinner than MNIST's are thickened first.
 *
 * A 28x28 picture is assumed to be normalised already and is only inverted if its border is bright.
 * Errors: ARGUMENT (a picture without pixels), MEMORY, DATA (no digit: the picture is blank,
 * or has only specks, noise or a filled area; or several digits side by side).
 */
LENET5_API enum lenet5_status
lenet5_image_to_digit(uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE],
                      const struct lenet5_image *image, struct lenet5_error *error);

/* A digit found in a picture. */
struct lenet5_found_digit {
    int left, top, width, height; /* the bounding box of its ink, in the picture's pixels */
    int line;                     /* the line of writing, from 0 at the top */
    uint8_t
        pixels[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE]; /* normalised, see lenet5_image_to_digit */
    uint64_t reserved[LENET5_RESERVED];                /* 0: status.h */
};

/*
 * Finds all digits in a picture, line by line and from left to right in each line; lines may slope.
 * Digits must not touch each other; the parts of one digit, such as a 5 with a separate bar, are joined.
 * A 28x28 picture is one digit. On success *count is at least 1. The caller frees *digits (count) with
 * free(). The memory used is bounded by the picture's size.
 * Errors: those of lenet5_image_to_digit, except that several digits are no error.
 */
LENET5_API enum lenet5_status lenet5_image_find_digits(struct lenet5_found_digit **digits,
                                                       size_t *count,
                                                       const struct lenet5_image *image,
                                                       struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
