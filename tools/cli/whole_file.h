/* Atomic writes: a file is written whole or not at all. */
#ifndef WHOLE_FILE_H
#define WHOLE_FILE_H

#include <stddef.h>

/* Writes the bytes to path. An error message begins with prefix. Returns an exit code. */
int whole_file_write(const char *prefix, const char *path, const void *bytes, size_t size);

#endif
