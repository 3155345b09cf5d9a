/*
 * Allocation with checked sizes; every block is aligned to a cache line, which is also the widest vector.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

enum { MEMORY_ALIGNMENT = 64 };

/*
 * Allocates count * size zeroed bytes, at least one; NULL without memory or if the product overflows.
 */
void *memory_alloc(size_t count, size_t size);

/* Accepts NULL. */
void memory_free(void *block);

/* A copy of a string; NULL without memory. */
char *memory_strdup(const char *string);

#endif
