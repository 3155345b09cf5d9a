#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - MEMORY_ALIGNMENT)
        return NULL;
    bytes = (bytes / MEMORY_ALIGNMENT + 1) * MEMORY_ALIGNMENT;
    void *block = aligned_alloc(MEMORY_ALIGNMENT, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void memory_free(void *block)
{
    free(block);
}

char *memory_strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = memory_alloc(size, 1);
    if (copy)
        memcpy(copy, string, size);
    return copy;
}
