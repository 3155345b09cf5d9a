/*
 * A library to preload (LD_PRELOAD) that makes the n-th call of a kind fail, or ends the process there:
 *
 *     FAULTS_KIND=memory|files|threads
 *                                allocations; opening, reading, writing, syncing, renaming, ...; or new
 *                                threads, whoever starts them
 *     FAULTS_AT=N                counted from 1; 0 = none, which tells how many there are
 *     FAULTS_MODE=once|ever|kill the N-th alone; it and all after it; SIGKILL in its place
 *     FAULTS_ERRNO=E             what errno is then; ENOMEM for memory, else EIO
 *     FAULTS_COUNT=FILE          where the number of calls is written at the end
 *
 * A program may also ask for faults itself, with what faults.h declares. A read that fails with errno 0 is at the
 * end of its file instead.
 *
 * Calls that OpenMP, the BLAS, the loader or a sanitizer make for themselves are not counted: what they
 * do then is not this project's to say. Nor are those of other threads than the first, where nothing of
 * the project allocates or touches files. Names with 64 are what the others are called in programs that
 * are built for large files.
 */
#undef _FILE_OFFSET_BITS /* here open and open64 are two functions */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

enum { MOST_RANGES = 64, EARLY_BYTES = 1 << 20 };

static struct range {
    uintptr_t begin, end;
} others[MOST_RANGES];
static int other_count;

static enum faults_kind kind; /* FAULTS_NOTHING until the constructor has run */
static enum faults_mode mode;
static long at;
static int failure;
static atomic_long calls;

/* Whether this call is of the kind that is watched, and the project's. */
static bool counts(enum faults_kind its_kind, const void *caller)
{
    if (kind != its_kind || gettid() != getpid())
        return false;
    for (int i = 0; its_kind != FAULTS_THREADS && i < other_count; i++)
        if ((uintptr_t)caller >= others[i].begin && (uintptr_t)caller < others[i].end)
            return false;
    return true;
}

/* Whether this call of a kind is one to fail. */
static bool strikes(enum faults_kind its_kind, const void *caller)
{
    if (!counts(its_kind, caller))
        return false;
    const long call = ++calls;
    if (at == 0 || call < at || (mode == FAULTS_ONCE && call > at))
        return false;
    if (mode == FAULTS_KILL)
        raise(SIGKILL);
    errno = failure;
    return true;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *data)
{
    static const char *const names[] = {"libgomp",     "libopenblas", "liblapack",
                                        "libgfortran", "libquadmath", "libasan",
                                        "libubsan",    "ld-linux",    "libblas"};
    (void)size, (void)data;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strstr(info->dlpi_name, names[i]))
            for (int k = 0; k < info->dlpi_phnum && other_count < MOST_RANGES; k++)
                if (info->dlpi_phdr[k].p_type == PT_LOAD) {
                    const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[k].p_vaddr;
                    others[other_count++] = (struct range){begin,
                                                           begin + info->dlpi_phdr[k].p_memsz};
                }
    return 0;
}

static bool is(const char *variable, const char *value)
{
    const char *found = getenv(variable);
    return found && strcmp(found, value) == 0;
}

static void find_allocator(void);

__attribute__((constructor)) static void start(void)
{
    find_allocator();
    dl_iterate_phdr(note_module, NULL);
    const char *number = getenv("FAULTS_AT"), *error = getenv("FAULTS_ERRNO");
    const bool memory = is("FAULTS_KIND", "memory");
    at = number ? atol(number) : 0;
    mode = is("FAULTS_MODE", "kill")   ? FAULTS_KILL
           : is("FAULTS_MODE", "ever") ? FAULTS_EVER
                                       : FAULTS_ONCE;
    failure = error ? atoi(error) : memory ? ENOMEM : EIO;
    kind = memory                         ? FAULTS_MEMORY
           : is("FAULTS_KIND", "files")   ? FAULTS_FILES
           : is("FAULTS_KIND", "threads") ? FAULTS_THREADS
                                          : FAULTS_NOTHING;
}

void faults_arm(enum faults_kind its_kind, long its_at, enum faults_mode its_mode, int its_failure)
{
    at = its_at;
    mode = its_mode;
    failure = its_failure;
    calls = 0;
    kind = its_kind;
}

long faults_disarm(void)
{
    kind = FAULTS_NOTHING;
    return calls;
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("FAULTS_COUNT");
    char text[24];
    kind = FAULTS_NOTHING;
    if (!path)
        return;
    const int length = snprintf(text, sizeof(text), "%ld\n", (long)calls);
    const long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    syscall(SYS_write, file, text, (size_t)length);
    syscall(SYS_close, file);
}

#define CALLER __builtin_return_address(0)

/* The function that this one stands before. ISO C has no cast for it. */
#define NEXT(name)                 \
    static __typeof__(&name) next; \
    if (!next)                     \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

/*
 * Memory. Looking for the real allocator allocates, and a sanitizer's is not ready before its own start:
 * what is asked for before this library's start comes from here, and is never given back.
 */

static struct allocator {
    void *(*malloc)(size_t), *(*calloc)(size_t, size_t), *(*realloc)(void *, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void (*free)(void *);
} real;

static void find_allocator(void)
{
    const struct {
        const char *name;
        void *place;
    } functions[] = {{"malloc", &real.malloc},
                     {"calloc", &real.calloc},
                     {"realloc", &real.realloc},
                     {"aligned_alloc", &real.aligned_alloc},
                     {"posix_memalign", &real.posix_memalign},
                     {"free", &real.free}};
    void *found[6];
    for (int i = 0; i < 6; i++)
        found[i] = dlsym(RTLD_NEXT, functions[i].name);
    for (int i = 0; i < 6; i++)
        memcpy(functions[i].place, &found[i], sizeof(found[i]));
}

static atomic_long blocks;

long faults_blocks(void)
{
    return blocks;
}

static void *counted(void *block)
{
    blocks += block != NULL;
    return block;
}

static _Alignas(64) unsigned char early[EARLY_BYTES];
static size_t early_used;

/* Zeroed; 64 bytes before the block say how long it is. */
static void *early_alloc(size_t size)
{
    unsigned char *block = early + early_used + 64;
    early_used += 64 + (size + 63) / 64 * 64;
    if (early_used > sizeof(early))
        abort();
    memcpy(block - 64, &size, sizeof(size));
    return block;
}

static bool is_early(const void *block)
{
    return (const unsigned char *)block >= early &&
           (const unsigned char *)block < early + sizeof(early);
}

void *malloc(size_t size)
{
    if (!real.free)
        return early_alloc(size);
    return strikes(FAULTS_MEMORY, CALLER) ? NULL : counted(real.malloc(size));
}

void *calloc(size_t count, size_t size)
{
    if (!real.free)
        return early_alloc(count * size);
    return strikes(FAULTS_MEMORY, CALLER) ? NULL : counted(real.calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (real.free && !is_early(block))
        return strikes(FAULTS_MEMORY, CALLER) ? NULL
               : block                        ? real.realloc(block, size)
                                              : counted(real.realloc(NULL, size));
    void *copy = real.free ? counted(real.malloc(size)) : early_alloc(size);
    size_t old = 0;
    if (block)
        memcpy(&old, (unsigned char *)block - 64, sizeof(old));
    if (copy && block)
        memcpy(copy, block, old < size ? old : size);
    return copy;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (!real.free)
        return early_alloc(size);
    return strikes(FAULTS_MEMORY, CALLER) ? NULL : counted(real.aligned_alloc(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (!real.free) {
        *block = early_alloc(size);
        return 0;
    }
    const int status = strikes(FAULTS_MEMORY, CALLER) ? ENOMEM
                                                      : real.posix_memalign(block, alignment, size);
    blocks += status == 0;
    return status;
}

locale_t newlocale(int mask, const char *name, locale_t base)
{
    NEXT(newlocale);
    return strikes(FAULTS_MEMORY, CALLER) ? (locale_t)0 : next(mask, name, base);
}

void free(void *block)
{
    if (!real.free || is_early(block))
        return;
    blocks -= block != NULL;
    real.free(block);
}

/* Files. What ends something (close, fclose, closedir) does so, and then says that it failed. */

#define FAIL_FILES(value)              \
    if (strikes(FAULTS_FILES, CALLER)) \
    return value

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...)                \
    {                                                         \
        va_list arguments;                                    \
        NEXT(name);                                           \
        FAIL_FILES(-1);                                       \
        va_start(arguments, flags);                           \
        const mode_t permissions = mode_of(flags, arguments); \
        va_end(arguments);                                    \
        return next(path, flags, permissions);                \
    }
#define OPENAT(name)                                          \
    int name(int directory, const char *path, int flags, ...) \
    {                                                         \
        va_list arguments;                                    \
        NEXT(name);                                           \
        FAIL_FILES(-1);                                       \
        va_start(arguments, flags);                           \
        const mode_t permissions = mode_of(flags, arguments); \
        va_end(arguments);                                    \
        return next(directory, path, flags, permissions);     \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* PLAIN(type, failure, name, parameters, arguments) */
#define PLAIN(type, value, name, parameters, arguments) \
    type name parameters                                \
    {                                                   \
        NEXT(name);                                     \
        FAIL_FILES(value);                              \
        return next arguments;                          \
    }

/* How much of what is read or written is. */
static size_t done(size_t size, const void *caller)
{
    return mode == FAULTS_HALVES && counts(FAULTS_FILES, caller) ? size - size / 2 : size;
}

#define DONE done(size, CALLER)
PLAIN(ssize_t, failure ? -1 : 0, read, (int fd, void *bytes, size_t size), (fd, bytes, DONE))
PLAIN(ssize_t, -1, write, (int fd, const void *bytes, size_t size), (fd, bytes, DONE))
PLAIN(ssize_t, -1, pread, (int fd, void *bytes, size_t size, off_t o), (fd, bytes, DONE, o))
PLAIN(ssize_t, -1, pread64, (int fd, void *bytes, size_t size, off64_t o), (fd, bytes, DONE, o))
PLAIN(ssize_t, -1, pwrite, (int fd, const void *bytes, size_t size, off_t o), (fd, bytes, DONE, o))
PLAIN(ssize_t, -1, pwrite64, (int fd, const void *bytes, size_t size, off64_t o),
      (fd, bytes, DONE, o))
PLAIN(ssize_t, -1, getrandom, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))
PLAIN(int, -1, fsync, (int fd), (fd))
PLAIN(int, -1, ftruncate, (int fd, off_t size), (fd, size))
PLAIN(int, -1, ftruncate64, (int fd, off64_t size), (fd, size))
PLAIN(int, -1, flock, (int fd, int operation), (fd, operation))
PLAIN(int, -1, rename, (const char *old, const char *new), (old, new))
PLAIN(int, -1, renameat, (int a, const char *old, int b, const char *new), (a, old, b, new))
PLAIN(int, -1, linkat, (int a, const char *old, int b, const char *new, int flags),
      (a, old, b, new, flags))
PLAIN(int, -1, unlink, (const char *path), (path))
PLAIN(int, -1, unlinkat, (int directory, const char *path, int flags), (directory, path, flags))
PLAIN(int, -1, mkdir, (const char *path, mode_t permissions), (path, permissions))
PLAIN(int, -1, access, (const char *path, int how), (path, how))
PLAIN(int, -1, stat, (const char *path, struct stat *info), (path, info))
PLAIN(int, -1, stat64, (const char *path, struct stat64 *info), (path, info))
PLAIN(int, -1, lstat, (const char *path, struct stat *info), (path, info))
PLAIN(int, -1, lstat64, (const char *path, struct stat64 *info), (path, info))
PLAIN(int, -1, fstat, (int fd, struct stat *info), (fd, info))
PLAIN(int, -1, fstat64, (int fd, struct stat64 *info), (fd, info))
PLAIN(char *, NULL, realpath, (const char *path, char *resolved), (path, resolved))
PLAIN(DIR *, NULL, opendir, (const char *path), (path))
PLAIN(DIR *, NULL, fdopendir, (int fd), (fd))
PLAIN(struct dirent *, NULL, readdir, (DIR * directory), (directory))
PLAIN(struct dirent64 *, NULL, readdir64, (DIR * directory), (directory))
PLAIN(FILE *, NULL, fopen, (const char *path, const char *how), (path, how))
PLAIN(FILE *, NULL, fopen64, (const char *path, const char *how), (path, how))
PLAIN(int, EOF, fflush, (FILE * file), (file))

#define ENDING(value, name, type)                          \
    int name(type thing)                                   \
    {                                                      \
        NEXT(name);                                        \
        const bool struck = strikes(FAULTS_FILES, CALLER); \
        const int status = next(thing);                    \
        if (struck)                                        \
            errno = failure;                               \
        return struck ? value : status;                    \
    }
ENDING(-1, close, int)
ENDING(-1, closedir, DIR *)
ENDING(EOF, fclose, FILE *)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start_routine)(void *), void *argument)
{
    NEXT(pthread_create);
    return strikes(FAULTS_THREADS, CALLER) ? EAGAIN
                                           : next(thread, attributes, start_routine, argument);
}
