/* The files of an HTML report: made in memory, then written atomically. */
#ifndef HTML_FILES_H
#define HTML_FILES_H

#include <stddef.h>
#include <stdio.h>

/* A file in memory; stream writes to it. */
struct html_file {
    FILE *stream;
    char *bytes;
    size_t size;
};

/* Ends the program if memory runs out. */
void html_file_start(struct html_file *file);

/* Writes the stream's contents to directory/name and frees them. Returns an exit code. */
int html_file_save(struct html_file *file, const char *directory, const char *name);

/* Writes an <svg> element of the page as a file, after an XML declaration. Returns an exit code. */
int html_file_save_svg(const struct html_file *element, const char *directory, const char *name);

/* Writes bytes to directory/name. Returns an exit code. */
int html_file_write(const char *directory, const char *name, const void *bytes, size_t size);

#endif
