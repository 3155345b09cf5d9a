/* The HTML report on a network: one self-contained page, and its pictures as files. */
#ifndef HTML_REPORT_H
#define HTML_REPORT_H

#include "report_data.h"

/* Makes the directory if it is missing and checks that it can be written. Returns an exit code. */
int html_report_check(const char *directory);

/* Writes report.html and the pictures, each file atomically. Returns an exit code. */
int html_report_write(const char *directory, const struct report_data *report);

#endif
