/* From a picture to digits: two bytes for width and height, then pixels, repeated where they end. */
#include <lenet5/image.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    enum { MOST = 64 };
    static uint8_t pixels[MOST * MOST];
    uint8_t digit[LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE];
    if (size < 3)
        return 0;
    const struct lenet5_image image = {bytes[0] % MOST + 1, bytes[1] % MOST + 1, pixels};
    const size_t area = (size_t)image.width * (size_t)image.height;
    for (size_t i = 0; i < area; i++)
        pixels[i] = bytes[2 + i % (size - 2)];
    struct lenet5_error error;
    fuzz_check(lenet5_image_to_digit(digit, &image, &error), &error);
    struct lenet5_found_digit *digits = NULL;
    size_t count = 0;
    fuzz_check(lenet5_image_find_digits(&digits, &count, &image, &error), &error);
    for (size_t i = 0; i < count; i++)
        if (digits[i].left < 0 || digits[i].top < 0 || digits[i].width < 1 ||
            digits[i].height < 1 || digits[i].left + digits[i].width > image.width ||
            digits[i].top + digits[i].height > image.height)
            abort();
    free(digits);
    return 0;
}
