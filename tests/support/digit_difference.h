/* How much two 28x28 digits differ, for tests of page reading. */
#ifndef DIGIT_DIFFERENCE_H
#define DIGIT_DIFFERENCE_H

#include <lenet5/image.h>
#include <stdlib.h>

/* The sum of differences as a share of the ink, after the best shift by up to one pixel. */
static inline double digit_difference(const uint8_t *a, const uint8_t *b)
{
    double ink = 0, least = 1e9;
    for (int i = 0; i < LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE; i++)
        ink += a[i];
    for (int shift = 0; shift < 9; shift++) {
        int dy = shift / 3 - 1, dx = shift % 3 - 1;
        double sum = 0;
        for (int y = 1; y < LENET5_DIGIT_SIDE - 1; y++)
            for (int x = 1; x < LENET5_DIGIT_SIDE - 1; x++)
                sum += abs(a[y * LENET5_DIGIT_SIDE + x] - b[(y + dy) * LENET5_DIGIT_SIDE + x + dx]);
        least = sum < least ? sum : least;
    }
    return least / ink;
}

#endif
