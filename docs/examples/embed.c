/*
 * A trained network within the program, without the library: model.h comes of
 *     lenet5-convert --name digits MODEL model.h
 * Reads an image of 28x28 bytes from the standard input, 0 = background to 255 = ink.
 */
#include <stdio.h>

#include "model.h"

int main(void)
{
    unsigned char image[28 * 28];
    float logits[10];
    if (fread(image, 1, sizeof(image), stdin) != sizeof(image)) {
        fprintf(stderr, "expected %zu bytes\n", sizeof(image));
        return 1;
    }
    puts(digits_classes[digits_predict(logits, image)]);
    return 0;
}
