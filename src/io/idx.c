/*
 * Reads IDX, the format of MNIST's files: a big-endian magic and sizes, then plain bytes; as it is
 * or gzip'ed. inflate() instead of gzread(), which passes over truncation and what follows the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../dataset.h"
#include "../error.h"
#include "../memory.h"
#include "input_file.h"
#include "magic.h"

enum {
    IMAGES_MAGIC = 0x803,
    LABELS_MAGIC = 0x801,
    CLASSES = 10,
    MAX_DEFLATE_RATIO = 1032, /* what deflate can reach at all (zlib's technical notes) */
};

static const uint64_t max_inflated = UINT64_C(1) << 30;

struct idx_file {
    const char *path;
    struct lenet5_error *error;
    int descriptor;
    uint64_t size;
    bool gzip, inflated;
    z_stream stream;
    uint8_t head[MAGIC_SIZE]; /* the magic and the count */
    uint32_t count, rows, cols;
    uint8_t input[1 << 14];
};

static uint32_t big_endian(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static enum lenet5_status file_open(struct idx_file *file)
{
    enum lenet5_status status = input_file_open(&file->descriptor, &file->size, file->path,
                                                file->error);
    uint8_t magic[2] = {0};
    if (status || pread(file->descriptor, magic, sizeof(magic), 0) < 2 || magic[0] != 0x1f ||
        magic[1] != 0x8b)
        return status;
    if (inflateInit2(&file->stream, 16 + MAX_WBITS) != Z_OK)
        return fail(file->error, LENET5_ERROR_MEMORY, "%s: no memory to inflate it", file->path);
    file->gzip = true;
    return LENET5_OK;
}

static void file_close(struct idx_file *file)
{
    if (file->gzip)
        inflateEnd(&file->stream);
    if (file->descriptor >= 0)
        close(file->descriptor);
}

static enum lenet5_status read_some(struct idx_file *file, uint8_t *bytes, size_t size, size_t *got)
{
    *got = 0;
    return input_file_read(got, bytes, size, file->descriptor, file->path, file->error);
}

static enum lenet5_status inflate_some(struct idx_file *file, uint8_t *bytes, size_t size,
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

/* Reads size bytes, or fewer where the content ends. */
static enum lenet5_status file_read(struct idx_file *file, uint8_t *bytes, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        size_t n = 0;
        enum lenet5_status status = file->gzip ? inflate_some(file, bytes + *got, size - *got, &n)
                                               : read_some(file, bytes + *got, size - *got, &n);
        if (status || !n)
            return status;
        *got += n;
    }
    return LENET5_OK;
}

/* The end is where it should be. Asking for it also makes inflate() compare the checksum. */
static enum lenet5_status file_finish(struct idx_file *file)
{
    uint8_t extra;
    size_t got;
    enum lenet5_status status = file_read(file, &extra, 1, &got);
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

/* Opens a file and reads its head, so that two files can be compared before either is believed. */
static enum lenet5_status idx_open(struct idx_file *file)
{
    enum lenet5_status status = file_open(file);
    size_t got;
    if (!status)
        status = file_read(file, file->head, sizeof(file->head), &got);
    if (status || got == sizeof(file->head))
        return status;
    return fail(file->error, LENET5_ERROR_DATA,
                got ? "%s: ends inside its header, after %zu bytes" : "%s: the file is empty",
                file->path, got);
}

static enum lenet5_status idx_header(struct idx_file *file, uint32_t magic)
{
    if (big_endian(file->head) != magic)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: this is %s, expected IDX %s with magic 0x%08x, found 0x%08x", file->path,
                    magic_name(file->head, sizeof(file->head)),
                    magic == IMAGES_MAGIC ? "images" : "labels", magic, big_endian(file->head));
    file->count = big_endian(file->head + 4);
    file->rows = file->cols = 1;
    uint64_t header = sizeof(file->head);
    if (magic == IMAGES_MAGIC) {
        uint8_t sides[8];
        size_t got;
        enum lenet5_status status = file_read(file, sides, sizeof(sides), &got);
        if (status)
            return status;
        header += got;
        if (got < sizeof(sides))
            return fail(file->error, LENET5_ERROR_DATA,
                        "%s: ends inside its header, after %" PRIu64 " bytes", file->path, header);
        file->rows = big_endian(sides);
        file->cols = big_endian(sides + 4);
    }
    if (!file->count)
        return fail(file->error, LENET5_ERROR_DATA, "%s: holds no %s at all", file->path,
                    magic == IMAGES_MAGIC ? "image" : "label");
    if (file->rows - 1 >= LENET5_MAX_SIDE || file->cols - 1 >= LENET5_MAX_SIDE)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: images of %u rows and %u columns, expected 1 to %d", file->path,
                    file->rows, file->cols, LENET5_MAX_SIDE);

    uint64_t promised = header + (uint64_t)file->count * file->rows * file->cols;
    if (!file->gzip && promised != file->size)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: %s, its header promises %" PRIu64 " bytes, found %" PRIu64, file->path,
                    promised > file->size ? "ends early" : "has extra bytes", promised, file->size);
    if (file->gzip && promised / MAX_DEFLATE_RATIO > file->size)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: its header promises %" PRIu64 " bytes, more than the %" PRIu64
                    " bytes of gzip data can hold",
                    file->path, promised, file->size);
    if (file->gzip && promised > max_inflated)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: its header promises %" PRIu64
                    " bytes, gzip'ed files are read up to %" PRIu64 "; unpack it first",
                    file->path, promised, max_inflated);
    return LENET5_OK;
}

static enum lenet5_status idx_payload(struct idx_file *file, uint8_t **bytes)
{
    size_t area = (size_t)file->rows * file->cols, size = file->count * area, got;
    *bytes = memory_alloc(file->count, area);
    if (!*bytes)
        return fail(file->error, LENET5_ERROR_MEMORY, "%s: no memory for %zu bytes", file->path,
                    size);
    enum lenet5_status status = file_read(file, *bytes, size, &got);
    if (!status && got < size)
        status = fail(file->error, LENET5_ERROR_DATA,
                      "%s: ends early, its header promises %zu bytes of data, found %zu",
                      file->path, size, got);
    return status ? status : file_finish(file);
}

static enum lenet5_status check_labels(const struct idx_file *file, const uint8_t *labels)
{
    for (size_t i = 0; i < file->count; i++)
        if (labels[i] >= CLASSES)
            return fail(file->error, LENET5_ERROR_DATA,
                        "%s: label %d of image %zu, expected 0 to %d", file->path, labels[i], i,
                        CLASSES - 1);
    return LENET5_OK;
}

enum lenet5_status lenet5_dataset_read_idx(struct lenet5_dataset **dataset, const char *images_path,
                                           const char *labels_path, struct lenet5_error *error)
{
    struct idx_file images = {.path = images_path, .error = error, .descriptor = -1};
    struct idx_file labels = {.path = labels_path, .error = error, .descriptor = -1};
    uint8_t *pixels = NULL, *classes = NULL;
    enum lenet5_status status;
    *dataset = NULL;

    if ((status = idx_open(&images)) || (status = idx_open(&labels)))
        goto done;
    if (big_endian(images.head) == LABELS_MAGIC && big_endian(labels.head) == IMAGES_MAGIC) {
        status = fail(error, LENET5_ERROR_DATA,
                      "the two files are swapped: %s has the labels, %s the images", images_path,
                      labels_path);
        goto done;
    }
    if ((status = idx_header(&images, IMAGES_MAGIC)) ||
        (status = idx_header(&labels, LABELS_MAGIC)))
        goto done;
    if (images.count != labels.count) {
        status = fail(error, LENET5_ERROR_DATA, "%s has %u images, but %s has %u labels",
                      images_path, images.count, labels_path, labels.count);
        goto done;
    }
    if ((status = idx_payload(&images, &pixels)) || (status = idx_payload(&labels, &classes)) ||
        (status = check_labels(&labels, classes)))
        goto done;
    status = dataset_adopt(dataset, pixels, classes, images.count, (int)images.rows,
                           (int)images.cols, CLASSES, error);
    pixels = classes = NULL;
done:
    memory_free(classes);
    memory_free(pixels);
    file_close(&labels);
    file_close(&images);
    return status;
}

/* By split, then images and labels, then spelling. */
static const char *const mnist_names[2][2][2] = {
    {{"train-images-idx3-ubyte", "train-images.idx3-ubyte"},
     {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte"}},
    {{"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"},
     {"t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"}},
};

/* Directories are passed over: some archives unpack into one of each file's name. */
static enum lenet5_status find(char path[PATH_MAX], const char *directory,
                               const char *const names[2], struct lenet5_error *error)
{
    static const char *const endings[2] = {"", ".gz"};
    for (int i = 0; i < 4; i++) {
        struct stat found;
        int length = snprintf(path, PATH_MAX, "%s/%s%s", directory, names[i % 2], endings[i / 2]);
        if (length >= PATH_MAX)
            continue;
        /* Where a file cannot even be looked at, opening it will say why. */
        if (stat(path, &found) ? errno == EACCES : !S_ISDIR(found.st_mode))
            return LENET5_OK;
    }
    return fail(error, LENET5_ERROR_NOT_FOUND, "%s: no %s here, plain or with .gz", directory,
                names[0]);
}

enum lenet5_status lenet5_dataset_read_mnist(struct lenet5_dataset **dataset, const char *directory,
                                             enum lenet5_split split, struct lenet5_error *error)
{
    const char *const(*names)[2] = mnist_names[split == LENET5_TEST];
    char images[PATH_MAX], labels[PATH_MAX];
    enum lenet5_status status;
    *dataset = NULL;
    if ((status = find(images, directory, names[0], error)) ||
        (status = find(labels, directory, names[1], error)))
        return status;
    return lenet5_dataset_read_idx(dataset, images, labels, error);
}
