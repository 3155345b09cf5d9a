/* Paths of files. */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>

enum { PATHS_SIZE = 4096 };

/* Makes directory/name with the ending. Returns an exit code after printing that it is too long. */
int paths_join(char path[PATHS_SIZE], const char *directory, const char *name, const char *ending);

bool paths_is_directory(const char *path);

#endif
