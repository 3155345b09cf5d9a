#include "error.h"

#include <stdarg.h>
#include <stdio.h>

const char *lenet5_status_string(enum lenet5_status status)
{
    switch (status) {
    case LENET5_OK:
        return "ok";
    case LENET5_STOPPED:
        return "stopped";
    case LENET5_ERROR_ARGUMENT:
        return "bad argument";
    case LENET5_ERROR_MEMORY:
        return "out of memory";
    case LENET5_ERROR_NOT_FOUND:
        return "not found";
    case LENET5_ERROR_IO:
        return "input or output failed";
    case LENET5_ERROR_DATA:
        return "bad data";
    case LENET5_ERROR_DIVERGED:
        return "diverged";
    case LENET5_ERROR_UNSUPPORTED:
        return "not supported by this build";
    case LENET5_ERROR_BLAS:
        return "unsafe BLAS";
    }
    return "unknown status";
}

enum lenet5_status fail(struct lenet5_error *error, enum lenet5_status status, const char *format,
                        ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof(error->message), format, arguments);
        va_end(arguments);
        error->status = status;
        for (char *c = error->message; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                *c = '?';
    }
    return status;
}

enum lenet5_status check_reserved(const uint64_t reserved[LENET5_RESERVED], const char *name,
                                  struct lenet5_error *error)
{
    for (int i = 0; i < LENET5_RESERVED; i++)
        if (reserved[i] != 0)
            return fail(error, LENET5_ERROR_ARGUMENT,
                        "struct %s: reserved members are not 0; initialise it, or use the library "
                        "version that the program was compiled for",
                        name);
    return LENET5_OK;
}
