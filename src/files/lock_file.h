/* An advisory lock on a file, held by one process at a time. */
#ifndef LOCK_FILE_H
#define LOCK_FILE_H

#include <lenet5/status.h>

/*
 * Takes the lock of the file at path, which is created; what names the thing locked in messages. A lock
 * ends with its process, however that ends; the file may stay and means nothing then. *lock is -1
 * after an error.
 * Errors: IO (another process, or another lock of this one, has it: the message has its id).
 */
enum lenet5_status lock_file_take(int *lock, const char *path, const char *what,
                                  struct lenet5_error *error);

/* Also removes the file. Accepts -1. */
void lock_file_release(int lock, const char *path);

#endif
