/* NumPy's .npz: a zip archive, by libzip, with one .npy file per tensor. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/atomic_file.h"
#include "files/input_file.h"
#include "files/little_endian.h"
#include "formats.h"
#include "npy.h"
#include "weights.h"

enum {
    ARCHIVE_MAX = 1 << 30, /* bytes, as model files */
    ARRAY_NAME = SAFETENSORS_NAME + sizeof(".npy"),
    DOS_EPOCH = 1 << 5 | 1, /* 1 January 1980: the bytes depend on the network alone */
};

static enum lenet5_status refuse_zip(struct lenet5_error *error, enum lenet5_status status,
                                     const char *path, int code)
{
    zip_error_t reason;
    zip_error_init_with_code(&reason, code);
    fail(error, status, "%s: %s", path, zip_error_strerror(&reason));
    zip_error_fini(&reason);
    return status;
}

/* Adds a tensor, plain as numpy.savez does it. The archive keeps the bytes until it is closed. */
static bool add_array(zip_t *archive, const struct weights *weights,
                      const struct safetensors_tensor *tensor)
{
    char header[NPY_HEADER_MAX], name[ARRAY_NAME];
    const size_t length = npy_print(header, &tensor->shape), size = tensor->end - tensor->begin;
    char *bytes = malloc(length + size);
    if (!bytes)
        return false;
    memcpy(bytes, header, length);
    memcpy(bytes + length, weights->data + tensor->begin, size);
    zip_source_t *source = zip_source_buffer(archive, bytes, length + size, 1);
    if (!source) {
        free(bytes);
        return false;
    }
    /* The source owns the bytes. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    snprintf(name, sizeof(name), "%s.npy", tensor->name);
    const zip_int64_t index = zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(archive, (zip_uint64_t)index, 0, DOS_EPOCH, 0) == 0;
}

static enum lenet5_status write_buffer(zip_source_t *buffer, const char *path,
                                       struct lenet5_error *error)
{
    zip_stat_t stat;
    if (zip_source_stat(buffer, &stat) != 0 || zip_source_open(buffer) != 0)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    enum lenet5_status status = LENET5_OK;
    unsigned char *bytes = memory_alloc(stat.size, 1);
    if (!bytes || zip_source_read(buffer, bytes, stat.size) != (zip_int64_t)stat.size)
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    else
        status = atomic_file_write(path, bytes, stat.size, error);
    memory_free(bytes);
    zip_source_close(buffer);
    return status;
}

enum lenet5_status npz_save(const struct lenet5_network *network, const char *path,
                            struct lenet5_error *error)
{
    struct weights weights;
    enum lenet5_status status = weights_of(&weights, network, path, error);
    if (status)
        return status;
    zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *archive = buffer ? zip_open_from_source(buffer, ZIP_TRUNCATE, NULL) : NULL;
    bool ok = archive != NULL;
    if (ok)
        zip_source_keep(buffer); /* beyond the archive's end */
    for (int i = 0; ok && i < weights.file.count; i++)
        ok = add_array(archive, &weights, &weights.file.tensors[i]);
    if (ok && zip_close(archive) == 0) {
        status = write_buffer(buffer, path, error);
    } else {
        if (archive)
            zip_discard(archive);
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    }
    zip_source_free(buffer);
    weights_destroy(&weights);
    return status;
}

/* Reads exactly so many bytes. */
static bool read_all(zip_file_t *file, void *bytes, size_t size)
{
    unsigned char *next = bytes;
    while (size) {
        const zip_int64_t got = zip_fread(file, next, size);
        if (got <= 0)
            return false;
        next += got;
        size -= (size_t)got;
    }
    return true;
}

static enum lenet5_status read_values(unsigned char *values, zip_file_t *file, bool is_double,
                                      size_t count, const char *name, const char *path,
                                      struct lenet5_error *error)
{
    unsigned char bytes[sizeof(double)];
    bool ok = true;
    if (!is_double)
        ok = read_all(file, values, count * sizeof(float));
    for (size_t i = 0; is_double && ok && i < count; i++) {
        double value;
        ok = read_all(file, bytes, sizeof(bytes));
        const uint64_t bits = ok ? load_u64(bytes) : 0;
        memcpy(&value, &bits, sizeof(value));
        store_float(values + i * sizeof(float), (float)value);
    }
    /* Reading to the end also compares the checksum. */
    if (!ok || zip_fread(file, bytes, 1) != 0)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: array '%s' is damaged or does not have the %zu values of its shape", path,
                    name, count);
    return LENET5_OK;
}

/* Reads an array to where the network has a tensor of its name and shape. */
static enum lenet5_status read_array(struct weights *weights, zip_file_t *file, const char *name,
                                     const char *path, struct lenet5_error *error)
{
    const struct safetensors_tensor *tensor;
    unsigned char *values, start[NPY_START];
    char text[NPY_TEXT_MAX + 1];
    struct npy npy;
    enum lenet5_status status = weights_take(&tensor, &values, weights, name, path, error);
    if (status)
        return status;
    const size_t length = read_all(file, start, sizeof(start)) ? npy_text_length(start) : 0;
    if (!length || !read_all(file, text, length))
        return fail(error, LENET5_ERROR_DATA, "%s: '%s' is no NumPy array of version 1.0", path,
                    name);
    text[length] = '\0';
    const char *wrong = npy_parse(&npy, text);
    if (wrong)
        return fail(error, LENET5_ERROR_DATA, "%s: array '%s': %s", path, name, wrong);
    if (npy.shape.rank != tensor->shape.rank ||
        memcmp(npy.shape.sizes, tensor->shape.sizes, sizeof(npy.shape.sizes)) != 0) {
        char found[SAFETENSORS_SHAPE_TEXT], expected[SAFETENSORS_SHAPE_TEXT];
        safetensors_shape_print(found, &npy.shape);
        safetensors_shape_print(expected, &tensor->shape);
        return fail(error, LENET5_ERROR_DATA, "%s: array '%s' has shape %s, expected %s", path,
                    name, found, expected);
    }
    return read_values(values, file, npy.is_double, weights_count(tensor), name, path, error);
}

static enum lenet5_status read_entry(struct weights *weights, zip_t *archive, zip_uint64_t index,
                                     const char *path, struct lenet5_error *error)
{
    char name[ARRAY_NAME];
    const char *entry = zip_get_name(archive, index, ZIP_FL_ENC_GUESS);
    const size_t length = entry ? strlen(entry) : 0;
    if (length < 5 || length >= sizeof(name) || strcmp(entry + length - 4, ".npy") != 0)
        return fail(error, LENET5_ERROR_DATA, "%s: entry '%.64s' is no NAME.npy", path,
                    entry ? entry : "");
    snprintf(name, sizeof(name), "%.*s", (int)length - 4, entry);
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    if (!file)
        return refuse_zip(error, LENET5_ERROR_DATA, path,
                          zip_error_code_zip(zip_get_error(archive)));
    const enum lenet5_status status = read_array(weights, file, name, path, error);
    zip_fclose(file);
    return status;
}

enum lenet5_status npz_load(struct lenet5_network *network, const char *path,
                            struct lenet5_error *error)
{
    int descriptor, code = 0;
    uint64_t size = 0;
    enum lenet5_status status = input_file_open(&descriptor, &size, path, error);
    if (status)
        return status;
    if (size > ARCHIVE_MAX) {
        close(descriptor);
        return fail(error, LENET5_ERROR_DATA, "%s: has %" PRIu64 " bytes, expected at most %d",
                    path, size, ARCHIVE_MAX);
    }
    struct weights weights;
    zip_t *archive = zip_fdopen(descriptor, 0, &code);
    if (!archive) {
        close(descriptor);
        return refuse_zip(error, LENET5_ERROR_DATA, path, code);
    }
    status = weights_create(&weights, network, path, error);
    const zip_int64_t count = zip_get_num_entries(archive, 0);
    for (zip_int64_t i = 0; !status && i < count; i++)
        status = read_entry(&weights, archive, (zip_uint64_t)i, path, error);
    if (!status)
        status = weights_put(network, &weights, path, error);
    weights_destroy(&weights);
    zip_discard(archive);
    return status;
}
