/* Files of a test live in a directory of their own and go with it. */
#include "files.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

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
