/* The files of a page: made in memory, then written whole. */
#ifndef PAGE_FILES_H
#define PAGE_FILES_H

#include <stddef.h>
#include <stdio.h>

/* A file under way; its stream writes to memory. */
struct page_file {
    FILE *stream;
    char *bytes;
    size_t size;
};

/* Ends the program where there is no memory. */
void page_file_start(struct page_file *file);

/* Writes what the stream got to directory/name and frees it. Returns an exit code. */
int page_file_save(struct page_file *file, const char *directory, const char *name);

/* An element that stands in a page, as a file of its own: SVG behind an XML declaration. */
int page_file_save_svg(const struct page_file *element, const char *directory, const char *name);

/* Writes bytes to directory/name, at one stroke. Returns an exit code. */
int page_file_write(const char *directory, const char *name, const void *bytes, size_t size);

#endif
