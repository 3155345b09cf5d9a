#include "paths.h"

#include <stdio.h>
#include <sys/stat.h>

#include "messages.h"

int paths_join(char path[PATHS_SIZE], const char *directory, const char *name, const char *ending)
{
    return snprintf(path, PATHS_SIZE, "%s/%s%s", directory, name, ending) < PATHS_SIZE
               ? CLI_OK
               : cli_error(CLI_IO, "%s/%s%s: the name is too long", directory, name, ending);
}

bool paths_is_directory(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}
