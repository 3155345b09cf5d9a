/* What a file's first bytes say it is, for messages about files that are something else. */
#ifndef MAGIC_H
#define MAGIC_H

#include <stddef.h>
#include <stdint.h>

enum { MAGIC_SIZE = 8 }; /* bytes that are enough to tell */

/* Such as "a PNG picture"; never NULL, static. */
const char *magic_name(const uint8_t *bytes, size_t size);

#endif
