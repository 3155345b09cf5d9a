/* The last step of MNIST normalisation, for pictures from files and for synthetic digits. */
#ifndef DIGIT_CENTER_H
#define DIGIT_CENTER_H

#include <lenet5/image.h>

enum { DIGIT_BOX = 20 }; /* the side of the square that a digit fills */

/* Copies the box so that its centre of mass is in the digit's middle; parts outside are cut off. */
void digit_center(uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE],
                  const uint8_t box[DIGIT_BOX * DIGIT_BOX]);

#endif
