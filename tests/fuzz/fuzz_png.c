/* A PNG whose signature and checksums are right, so that the fuzzer gets to what they cover. */
#include <lenet5/image.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t file[1 << 16];
    if (size < 8 || size > sizeof(file))
        return 0;
    memcpy(file, bytes, size);
    memcpy(file, "\x89PNG\r\n\x1a\n", 8);
    for (size_t at = 8; at + 12 <= size;) { /* length, kind, content, checksum */
        const size_t length = big_endian(file + at);
        if (length > size - at - 12)
            break;
        const uint32_t crc = (uint32_t)crc32(0, file + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++)
            file[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + length;
    }
    struct lenet5_image image;
    struct lenet5_error error;
    fuzz_check(lenet5_image_read(&image, fuzz_file(0, file, size), &error), &error);
    lenet5_image_release(&image);
    return 0;
}
