/*
 * Reads and writes IDX, the format of MNIST's files: a big-endian magic and sizes, then a byte for each
 * pixel or label, or a row of numbers for each of QMNIST's labels. Files to read may be gzip'ed.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_internal.h"
#include "files/atomic_file.h"
#include "files/file_type.h"
#include "files/gzip_reader.h"

enum {
    IMAGES_MAGIC = 0x803,
    LABELS_MAGIC = 0x801,
    EXTENDED_MAGIC = 0xC02, /* QMNIST's: for each image a row of 32-bit numbers, class first */
    MAX_COLUMNS = 64,
    MAX_DEFLATE_RATIO = 1032, /* the most that deflate can reach (zlib's technical notes) */
};

static const uint64_t max_inflated = UINT64_C(1) << 30;

struct idx_file {
    const char *path;
    struct lenet5_error *error;
    struct gzip_reader content;
    uint8_t head[FILE_TYPE_BYTES]; /* the magic and the count */
    uint32_t count, rows, cols;
    size_t item; /* bytes of an image, or of a label */
};

static uint32_t big_endian(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads size bytes of the header, which has `before` bytes already. */
static enum lenet5_status read_header(struct idx_file *file, uint8_t *bytes, size_t size,
                                      size_t before)
{
    size_t got;
    enum lenet5_status status = gzip_reader_read(&file->content, bytes, size, &got);
    if (status || got == size)
        return status;
    return fail(file->error, LENET5_ERROR_DATA,
                before + got ? "%s: ends inside its header, after %zu bytes"
                             : "%s: the file is empty",
                file->path, before + got);
}

/* Opens a file and reads its first bytes, so that swapped files are recognised first. */
static enum lenet5_status idx_open(struct idx_file *file)
{
    enum lenet5_status status = gzip_reader_open(&file->content, file->path, file->error);
    return status ? status : read_header(file, file->head, sizeof(file->head), 0);
}

/* The rest of the header, size bytes: what one item is. */
static enum lenet5_status idx_item(struct idx_file *file, bool is_images, size_t size)
{
    const bool extended = !is_images && big_endian(file->head) == EXTENDED_MAGIC;
    uint8_t sizes[8] = {0};
    enum lenet5_status status = read_header(file, sizes, size, sizeof(file->head));
    file->rows = file->cols = 1;
    file->item = 1;
    if (status)
        return status;
    if (extended) {
        const uint32_t columns = big_endian(sizes);
        if (columns - 1 >= MAX_COLUMNS)
            return fail(file->error, LENET5_ERROR_DATA,
                        "%s: labels of %u columns, expected 1 to %d", file->path, columns,
                        MAX_COLUMNS);
        file->item = (size_t)columns * 4;
    } else if (is_images) {
        file->rows = big_endian(sizes);
        file->cols = big_endian(sizes + 4);
        if (file->rows - 1 >= LENET5_MAX_SIDE || file->cols - 1 >= LENET5_MAX_SIDE)
            return fail(file->error, LENET5_ERROR_DATA,
                        "%s: images of %u rows and %u columns, expected 1 to %d", file->path,
                        file->rows, file->cols, LENET5_MAX_SIDE);
        file->item = (size_t)file->rows * file->cols;
    }
    return LENET5_OK;
}

static enum lenet5_status idx_header(struct idx_file *file, uint32_t magic)
{
    const uint32_t found = big_endian(file->head);
    const bool is_images = magic == IMAGES_MAGIC;
    if (found != magic && (is_images || found != EXTENDED_MAGIC))
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: this is %s, expected IDX %s with magic 0x%08x, found 0x%08x", file->path,
                    file_type_name(file->head, sizeof(file->head)), is_images ? "images" : "labels",
                    magic, found);
    file->count = big_endian(file->head + 4);
    const size_t sizes = is_images ? 8 : found == EXTENDED_MAGIC ? 4 : 0;
    enum lenet5_status status = idx_item(file, is_images, sizes);
    if (status)
        return status;
    if (!file->count)
        return fail(file->error, LENET5_ERROR_DATA, "%s: has 0 %ss, expected at least 1",
                    file->path, is_images ? "image" : "label");

    uint64_t promised = sizeof(file->head) + sizes + (uint64_t)file->count * file->item;
    if (!file->content.gzip && promised != file->content.size)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: %s, its header promises %" PRIu64 " bytes, found %" PRIu64, file->path,
                    promised > file->content.size ? "ends early" : "has extra bytes", promised,
                    file->content.size);
    if (file->content.gzip && promised / MAX_DEFLATE_RATIO > file->content.size)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: its header promises %" PRIu64 " bytes, more than the %" PRIu64
                    " bytes of gzip data can hold",
                    file->path, promised, file->content.size);
    if (file->content.gzip && promised > max_inflated)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: its header promises %" PRIu64
                    " bytes, gzip'ed files are read up to %" PRIu64 "; unpack it first",
                    file->path, promised, max_inflated);
    return LENET5_OK;
}

/* Reads count items, of which `first` come before. */
static enum lenet5_status read_items(struct idx_file *file, uint8_t *bytes, size_t count,
                                     size_t first)
{
    size_t got;
    enum lenet5_status status = gzip_reader_read(&file->content, bytes, count * file->item, &got);
    if (status || got == count * file->item)
        return status;
    return fail(file->error, LENET5_ERROR_DATA,
                "%s: ends early, its header promises %zu bytes of data, found %zu", file->path,
                file->count * file->item, first * file->item + got);
}

/* One label, big-endian, becomes its class. */
static enum lenet5_status read_label(const struct idx_file *file, uint8_t *class,
                                     const uint8_t *bytes, size_t i,
                                     const struct lenet5_idx_format *format)
{
    const int64_t label = file->item == 1 ? bytes[0] : (int32_t)big_endian(bytes);
    if (label < format->first_label || label - format->first_label >= format->classes)
        return fail(file->error, LENET5_ERROR_DATA,
                    "%s: label %" PRId64 " of image %zu, expected %d to %d", file->path, label, i,
                    format->first_label, format->first_label + format->classes - 1);
    *class = (uint8_t)(label - format->first_label);
    return LENET5_OK;
}

static enum lenet5_status read_labels(struct idx_file *file, uint8_t *classes,
                                      const struct lenet5_idx_format *format)
{
    uint8_t bytes[1 << 12];
    const size_t most = sizeof(bytes) / file->item;
    enum lenet5_status status = LENET5_OK;
    for (size_t first = 0; !status && first < file->count; first += most) {
        const size_t count = file->count - first < most ? file->count - first : most;
        status = read_items(file, bytes, count, first);
        for (size_t i = 0; !status && i < count; i++)
            status = read_label(file, classes + first + i, bytes + i * file->item, first + i,
                                format);
    }
    return status ? status : gzip_reader_finish(&file->content);
}

/* Swaps rows and columns of square images. */
static void transpose(uint8_t *pixels, size_t count, size_t side)
{
    for (size_t i = 0; i < count; i++, pixels += side * side)
        for (size_t r = 0; r < side; r++)
            for (size_t c = 0; c < r; c++) {
                const uint8_t swapped = pixels[r * side + c];
                pixels[r * side + c] = pixels[c * side + r];
                pixels[c * side + r] = swapped;
            }
}

static bool holds_labels(const struct idx_file *file)
{
    return big_endian(file->head) == LABELS_MAGIC || big_endian(file->head) == EXTENDED_MAGIC;
}

/* Whether the two opened files are images and their labels. */
static enum lenet5_status check_pair(struct idx_file *images, struct idx_file *labels,
                                     const struct lenet5_idx_format *format,
                                     struct lenet5_error *error)
{
    enum lenet5_status status;
    if (holds_labels(images) && big_endian(labels->head) == IMAGES_MAGIC)
        return fail(error, LENET5_ERROR_DATA,
                    "the two files are swapped: %s has the labels, %s the images", images->path,
                    labels->path);
    if ((status = idx_header(images, IMAGES_MAGIC)) || (status = idx_header(labels, LABELS_MAGIC)))
        return status;
    if (images->count != labels->count)
        return fail(error, LENET5_ERROR_DATA, "%s has %u images, but %s has %u labels",
                    images->path, images->count, labels->path, labels->count);
    if (format->transposed && images->rows != images->cols)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: images of %u rows and %u columns, expected square ones to transpose",
                    images->path, images->rows, images->cols);
    return LENET5_OK;
}

static enum lenet5_status read_pair(struct lenet5_dataset **dataset, const char *images_path,
                                    const char *labels_path, const struct lenet5_idx_format *format,
                                    struct lenet5_error *error)
{
    struct idx_file images = {.path = images_path, .error = error, .content.descriptor = -1};
    struct idx_file labels = {.path = labels_path, .error = error, .content.descriptor = -1};
    enum lenet5_status status;
    if (!(status = idx_open(&images)) && !(status = idx_open(&labels)) &&
        !(status = check_pair(&images, &labels, format, error)) &&
        !(status = dataset_allocate(dataset, images.count, (int)images.rows, (int)images.cols,
                                    format->classes, error)) &&
        !(status = read_items(&images, (*dataset)->images, images.count, 0)) &&
        !(status = gzip_reader_finish(&images.content)) &&
        !(status = read_labels(&labels, (*dataset)->labels, format)) && format->transposed)
        transpose((*dataset)->images, images.count, images.rows);
    if (status) {
        lenet5_dataset_destroy(*dataset);
        *dataset = NULL;
    }
    gzip_reader_close(&labels.content);
    gzip_reader_close(&images.content);
    return status;
}

static const struct lenet5_idx_format mnist_format = {.classes = 10};

enum lenet5_status lenet5_dataset_read_idx(struct lenet5_dataset **dataset, const char *images_path,
                                           const char *labels_path, struct lenet5_error *error)
{
    *dataset = NULL;
    return read_pair(dataset, images_path, labels_path, &mnist_format, error);
}

/*
 * Finds NAME-idxN-ubyte, also as NAME.idxN-ubyte, plain or with .gz. Directories are skipped: some
 * archives unpack each file into a directory of the same name.
 */
static enum lenet5_status find(char path[PATH_MAX], const char *directory, const char *name,
                               struct lenet5_error *error)
{
    static const char *const endings[2] = {"", ".gz"};
    const char *tail = strstr(name, "-idx");
    const int stem = tail ? (int)(tail - name) : (int)strlen(name);
    for (int i = 0; i < 4; i++) {
        struct stat found;
        const bool dotted = i % 2;
        const int length = dotted && tail ? snprintf(path, PATH_MAX, "%s/%.*s.%s%s", directory,
                                                     stem, name, tail + 1, endings[i / 2])
                                          : snprintf(path, PATH_MAX, "%s/%s%s", directory, name,
                                                     endings[i / 2]);
        if (length >= PATH_MAX)
            continue;
        if (stat(path, &found) == 0) {
            if (!S_ISDIR(found.st_mode))
                return LENET5_OK;
        } else if (errno != ENOENT && errno != ENOTDIR) {
            return fail(error, LENET5_ERROR_IO, "%s: %s", path, strerror(errno));
        }
    }
    return fail(error, LENET5_ERROR_NOT_FOUND, "%s: there is no file %s, plain or with .gz",
                directory, name);
}

enum lenet5_status lenet5_dataset_read_files(struct lenet5_dataset **dataset, const char *directory,
                                             const char *images_name, const char *labels_name,
                                             const struct lenet5_idx_format *format,
                                             struct lenet5_error *error)
{
    char images[PATH_MAX], labels[PATH_MAX];
    *dataset = NULL;
    enum lenet5_status status = check_reserved(format->reserved, "lenet5_idx_format", error);
    if (status)
        return status;
    if (format->classes < 1 || format->classes > LENET5_MAX_CLASSES || format->first_label < 0 ||
        format->first_label > UINT8_MAX)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%d classes from label %d, expected 1 to %d classes and labels from 0 to %d",
                    format->classes, format->first_label, LENET5_MAX_CLASSES, UINT8_MAX);
    if ((status = find(images, directory, images_name, error)) ||
        (status = find(labels, directory, labels_name, error)))
        return status;
    return read_pair(dataset, images, labels, format, error);
}

enum lenet5_status lenet5_dataset_read_mnist(struct lenet5_dataset **dataset, const char *directory,
                                             enum lenet5_split split, struct lenet5_error *error)
{
    static const char *const names[2][2] = {
        [LENET5_SPLIT_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        [LENET5_SPLIT_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
    };
    const char *const *pair = names[split == LENET5_SPLIT_TEST];
    return lenet5_dataset_read_files(dataset, directory, pair[0], pair[1], &mnist_format, error);
}

/* A header of big-endian words, then the bytes. */
static enum lenet5_status write_file(const char *path, const uint32_t *words, size_t word_count,
                                     const uint8_t *bytes, size_t size, struct lenet5_error *error)
{
    const size_t header = word_count * sizeof(uint32_t);
    uint8_t *file = memory_alloc(header + size, 1);
    if (!file)
        return fail(error, LENET5_ERROR_MEMORY, "%s: no memory for %zu bytes", path, header + size);
    for (size_t i = 0; i < word_count; i++) {
        const uint32_t word = htobe32(words[i]);
        memcpy(file + i * sizeof(word), &word, sizeof(word));
    }
    memcpy(file + header, bytes, size);
    const enum lenet5_status status = atomic_file_write(path, file, header + size, error);
    memory_free(file);
    return status;
}

enum lenet5_status lenet5_dataset_write_idx(const struct lenet5_dataset *dataset,
                                            const char *images_path, const char *labels_path,
                                            struct lenet5_error *error)
{
    const uint32_t count = (uint32_t)dataset->count;
    const uint32_t rows = (uint32_t)dataset->rows, cols = (uint32_t)dataset->cols;
    const uint32_t words[] = {IMAGES_MAGIC, count, rows, cols};
    enum lenet5_status status = write_file(images_path, words, 4, dataset->images,
                                           dataset->count * rows * cols, error);
    return status ? status
                  : write_file(labels_path, (uint32_t[]){LABELS_MAGIC, count}, 2, dataset->labels,
                               dataset->count, error);
}
