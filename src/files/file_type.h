/* What a file's first bytes say it is, for messages about files that are something else. */
#ifndef FILE_TYPE_H
#define FILE_TYPE_H

#include <stddef.h>
#include <stdint.h>

enum { FILE_TYPE_BYTES = 8 }; /* bytes that are enough to tell */

/* Such as "a PNG picture"; never NULL, static. */
const char *file_type_name(const uint8_t *bytes, size_t size);

#endif
