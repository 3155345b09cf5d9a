/* Reads a file; one in gzip format is decompressed on the way. */
#ifndef GZIP_READER_H
#define GZIP_READER_H

#include <lenet5/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

struct gzip_reader {
    const char *path; /* for messages */
    struct lenet5_error *error;
    int descriptor;
    uint64_t size; /* bytes on disk */
    bool gzip, inflated;
    z_stream stream;
    uint8_t input[1 << 14];
};

/*
 * path and error are borrowed until gzip_reader_close, which the caller owes, also after an error.
 * Errors: NOT_FOUND, IO, DATA (not a regular file), MEMORY.
 */
enum lenet5_status gzip_reader_open(struct gzip_reader *file, const char *path,
                                    struct lenet5_error *error);

/* descriptor -1 = never opened. */
void gzip_reader_close(struct gzip_reader *file);

/* Reads size bytes, or fewer where the content ends. Errors: IO, MEMORY, DATA (damaged gzip). */
enum lenet5_status gzip_reader_read(struct gzip_reader *file, uint8_t *bytes, size_t size,
                                    size_t *got);

/* Checks that the content ends here and that nothing follows it. Errors: those of gzip_reader_read. */
enum lenet5_status gzip_reader_finish(struct gzip_reader *file);

#endif
