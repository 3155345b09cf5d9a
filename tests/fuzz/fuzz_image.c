/* A picture file, byte by byte as it is. */
#include <lenet5/image.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct lenet5_image image;
    struct lenet5_error error;
    fuzz_check(lenet5_image_read(&image, fuzz_file(0, bytes, size), &error), &error);
    if (image.pixels)
        fuzz_read(image.pixels, (size_t)image.width * (size_t)image.height);
    lenet5_image_release(&image);
    return 0;
}
