/* Files of a test live in a directory of their own and go with it. */
#include "files.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "suite.h"

static char directory[PATH_MAX];

void files_setup(void)
{
    const char *place = getenv("TMPDIR");
    snprintf(directory, sizeof(directory), "%s/lenet5-XXXXXX", place ? place : "/tmp");
    ck_assert_msg(mkdtemp(directory) != NULL, "cannot make %s", directory);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void files_teardown(void)
{
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *files_path(const char *name)
{
    static char paths[8][PATH_MAX + 64];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

const char *files_write(const char *name, const void *bytes, size_t size)
{
    const char *path = files_path(name);
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file && fwrite(bytes, 1, size, file) == size && !fclose(file), "cannot write %s",
                  path);
    return path;
}

size_t files_read(void *bytes, size_t capacity, const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    const size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

size_t files_gzip(void *packed, size_t capacity, const void *bytes, size_t size)
{
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (uint8_t *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)capacity;
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return capacity - stream.avail_out;
}
