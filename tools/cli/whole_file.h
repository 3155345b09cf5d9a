/* Files that are written whole or not at all. */
#ifndef WHOLE_FILE_H
#define WHOLE_FILE_H

#include <stddef.h>

/* Writes bytes to path at one stroke; prefix begins what is said when that fails. Returns an exit code. */
int whole_file_write(const char *prefix, const char *path, const void *bytes, size_t size);

#endif
