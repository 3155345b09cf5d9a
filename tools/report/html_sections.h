/* The sections of an HTML report, which html_report.c puts in order. */
#ifndef HTML_SECTIONS_H
#define HTML_SECTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "cli/files.h"
#include "report_data.h"

struct html_writer {
    const struct report_data *report;
    const char *directory;
    FILE *html;
    struct file_text svg; /* the chart under way */
    float *probabilities; /* (evaluated images, classes) */
    uint8_t *predictions; /* (evaluated images) */
    int code;             /* the first error's exit code */
};

/* Writes bytes to the named file in the report's directory. Keeps the first error. */
void html_save(struct html_writer *writer, const char *name, const void *bytes, size_t size);

/*
 * Charts: html_svg_start returns the stream that takes an <svg> element; html_svg_end adds the element to the
 * page and writes it to the named file.
 */
FILE *html_svg_start(struct html_writer *writer);
void html_svg_end(struct html_writer *writer, const char *name);

void html_rejection(struct html_writer *writer);

/* Sections that are made of images. */
void html_samples(struct html_writer *writer);
void html_predictions(struct html_writer *writer);
void html_kernels(struct html_writer *writer);
void html_codes(struct html_writer *writer);
void html_maps(struct html_writer *writer);
void html_features(struct html_writer *writer);

#endif
