/* Paths, and files that are written whole or not at all. */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { FILE_PATH_SIZE = 4096 };

/* Makes directory/name with the ending. Returns an exit code after printing that it is too long. */
int file_path(char path[FILE_PATH_SIZE], const char *directory, const char *name,
              const char *ending);

bool file_is_directory(const char *path);

/* Reads a text file that is shorter than size, and closes it. False if it is not read whole or has a NUL. */
bool file_read_text(char *text, size_t size, FILE *file);

/* Writes the bytes to path. An error message begins with prefix. Returns an exit code. */
int file_write(const char *prefix, const char *path, const void *bytes, size_t size);

/* A file in memory; stream writes to it. */
struct file_text {
    FILE *stream;
    char *bytes;
    size_t size;
};

/* Ends the program if memory runs out. */
void file_text_start(struct file_text *text);

/* Closes the stream, after which bytes and size are complete. The caller frees bytes. An exit code. */
int file_text_end(struct file_text *text);

/* Writes the text to path as file_write does and frees it. Returns an exit code. */
int file_text_save(struct file_text *text, const char *prefix, const char *path);

#endif
