/* The files of a page: made in memory, then written whole. */
#ifndef HTML_FILES_H
#define HTML_FILES_H

#include <stddef.h>
#include <stdio.h>

/* A file under way; its stream writes to memory. */
struct html_file {
    FILE *stream;
    char *bytes;
    size_t size;
};

/* Ends the program where there is no memory. */
void html_file_start(struct html_file *file);

/* Writes what the stream got to directory/name and frees it. Returns an exit code. */
int html_file_save(struct html_file *file, const char *directory, const char *name);

/* An element that stands in a page, as a file of its own: SVG behind an XML declaration. */
int html_file_save_svg(const struct html_file *element, const char *directory, const char *name);

/* Writes bytes to directory/name, at one stroke. Returns an exit code. */
int html_file_write(const char *directory, const char *name, const void *bytes, size_t size);

#endif
