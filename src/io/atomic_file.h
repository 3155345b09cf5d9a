/* Files that are replaced whole or not at all. */
#ifndef ATOMIC_FILE_H
#define ATOMIC_FILE_H

#include <lenet5/status.h>
#include <stddef.h>

/*
 * Writes size bytes to a temporary file beside path, syncs it and renames it to path. A symbolic
 * link is followed and stays; anything else that is no regular file is refused. The file gets the
 * permissions of a new one. A process that is killed may leave PATH.*.tmp behind.
 * Errors: IO (the old file is untouched and the temporary one removed), MEMORY.
 */
enum lenet5_status atomic_file_write(const char *path, const void *bytes, size_t size,
                                     struct lenet5_error *error);

#endif
