/* Artificial samples, always the same. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdint.h>

enum { SAMPLES = 16384 }; /* 64 MiB of input: more than the caches hold */

/* Uniform in [0, 1). */
float samples_uniform(uint32_t *state);

/*
 * Writes x (n, 1, SIDE, SIDE) and labels (n). x is noise; contrast brightens a band of rows, whose place
 * depends on the class.
 */
void samples_draw(float *x, uint8_t *labels, int n, float contrast);

#endif
