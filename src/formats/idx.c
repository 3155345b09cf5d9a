/*
 * Reads IDX, the format of MNIST's files: a big-endian magic and sizes, then plain bytes, or QMNIST's
 * rows of numbers; as it is or gzip'ed.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_state.h"
#include "files/file_type.h"
#include "files/gzip_reader.h"

enum {
    IMAGES_MAGIC = 0x803,
    LABELS_MAGIC = 0x801,
    EXTENDED_MAGIC = 0xC02, /* QMNIST's: for each image a row of 32-bit numbers, class first */
    MAX_COLUMNS = 64,
    MAX_DEFLATE_RATIO = 1032, /* what deflate can reach at all (zlib's technical notes) */
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

/* Opens a file and reads its head, so that two files can be compared before either is believed. */
static enum lenet5_status idx_open(struct idx_file *file)
{
    enum lenet5_status status = gzip_reader_open(&file->content, file->path, file->error);
    size_t got;
    if (!status)
        status = gzip_reader_read(&file->content, file->head, sizeof(file->head), &got);
    if (status || got == sizeof(file->head))
        return status;
    return fail(file->error, LENET5_ERROR_DATA,
                got ? "%s: ends inside its header, after %zu bytes" : "%s: the file is empty",
                file->path, got);
}

static enum lenet5_status ends_in_header(const struct idx_file *file, uint64_t bytes)
{
    return fail(file->error, LENET5_ERROR_DATA,
                "%s: ends inside its header, after %" PRIu64 " bytes", file->path, bytes);
}

/* The header after the count: what one item is. */
static enum lenet5_status idx_item(struct idx_file *file, bool is_images, uint64_t *header)
{
    const bool extended = !is_images && big_endian(file->head) == EXTENDED_MAGIC;
    uint8_t sizes[8] = {0};
    const size_t wanted = is_images ? 8 : extended ? 4 : 0;
    size_t got;
    enum lenet5_status status = gzip_reader_read(&file->content, sizes, wanted, &got);
    *header = sizeof(file->head) + got;
    file->rows = file->cols = 1;
    file->item = 1;
    if (status)
        return status;
    if (got < wanted)
        return ends_in_header(file, *header);
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
    uint64_t header;
    enum lenet5_status status = idx_item(file, is_images, &header);
    if (status)
        return status;
    if (!file->count)
        return fail(file->error, LENET5_ERROR_DATA, "%s: holds no %s at all", file->path,
                    is_images ? "image" : "label");

    uint64_t promised = header + (uint64_t)file->count * file->item;
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

static enum lenet5_status ends_early(const struct idx_file *file, size_t got)
{
    return fail(file->error, LENET5_ERROR_DATA,
                "%s: ends early, its header promises %zu bytes of data, found %zu", file->path,
                file->count * file->item, got);
}

static enum lenet5_status no_memory(const struct idx_file *file, size_t size)
{
    return fail(file->error, LENET5_ERROR_MEMORY, "%s: no memory for %zu bytes", file->path, size);
}

static enum lenet5_status read_pixels(struct idx_file *file, uint8_t **pixels)
{
    const size_t size = file->count * file->item;
    size_t got;
    *pixels = memory_alloc(file->count, file->item);
    if (!*pixels)
        return no_memory(file, size);
    enum lenet5_status status = gzip_reader_read(&file->content, *pixels, size, &got);
    if (!status && got < size)
        status = ends_early(file, got);
    return status ? status : gzip_reader_finish(&file->content);
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

static enum lenet5_status read_labels(struct idx_file *file, uint8_t **classes,
                                      const struct lenet5_idx_format *format)
{
    uint8_t bytes[1 << 12];
    const size_t most = sizeof(bytes) / file->item;
    enum lenet5_status status = LENET5_OK;
    *classes = memory_alloc(file->count, 1);
    if (!*classes)
        return no_memory(file, file->count);
    for (size_t first = 0; !status && first < file->count; first += most) {
        const size_t count = file->count - first < most ? file->count - first : most;
        size_t got;
        status = gzip_reader_read(&file->content, bytes, count * file->item, &got);
        if (!status && got < count * file->item)
            return ends_early(file, first * file->item + got);
        for (size_t i = 0; !status && i < count; i++)
            status = read_label(file, *classes + first + i, bytes + i * file->item, first + i,
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

static enum lenet5_status read_pair(struct lenet5_dataset **dataset, const char *images_path,
                                    const char *labels_path, const struct lenet5_idx_format *format,
                                    struct lenet5_error *error)
{
    struct idx_file images = {.path = images_path, .error = error, .content.descriptor = -1};
    struct idx_file labels = {.path = labels_path, .error = error, .content.descriptor = -1};
    uint8_t *pixels = NULL, *classes = NULL;
    enum lenet5_status status;

    if ((status = idx_open(&images)) || (status = idx_open(&labels)))
        goto done;
    if (holds_labels(&images) && big_endian(labels.head) == IMAGES_MAGIC) {
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
    if (format->transposed && images.rows != images.cols) {
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: images of %u rows and %u columns, expected square ones to transpose",
                      images_path, images.rows, images.cols);
        goto done;
    }
    if ((status = read_pixels(&images, &pixels)) ||
        (status = read_labels(&labels, &classes, format)))
        goto done;
    if (format->transposed)
        transpose(pixels, images.count, images.rows);
    status = dataset_adopt(dataset, pixels, classes, images.count, (int)images.rows,
                           (int)images.cols, format->classes, error);
    pixels = classes = NULL;
done:
    memory_free(classes);
    memory_free(pixels);
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
 * The file of a name, in the four ways it is found. Directories are passed over: some archives unpack
 * into one of each file's name.
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
    return fail(error, LENET5_ERROR_NOT_FOUND, "%s: no %s here, plain or with .gz", directory,
                name);
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
