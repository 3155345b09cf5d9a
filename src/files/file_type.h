/* Names a file's type by its first bytes, for messages about files of the wrong type. */
#ifndef FILE_TYPE_H
#define FILE_TYPE_H

#include <stddef.h>
#include <stdint.h>

enum { FILE_TYPE_BYTES = 8 }; /* bytes that identify every type known here */

/* Such as "a PNG picture"; never NULL, static. */
const char *file_type_name(const uint8_t *bytes, size_t size);

#endif
