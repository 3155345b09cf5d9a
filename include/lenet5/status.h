/* Status codes and error messages; how public structures grow. */
#ifndef LENET5_STATUS_H
#define LENET5_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the shared library exports; everything else in it is hidden. */
#define LENET5_API __attribute__((visibility("default")))

/* The result of a call; error.message describes a failure. */
enum lenet5_status {
    LENET5_OK = 0,
    LENET5_STOPPED,           /* a callback asked to stop; results so far are kept */
    LENET5_ERROR_ARGUMENT,    /* a value the function does not accept */
    LENET5_ERROR_MEMORY,      /* an allocation failed */
    LENET5_ERROR_NOT_FOUND,   /* no such file or directory */
    LENET5_ERROR_IO,          /* the system could not read or write */
    LENET5_ERROR_DATA,        /* a file does not conform to its format */
    LENET5_ERROR_DIVERGED,    /* the loss or a parameter is not finite */
    LENET5_ERROR_UNSUPPORTED, /* needs an optional part that this build lacks */
    LENET5_ERROR_BLAS,        /* this BLAS computes wrong results, or would with several threads */
};

enum { LENET5_MESSAGE_SIZE = 512 }; /* bytes, with the NUL */

/*
 * Set by a function that fails, unchanged by one that succeeds. The message is one line without a
 * newline: the file or argument, what is wrong, what was expected, what was found. Control characters in
 * file names appear as '?'.
 */
struct lenet5_error {
    enum lenet5_status status;
    char message[LENET5_MESSAGE_SIZE];
};

/* A short name of a status, such as "bad data"; never NULL; static. */
LENET5_API const char *lenet5_status_string(enum lenet5_status status);

/*
 * Structures that a program allocates end in `reserved`, from which later versions take the room for new
 * members, so that programs need not be compiled again. It must be zero in structures that a function
 * reads; any other value is an ARGUMENT error. `= {0}`, an initialiser with named members, and
 * lenet5_training_defaults() make it zero. The library sets it to zero in structures that it fills in.
 * Structures that only the library allocates have no `reserved`: they grow at their end. lenet5_error,
 * lenet5_shape, lenet5_extent and lenet5_image stay as they are.
 */
enum { LENET5_RESERVED = 8 };

#ifdef __cplusplus
}
#endif
#endif
