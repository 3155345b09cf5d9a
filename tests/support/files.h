/* A temporary directory for the files that a test makes. */
#ifndef FILES_H
#define FILES_H

#include <stddef.h>

/* Unchecked fixtures: one directory for the program, made and removed by Check's parent process. */
void files_setup(void);
void files_teardown(void);

/* The path of a name in the directory; good until eight more have been asked for. */
const char *files_path(const char *name);

/* Writes a file there and returns its path. */
const char *files_write(const char *name, const void *bytes, size_t size);

/* Reads a file of at most so many bytes and returns how many it has. */
size_t files_read(void *bytes, size_t capacity, const char *path);

/* Packs bytes as gzip does and returns how many they have become. */
size_t files_gzip(void *packed, size_t capacity, const void *bytes, size_t size);

#endif
