#include "whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "paths.h"

int whole_file_write(const char *prefix, const char *path, const void *bytes, size_t size)
{
    char temporary[PATHS_SIZE];
    const int length = snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, (int)getpid());
    if (length >= PATHS_SIZE)
        return cli_error(CLI_IO, "%s%s: the name is too long", prefix, path);
    FILE *file = fopen(temporary, "wb");
    if (!file)
        return cli_error(CLI_IO, "%s%s: %s", prefix, path, strerror(errno));
    bool failed = fwrite(bytes, 1, size, file) != size;
    failed |= fclose(file) != 0;
    if (!failed && rename(temporary, path) == 0)
        return CLI_OK;
    const int code = cli_error(CLI_IO, "%s%s: %s", prefix, path, strerror(errno));
    remove(temporary);
    return code;
}
