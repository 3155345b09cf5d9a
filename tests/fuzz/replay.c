/*
 * A fuzz target in the ordinary test suite, without clang: replay CORPUS... gives it every file of
 * these folders, then each file's prefixes and each file with one byte changed, for the first bytes of
 * it. What a fuzzer found once is found again here. No reader may ask for more than MOST_AT_ONCE
 * because a file says so.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { MOST = 1 << 20, CHANGED = 256, MOST_AT_ONCE = 64 << 20 };

static unsigned long inputs;

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    if (size > MOST_AT_ONCE)
        abort();
    return __libc_malloc(size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (size > MOST_AT_ONCE)
        abort();
    return __libc_memalign(alignment, size);
}
#endif

static void give(const uint8_t *bytes, size_t size)
{
    /* Exactly as large as it is, so that a sanitizer sees one byte too many. */
    uint8_t *copy = malloc(size + !size);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    inputs++;
}

static bool replay(const char *path)
{
    static uint8_t bytes[MOST];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return false;
    }
    const size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    const size_t changed = size < CHANGED ? size : CHANGED;
    give(bytes, size);
    for (size_t prefix = 0; prefix < changed; prefix++)
        give(bytes, prefix);
    for (size_t at = 0; at < changed; at++) {
        bytes[at] ^= (uint8_t)(1 << at % 8);
        give(bytes, size);
        bytes[at] ^= (uint8_t)(1 << at % 8);
    }
    return true;
}

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entries;
        const int count = scandir(argv[i], &entries, NULL, alphasort);
        for (int k = 0; k < count; k++) {
            char path[4096];
            struct stat found;
            snprintf(path, sizeof(path), "%s/%s", argv[i], entries[k]->d_name);
            if (!stat(path, &found) && S_ISREG(found.st_mode)) {
                if (!replay(path))
                    return EXIT_FAILURE;
                files++;
            }
            free(entries[k]);
        }
        if (count < 0) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        free(entries);
    }
    fprintf(stderr, "%d files, %lu inputs\n", files, inputs);
    return files ? EXIT_SUCCESS : EXIT_FAILURE;
}
