/* The frame of every test program: one suite, run by Check, exit status 0 when all tests passed. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

/* Adds the program's tests to its only case; defined by each test file. */
void add_tests(TCase *tests);

/* Skips, for Meson's eyes, when nothing in this program can run here. */
enum { SUITE_SKIPPED = 77 };

#endif
