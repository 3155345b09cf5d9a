#include "digit_center.h"

#include <assert.h>
#include <string.h>

enum { SIDE = LENET5_DIGIT_SIDE, BOX = DIGIT_BOX };

void digit_center(uint8_t digit[SIDE * SIDE], const uint8_t box[BOX * BOX])
{
    double mass = 0, y_mass = 0, x_mass = 0;
    for (int y = 0; y < BOX; y++)
        for (int x = 0; x < BOX; x++) {
            mass += box[y * BOX + x];
            y_mass += (y + 0.5) * box[y * BOX + x];
            x_mass += (x + 0.5) * box[y * BOX + x];
        }
    assert(mass > 0);
    /* MNIST's own rounding: the centre of mass comes to lie half a pixel past the middle on
     * average. */
    int top = (int)(15 - y_mass / mass), left = (int)(15 - x_mass / mass);
    memset(digit, 0, SIDE * SIDE);
    for (int y = 0; y < BOX; y++)
        for (int x = 0; x < BOX; x++)
            if (top + y >= 0 && top + y < SIDE && left + x >= 0 && left + x < SIDE)
                digit[(top + y) * SIDE + left + x] = box[y * BOX + x];
}
