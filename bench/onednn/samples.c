/* Samples from a linear congruential generator. */
#include "samples.h"

#include "layer.h"

float samples_uniform(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (float)(*state >> 8) / (1 << 24);
}

void samples_draw(float *x, uint8_t *labels, int n, float contrast)
{
    uint32_t state = 2;
    for (int i = 0; i < n; i++, x += PIXELS) {
        labels[i] = (uint8_t)(i % CLASSES);
        for (int j = 0; j < PIXELS; j++)
            x[j] = samples_uniform(&state) + (j / (3 * SIDE) == labels[i] ? contrast : 0);
    }
}
