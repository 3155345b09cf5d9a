#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

/*
 * Asks for huge pages where a block is large enough. A dataset is read in random order, an image a time, and with
 * small pages each needs its own walk through the page tables, most of all in a virtual machine.
 */
static void use_huge_pages(char *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t begin = (uintptr_t)block, end = (begin + bytes) / HUGE_PAGE * HUGE_PAGE;
    const uintptr_t first = (begin + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    if (end > first)
        madvise(block + (first - begin), end - first, MADV_HUGEPAGE); /* refused, nothing is lost */
#else
    (void)block;
    (void)bytes;
#endif
}

void *memory_alloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - MEMORY_ALIGNMENT)
        return NULL;
    bytes = (bytes / MEMORY_ALIGNMENT + 1) * MEMORY_ALIGNMENT;
    void *block = aligned_alloc(MEMORY_ALIGNMENT, bytes);
    if (block) {
        use_huge_pages(block, bytes);
        memset(block, 0, bytes);
    }
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
