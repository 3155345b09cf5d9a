/* What page.c and page_images.c share. */
#ifndef PAGE_SECTIONS_H
#define PAGE_SECTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "page.h"
#include "page_files.h"

struct page_writer {
    const struct page *page;
    const char *directory;
    FILE *html;
    float *probabilities; /* (evaluated images, classes) */
    uint8_t *predictions; /* (evaluated images) */
    int code;             /* the first thing that went wrong */
};

/* An element in the page, and in a file of its own; the element's memory is freed. */
void page_add_svg(struct page_writer *writer, struct page_file *element, const char *name);

void page_rejection(struct page_writer *writer);

/* Sections that are made of images. */
void page_samples(struct page_writer *writer);
void page_predictions(struct page_writer *writer);
void page_kernels(struct page_writer *writer);
void page_codes(struct page_writer *writer);
void page_maps(struct page_writer *writer);
void page_features(struct page_writer *writer);

#endif
