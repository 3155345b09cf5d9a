/* File types that are passed by mistake: failed downloads and pictures. */
#include "file_type.h"

#include <string.h>

static const struct {
    const char *bytes;
    size_t size;
    const char *name;
} kinds[] = {
    {"\0\0\x08\x03", 4, "an IDX image file"},
    {"\0\0\x08\x01", 4, "an IDX label file"},
    {"\0\0\x0c\x02", 4, "a QMNIST label file"},
    {"\0\0\x08", 3, "an IDX file with other dimensions"},
    {"\x1f\x8b", 2, "a gzip file"},
    {"\x89PNG\r\n\x1a\n", 8, "a PNG picture"},
    {"\xff\xd8\xff", 3, "a JPEG picture"},
    {"GIF8", 4, "a GIF picture"},
    {"RIFF", 4, "a WebP picture or a sound"},
    {"BM", 2, "a BMP picture"},
    {"II*", 4, "a TIFF picture"},
    {"MM\0*", 4, "a TIFF picture"},
    {"%PDF", 4, "a PDF document"},
    {"P1", 2, "an ASCII PBM picture"},
    {"P2", 2, "an ASCII PGM picture"},
    {"P3", 2, "an ASCII PPM picture"},
    {"P4", 2, "a PBM picture"},
    {"P5", 2, "a PGM picture"},
    {"P6", 2, "a PPM picture"},
    {"PK\3\4", 4, "a zip archive"},
    {"\xfd\x37zXZ", 5, "an xz file"},
    {"\x28\xb5\x2f\xfd", 4, "a zstd file"},
    {"\x93NUMPY", 6, "a NumPy array"},
    {"version ", 8, "a Git LFS pointer"},
};

const char *file_type_name(const uint8_t *bytes, size_t size)
{
    if (!size)
        return "empty";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (size >= kinds[i].size && !memcmp(bytes, kinds[i].bytes, kinds[i].size))
            return kinds[i].name;
    size_t blank = 0;
    while (blank < size && strchr(" \t\r\n", bytes[blank]) && bytes[blank])
        blank++;
    if (blank < size && bytes[blank] == '<')
        return "an HTML page";
    return "of an unknown kind";
}
