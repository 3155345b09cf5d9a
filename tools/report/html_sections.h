/* The sections of an HTML report, which html_report.c puts in order. */
#ifndef HTML_SECTIONS_H
#define HTML_SECTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "html_files.h"
#include "report_data.h"

struct html_writer {
    const struct report_data *report;
    const char *directory;
    FILE *html;
    float *probabilities; /* (evaluated images, classes) */
    uint8_t *predictions; /* (evaluated images) */
    int code;             /* the first error's exit code */
};

/* Adds the element to the page and writes it to the named file; frees the element's memory. */
void html_add_svg(struct html_writer *writer, struct html_file *element, const char *name);

void html_rejection(struct html_writer *writer);

/* Sections that are made of images. */
void html_samples(struct html_writer *writer);
void html_predictions(struct html_writer *writer);
void html_kernels(struct html_writer *writer);
void html_codes(struct html_writer *writer);
void html_maps(struct html_writer *writer);
void html_features(struct html_writer *writer);

#endif
