/* Errors as values: a status, and a message for the person. */
#ifndef ERROR_H
#define ERROR_H

#include <lenet5/status.h>

/*
 * Writes the message into error, which may be NULL, and returns status: a function fails by
 * `return fail(error, LENET5_ERROR_IO, "%s: ...", path)`. Long messages are cut; control characters
 * become '?'.
 */
__attribute__((format(printf, 3, 4))) enum lenet5_status
fail(struct lenet5_error *error, enum lenet5_status status, const char *format, ...);

/*
 * The reserved members of a structure from a caller must be zero (status.h). The name of the structure
 * is for the message. Errors: ARGUMENT.
 */
enum lenet5_status check_reserved(const uint64_t reserved[LENET5_RESERVED], const char *name,
                                  struct lenet5_error *error);

#endif
