/* Crash-safe writing: a file is replaced completely or not at all. */
#ifndef ATOMIC_FILE_H
#define ATOMIC_FILE_H

#include <lenet5/status.h>
#include <stddef.h>

#define ATOMIC_FILE_PREVIOUS ".previous"

/*
 * Writes size bytes to a temporary file beside path, syncs it and renames it to path. A symbolic
 * link is followed and stays; anything else that is no regular file is refused. The file gets the
 * permissions of a new one. A process that is killed may leave PATH.*.tmp behind.
 * Errors: IO (the old file is untouched and the temporary one removed), MEMORY.
 */
enum lenet5_status atomic_file_write(const char *path, const void *bytes, size_t size,
                                     struct lenet5_error *error);

/*
 * As atomic_file_write; the file that was at path becomes PATH.previous. It gets the second name by a hard
 * link, so path always exists. Without hard links path is missing for a moment, while PATH.previous
 * already exists.
 */
enum lenet5_status atomic_file_replace(const char *path, const void *bytes, size_t size,
                                       struct lenet5_error *error);

/*
 * Removes the temporary files of processes that were killed while they wrote path. Files that a living
 * process writes are locked and stay. Errors are ignored.
 */
void atomic_file_sweep(const char *path);

/*
 * The file that path names, after following a symbolic link: for names of other files beside it. Free
 * it with memory_free; NULL after an error.
 * Errors: IO (a dangling link, or something that is no regular file), MEMORY.
 */
enum lenet5_status atomic_file_resolve(char **resolved, const char *path,
                                       struct lenet5_error *error);

#endif
