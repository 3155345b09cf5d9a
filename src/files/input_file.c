/* Opens and reads files; errno becomes a status and a message. */
#include "input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static enum lenet5_status system_failure(const char *path, struct lenet5_error *error)
{
    int missing = errno == ENOENT || errno == ENOTDIR;
    return fail(error, missing ? LENET5_ERROR_NOT_FOUND : LENET5_ERROR_IO, "%s: %s", path,
                strerror(errno));
}

enum lenet5_status input_file_open(int *descriptor, uint64_t *size, const char *path,
                                   struct lenet5_error *error)
{
    enum lenet5_status status;
    struct stat found;
    /* O_NONBLOCK lets a pipe without a writer be opened, and then refused. */
    *descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*descriptor < 0)
        return system_failure(path, error);
    if (fstat(*descriptor, &found)) {
        status = system_failure(path, error);
    } else if (!S_ISREG(found.st_mode)) {
        status = fail(error, LENET5_ERROR_DATA, "%s: is %s, expected a regular file", path,
                      S_ISDIR(found.st_mode) ? "a directory" : "a device, pipe or socket");
    } else {
        *size = (uint64_t)found.st_size;
        return LENET5_OK;
    }
    close(*descriptor);
    *descriptor = -1;
    return status;
}

enum lenet5_status input_file_read(size_t *got, void *bytes, size_t size, int descriptor,
                                   const char *path, struct lenet5_error *error)
{
    ssize_t n = TEMP_FAILURE_RETRY(read(descriptor, bytes, size));
    if (n < 0)
        return system_failure(path, error);
    *got = (size_t)n;
    return LENET5_OK;
}

enum lenet5_status input_file_read_all(void *bytes, size_t size, int descriptor, const char *path,
                                       struct lenet5_error *error)
{
    unsigned char *next = bytes;
    while (size) {
        size_t got = 0;
        enum lenet5_status status = input_file_read(&got, next, size, descriptor, path, error);
        if (status)
            return status;
        if (got == 0)
            return fail(error, LENET5_ERROR_DATA, "%s: lost its last %zu bytes while being read",
                        path, size);
        next += got;
        size -= got;
    }
    return LENET5_OK;
}
