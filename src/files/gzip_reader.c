/* Uses inflate(), because gzread() ignores truncation and trailing bytes. */
#include "gzip_reader.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "input_file.h"

enum lenet5_status gzip_reader_open(struct gzip_reader *file, const char *path,
                                    struct lenet5_error *error)
{
    *file = (struct gzip_reader){.path = path, .error = error};
    enum lenet5_status status = input_file_open(&file->descriptor, &file->size, path, error);
    uint8_t magic[2] = {0};
    if (status)
        return status;
    ssize_t n = 1;
    for (size_t got = 0; n > 0 && got < sizeof(magic); got += (size_t)n) {
        n = TEMP_FAILURE_RETRY(
            pread(file->descriptor, magic + got, sizeof(magic) - got, (off_t)got));
        if (n < 0)
            return fail(file->error, LENET5_ERROR_IO, "%s: %s", file->path, strerror(errno));
    }
    if (magic[0] != 0x1f || magic[1] != 0x8b)
        return LENET5_OK;
    if (inflateInit2(&file->stream, 16 + MAX_WBITS) != Z_OK)
        return fail(file->error, LENET5_ERROR_MEMORY, "%s: no memory to inflate it", file->path);
    file->gzip = true;
    return LENET5_OK;
}

void gzip_reader_close(struct gzip_reader *file)
{
    if (file->gzip)
        inflateEnd(&file->stream);
    if (file->descriptor >= 0)
        close(file->descriptor);
}

static enum lenet5_status read_some(struct gzip_reader *file, uint8_t *bytes, size_t size,
                                    size_t *got)
{
    *got = 0;
    return input_file_read(got, bytes, size, file->descriptor, file->path, file->error);
}

static enum lenet5_status inflate_some(struct gzip_reader *file, uint8_t *bytes, size_t size,
                                       size_t *got)
{
    z_stream *stream = &file->stream;
    *got = 0;
    while (!*got && !file->inflated) {
        if (!stream->avail_in) {
            size_t n = 0;
            enum lenet5_status status = read_some(file, file->input, sizeof(file->input), &n);
            if (status)
                return status;
            if (!n)
                return fail(file->error, LENET5_ERROR_DATA, "%s: the gzip data ends early",
                            file->path);
            stream->next_in = file->input;
            stream->avail_in = (uInt)n;
        }
        stream->next_out = bytes;
        stream->avail_out = size < UINT_MAX ? (uInt)size : UINT_MAX;
        int code = inflate(stream, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR)
            return fail(file->error, LENET5_ERROR_MEMORY, "%s: no memory to inflate it",
                        file->path);
        if (code != Z_OK && code != Z_STREAM_END)
            return fail(file->error, LENET5_ERROR_DATA, "%s: the gzip data is damaged: %s",
                        file->path, stream->msg ? stream->msg : "a dictionary is missing");
        file->inflated = code == Z_STREAM_END;
        *got = (size_t)(stream->next_out - bytes);
    }
    return LENET5_OK;
}

enum lenet5_status gzip_reader_read(struct gzip_reader *file, uint8_t *bytes, size_t size,
                                    size_t *got)
{
    *got = 0;
    while (*got < size) {
        size_t n;
        enum lenet5_status status = file->gzip ? inflate_some(file, bytes + *got, size - *got, &n)
                                               : read_some(file, bytes + *got, size - *got, &n);
        if (status || !n)
            return status;
        *got += n;
    }
    return LENET5_OK;
}

/* Asking for the end also makes inflate() compare the checksum. */
enum lenet5_status gzip_reader_finish(struct gzip_reader *file)
{
    uint8_t extra;
    size_t got;
    enum lenet5_status status = gzip_reader_read(file, &extra, 1, &got);
    if (status)
        return status;
    if (got)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: there is more in the file than its header promises", file->path);
    if (!file->gzip)
        return LENET5_OK;
    got = file->stream.avail_in;
    if (!got)
        status = read_some(file, &extra, 1, &got);
    if (!status && got)
        status = fail(file->error, LENET5_ERROR_DATA, "%s: extra bytes follow the gzip data",
                      file->path);
    return status;
}
