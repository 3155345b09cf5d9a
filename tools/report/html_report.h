/* A page about a network and what it can do: one HTML file that needs nothing else, and its pictures. */
#ifndef HTML_REPORT_H
#define HTML_REPORT_H

#include "report_data.h"

/* Makes the directory if need be and sees whether a page can be written there. Returns an exit code. */
int html_report_check(const char *directory);

/* Writes report.html and the pictures; each file is there whole or not at all. Returns an exit code. */
int html_report_write(const char *directory, const struct report_data *report);

#endif
