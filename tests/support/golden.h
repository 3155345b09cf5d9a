/*
 * What tests against golden numbers share: images and weights drawn by integers, as the scripts in
 * tests/unit/golden// draw them, so that both sides start from the same bits; and the files.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <lenet5/network.h>
#include <stddef.h>
#include <stdint.h>

enum { GOLDEN_SIDE = 28 };

/* A hash of 32 bits (Wellons' lowbias32). */
uint32_t golden_mix(uint32_t x);

/* image (GOLDEN_SIDE, GOLDEN_SIDE): three round blobs, smooth, and dark around the edge. */
void golden_image(uint8_t *image, int i);

/* All parameters, uniform within 1.5 / sqrt(fan_in). */
void golden_weights(struct lenet5_network *network);

/* The values of golden/NAME.f32, all count of them. */
void golden_read(float *values, size_t count, const char *name);

/* Likewise the bytes of golden/NAME.u8. */
void golden_read_bytes(uint8_t *bytes, size_t count, const char *name);

/* Fails where any difference is above the tolerance; a NaN is never close. */
void golden_close(const char *what, const float *got, const float *golden, size_t count,
                  double tolerance);

/* Fails with the error's message. */
void golden_succeed(enum lenet5_status status, const struct lenet5_error *error);

#endif
