/* The frame of every test program: one suite, run by Check, exit status 0 when all tests passed. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

/* A test. It registers itself when the program starts, so that none can be forgotten. */
#define TEST(name) TEST_LOOP(name, 0, 1)

/* The same, run once for each _i from the first to the one before the end. */
#define TEST_LOOP(name, first, end)                           \
    static const TTest *name;                                 \
    __attribute__((constructor)) static void add_##name(void) \
    {                                                         \
        suite_add(name, (int)(first), (int)(end));            \
    }                                                         \
    START_TEST(name)

void suite_add(const TTest *test, int first, int end);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

/* Adds the fixtures to the program's only case. A file without fixtures has no such function. */
void add_fixtures(TCase *tests);

/* Skips, for Meson's eyes, when nothing in this program can run here. */
enum { SUITE_SKIPPED = 77 };

#endif
