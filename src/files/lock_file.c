/* Locks by flock. The holder removes the file at the end, while another process may wait for it. */
#include "lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* The process that has the lock, by the number that it wrote into the file; 0 = unknown. */
static long holder(int file)
{
    char text[24];
    ssize_t size = pread(file, text, sizeof(text) - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    return strtol(text, NULL, 10);
}

/* If the holder removed the file between open and flock, this lock excludes nobody: try again. */
static bool is_still_there(int file, const char *path)
{
    struct stat held, named;
    return fstat(file, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

enum lenet5_status lock_file_take(int *lock, const char *path, const char *what,
                                  struct lenet5_error *error)
{
    enum lenet5_status status;
    for (int attempt = 0; attempt < 100; attempt++) {
        *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (*lock < 0)
            return fail(error, LENET5_ERROR_IO, "%s: cannot create %s: %s", what, path,
                        strerror(errno));
        if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
            status = errno == EWOULDBLOCK
                         ? fail(error, LENET5_ERROR_IO,
                                "%s: in use by process %ld, which holds the lock %s", what,
                                holder(*lock), path)
                         : fail(error, LENET5_ERROR_IO, "%s: cannot lock %s: %s", what, path,
                                strerror(errno));
            close(*lock);
            *lock = -1;
            return status;
        }
        if (is_still_there(*lock, path)) {
            /* For messages of other processes; the lock works without it. */
            char text[24];
            const int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
            if (ftruncate(*lock, 0) == 0 && pwrite(*lock, text, (size_t)length, 0) != length)
                ftruncate(*lock, 0);
            return LENET5_OK;
        }
        close(*lock);
    }
    *lock = -1;
    return fail(error, LENET5_ERROR_IO, "%s: cannot lock %s: other processes keep removing it",
                what, path);
}

void lock_file_release(int lock, const char *path)
{
    if (lock < 0)
        return;
    unlink(path); /* before the lock ends, while it is still this one's */
    close(lock);
}
