/* Writes a temporary file, syncs it, renames it and syncs the directory; each step reports its failure. */
#include "atomic_file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

/* A path as its directory, held open in case that is renamed, and the name in it. */
struct target {
    char *path; /* without a symbolic link at its end */
    const char *name;
    int directory;
};

static void target_close(struct target *target)
{
    if (target->directory >= 0)
        close(target->directory);
    memory_free(target->path);
}

enum lenet5_status atomic_file_resolve(char **resolved, const char *path,
                                       struct lenet5_error *error)
{
    struct stat info;
    const bool exists = lstat(path, &info) == 0;
    *resolved = NULL;
    /* Otherwise a link that cannot be examined could be replaced. */
    if (!exists && errno != ENOENT && errno != ENOTDIR)
        return fail(error, LENET5_ERROR_IO, "%s: %s", path, strerror(errno));
    if (exists && S_ISLNK(info.st_mode)) {
        char *real = realpath(path, NULL);
        if (!real)
            return fail(error, LENET5_ERROR_IO, "%s: cannot follow the symbolic link: %s", path,
                        strerror(errno));
        *resolved = memory_strdup(real);
        free(real);
    } else {
        *resolved = memory_strdup(path);
    }
    if (!*resolved)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    if (stat(*resolved, &info) == 0 && !S_ISREG(info.st_mode)) {
        memory_free(*resolved);
        *resolved = NULL;
        return fail(error, LENET5_ERROR_IO, "%s: is %s; expected a regular file or a new name",
                    path, S_ISDIR(info.st_mode) ? "a directory" : "a device, pipe or socket");
    }
    return LENET5_OK;
}

static enum lenet5_status target_open(struct target *target, const char *path,
                                      struct lenet5_error *error)
{
    *target = (struct target){.directory = -1};
    enum lenet5_status status = atomic_file_resolve(&target->path, path, error);
    if (status)
        return status;
    assert(target->path);
    char *slash = strrchr(target->path, '/');
    const char *directory = !slash ? "." : slash == target->path ? "/" : target->path;
    target->name = slash ? slash + 1 : target->path;
    if (slash)
        *slash = '\0';
    if (!target->name[0])
        status = fail(error, LENET5_ERROR_IO, "%s: has no file name", path);
    else if ((target->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        status = fail(error, LENET5_ERROR_IO, "%s: cannot open the directory: %s", path,
                      strerror(errno));
    if (status)
        target_close(target);
    return status;
}

/* NAME.XXXXXXXXXXXXXXXX.tmp */
enum { SUFFIX = sizeof(".0123456789abcdef.tmp") - 1 };

static void draw_name(char *name, size_t size, const struct target *target, unsigned attempt)
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint64_t)getpid() << 32 | attempt;
    snprintf(name, size, "%s.%016" PRIx64 ".tmp", target->name, random);
}

/* Whether name is one of those that draw_name makes. */
static bool is_temporary(const char *name, const struct target *target)
{
    const size_t length = strlen(target->name), digits = 16;
    return strlen(name) == length + SUFFIX && strncmp(name, target->name, length) == 0 &&
           name[length] == '.' && strspn(name + length + 1, "0123456789abcdef") == digits &&
           strcmp(name + length + 1 + digits, ".tmp") == 0;
}

/*
 * A temporary file is locked while it is written, so that atomic_file_sweep removes only those of killed
 * processes. False: it was removed before it was locked.
 */
static bool lock(int file)
{
    struct stat info;
    if (flock(file, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK; /* this file system has no locks, so nothing is swept */
    return fstat(file, &info) == 0 && info.st_nlink > 0;
}

/*
 * Creates a temporary file with the permissions of a new file: mkstemp would make it private, and the
 * umask cannot be read without changing it for all threads.
 */
static int create_beside(const struct target *target, char *name, size_t size)
{
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        draw_name(name, size, target, attempt);
        int file = openat(target->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 && lock(file))
            return file;
        if (file >= 0) {
            unlinkat(target->directory, name, 0);
            close(file);
            errno = EEXIST;
        }
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

/* NULL, or the verb that failed; errno has the reason. */
static const char *write_synced(int file, const unsigned char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return "write";
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(file) == 0 ? NULL : "sync";
}

/*
 * Makes `previous` a second name of the target, if that exists: a hard link under a new name, which is
 * then renamed to `previous`. 0, or -1 and errno.
 */
static int keep_previous(const struct target *target, char *name, size_t size, const char *previous)
{
    const int at = target->directory;
    draw_name(name, size, target, 0);
    if (linkat(at, target->name, at, name, 0) != 0) {
        if (errno == ENOENT)
            return 0;
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
            return -1;
        return renameat(at, target->name, at, previous); /* no hard links here */
    }
    int failed = renameat(at, name, at, previous);
    int reason = errno;
    unlinkat(at, name, 0); /* it still exists if the rename failed, or both were the same file */
    errno = reason;
    return failed;
}

/* Renames the written and synced file to the target; NULL or the verb that failed, as above. */
static const char *put_in_place(const struct target *target, const char *name, char *spare,
                                size_t size, const char *previous)
{
    if (previous && keep_previous(target, spare, size, previous) != 0)
        return "set the old file aside for";
    return renameat(target->directory, name, target->directory, target->name) == 0 ? NULL
                                                                                   : "rename";
}

static enum lenet5_status write_file(const char *path, bool keep, const void *bytes, size_t size,
                                     struct lenet5_error *error)
{
    struct target target;
    enum lenet5_status status = target_open(&target, path, error);
    if (status)
        return status;
    const size_t name_size = strlen(target.name) + SUFFIX + 1;
    char *names = memory_alloc(3,
                               name_size); /* of the new file; of the old one, temporary and last */
    if (!names) {
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
        goto close_target;
    }
    char *name = names, *spare = names + name_size, *previous = spare + name_size;
    snprintf(previous, name_size, "%s" ATOMIC_FILE_PREVIOUS, target.name);
    int file = create_beside(&target, name, name_size);
    if (file < 0) {
        status = fail(error, LENET5_ERROR_IO, "%s: cannot create a file beside it: %s", path,
                      strerror(errno));
        goto free_names;
    }

    const char *failed = write_synced(file, bytes, size);
    int reason = errno;
    if (close(file) != 0 && !failed && errno != EINTR) {
        failed = "close";
        reason = errno;
    }
    if (!failed) {
        failed = put_in_place(&target, name, spare, name_size, keep ? previous : NULL);
        reason = errno;
    }
    if (failed) {
        unlinkat(target.directory, name, 0);
        status = fail(error, LENET5_ERROR_IO, "%s: cannot %s a file of %zu bytes beside it: %s",
                      path, failed, size, strerror(reason));
        goto free_names;
    }
    /* File systems that cannot sync a directory, and need not, return EINVAL. */
    if (fsync(target.directory) != 0 && errno != EINVAL)
        status = fail(error, LENET5_ERROR_IO,
                      "%s: written, but a power failure might undo it: cannot sync its directory: "
                      "%s",
                      path, strerror(errno));
free_names:
    memory_free(names);
close_target:
    target_close(&target);
    return status;
}

enum lenet5_status atomic_file_write(const char *path, const void *bytes, size_t size,
                                     struct lenet5_error *error)
{
    return write_file(path, false, bytes, size, error);
}

enum lenet5_status atomic_file_replace(const char *path, const void *bytes, size_t size,
                                       struct lenet5_error *error)
{
    return write_file(path, true, bytes, size, error);
}

static void sweep_one(const struct target *target, const char *name)
{
    int file = openat(target->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        unlinkat(target->directory, name, 0);
    close(file);
}

void atomic_file_sweep(const char *path)
{
    struct target target;
    if (target_open(&target, path, NULL))
        return;
    DIR *directory = fdopendir(target.directory);
    if (directory) {
        const struct dirent *entry;
        while ((entry = readdir(directory)))
            if (is_temporary(entry->d_name, &target))
                sweep_one(&target, entry->d_name);
        closedir(directory);
        target.directory = -1;
    }
    target_close(&target);
}
