/*
 * Reads regular files only: a pipe or device could block the reader forever.
 */
#ifndef INPUT_FILE_H
#define INPUT_FILE_H

#include <lenet5/status.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens path; the caller closes *descriptor, which is -1 after an error.
 * Errors: NOT_FOUND, IO, DATA (not a regular file).
 */
enum lenet5_status input_file_open(int *descriptor, uint64_t *size, const char *path,
                                   struct lenet5_error *error);

/* Reads up to size bytes; *got is 0 at the end only, and path is for the message. Errors: IO. */
enum lenet5_status input_file_read(size_t *got, void *bytes, size_t size, int descriptor,
                                   const char *path, struct lenet5_error *error);

/* Reads all of size bytes. Errors: IO, DATA (the file ends before). */
enum lenet5_status input_file_read_all(void *bytes, size_t size, int descriptor, const char *path,
                                       struct lenet5_error *error);

#endif
