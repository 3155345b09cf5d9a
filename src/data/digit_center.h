/* The last step of MNIST's making, shared by pictures from files and digits drawn here. */
#ifndef DIGIT_CENTER_H
#define DIGIT_CENTER_H

#include <lenet5/image.h>

enum { DIGIT_BOX = 20 }; /* the side of the square that a digit fills */

/* Pastes the box so that its centre of mass is the digit's middle; what sticks out is cut off. */
void digit_center(uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE],
                  const uint8_t box[DIGIT_BOX * DIGIT_BOX]);

#endif
