/* Made-up samples, the same every time. */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdint.h>

enum { SAMPLES = 16384 }; /* 64 MiB of input: more than the caches hold */

/* Uniform in [0, 1). */
float samples_uniform(uint32_t *state);

/*
 * Writes x (n, 1, SIDE, SIDE), noise, and where there is contrast, a brighter band in the class's
 * place; and labels (n).
 */
void samples_draw(float *x, uint8_t *labels, int n, float contrast);

#endif
