/*
 * Allocation with checked sizes; every block starts on a cache line, which is also a full vector.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

enum { MEMORY_ALIGNMENT = 64 };

/*
 * count * size zeroed bytes, at least one; NULL when they cannot be had or the product overflows.
 */
void *memory_alloc(size_t count, size_t size);

/* Accepts NULL. */
void memory_free(void *block);

/* A copy of a string; NULL when it cannot be had. */
char *memory_strdup(const char *string);

#endif
