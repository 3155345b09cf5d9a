/* Names of files, put together and looked at. */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>

enum { PATHS_SIZE = 4096 };

/* directory/name and what it ends in, or an exit code after saying that this is too long. */
int paths_join(char path[PATHS_SIZE], const char *directory, const char *name, const char *ending);

bool paths_is_directory(const char *path);

#endif
