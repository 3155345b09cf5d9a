/*
 * Compiles a trained network into a program that does not need the library. This makes model.h:
 *     lenet5-convert --name digits MODEL model.h
 * Reads an image of 28x28 bytes from standard input: 0 = background, 255 = ink.
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
