/* Networks to safetensors files and back: which tensor is which stretch of the parameter vector. */
#include <lenet5/model_file.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "../error.h"
#include "../memory.h"
#include "../network.h"
#include "atomic_file.h"
#include "digest.h"
#include "input_file.h"
#include "little_endian.h"
#include "model_header.h"

/*
 * The weights as blocks that either are parameters, one after the other, or are left out by a table
 * of connections: the kernels of a convolution, and all of a dense layer.
 */
struct blocks {
    size_t count, size;
    const int *index; /* which of the parameters' blocks each is, -1 = none; NULL = the only one */
};

static struct blocks weight_blocks(const struct layer *layer)
{
    if (layer->row.kind != LENET5_CONV)
        return (struct blocks){1, layer->weight_count, NULL};
    return (struct blocks){
        .count = (size_t)layer->row.outputs * (size_t)layer->in.c,
        .size = (size_t)layer->row.kernel.h * (size_t)layer->row.kernel.w,
        .index = layer->kernels,
    };
}

static void store_floats(unsigned char *data, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store_float(data + i * sizeof(float), values[i]);
}

/* data is that of the whole file, all zero where nothing was written. */
static void store_layer(unsigned char *data, const struct safetensors *file,
                        const struct layer *layer, const float *parameters)
{
    struct safetensors_tensor pair[2];
    if (!model_tensors(pair, &layer->row, layer->in))
        return;
    struct blocks blocks = weight_blocks(layer);
    unsigned char *weights = data + safetensors_find(file, pair[0].name)->begin;
    for (size_t k = 0; k < blocks.count; k++, weights += blocks.size * sizeof(float)) {
        int index = blocks.index ? blocks.index[k] : 0;
        if (index >= 0)
            store_floats(weights, parameters + (size_t)index * blocks.size, blocks.size);
    }
    store_floats(data + safetensors_find(file, pair[1].name)->begin,
                 parameters + layer->weight_count, layer->bias_count);
}

/* Reads count values into values or, where that is NULL, expects them to be zero. */
static enum lenet5_status load_floats(float *values, const unsigned char *data, size_t count,
                                      const char *path, const char *name,
                                      struct lenet5_error *error)
{
    for (size_t i = 0; i < count; i++) {
        float value = load_float(data + i * sizeof(float));
        if (!isfinite(value))
            return fail(error, LENET5_ERROR_DATA,
                        "%s: tensor '%s' has a value that is not finite: %g", path, name, value);
        if (values)
            values[i] = value;
        else if (value != 0)
            return fail(error, LENET5_ERROR_DATA,
                        "%s: tensor '%s' has %g where there is no connection, expected 0", path,
                        name, value);
    }
    return LENET5_OK;
}

static enum lenet5_status load_layer(float *parameters, const unsigned char *data,
                                     const struct safetensors *file, const struct layer *layer,
                                     const char *path, struct lenet5_error *error)
{
    struct safetensors_tensor pair[2];
    if (!model_tensors(pair, &layer->row, layer->in))
        return LENET5_OK;
    struct blocks blocks = weight_blocks(layer);
    const unsigned char *weights = data + safetensors_find(file, pair[0].name)->begin;
    enum lenet5_status status = LENET5_OK;
    for (size_t k = 0; !status && k < blocks.count; k++, weights += blocks.size * sizeof(float)) {
        int index = blocks.index ? blocks.index[k] : 0;
        status = load_floats(index < 0 ? NULL : parameters + (size_t)index * blocks.size, weights,
                             blocks.size, path, pair[0].name, error);
    }
    if (status)
        return status;
    return load_floats(parameters + layer->weight_count,
                       data + safetensors_find(file, pair[1].name)->begin, layer->bias_count, path,
                       pair[1].name, error);
}

/*
 * The SHA-256 of a whole file in which digits stand where its own SHA-256 belongs: their first place in
 * the header, which is set to architecture_no_sha256. NULL where they are not in the header as they are.
 */
static char *file_sha256(char hex[DIGEST_HEX_SIZE], char *header, size_t length, const char *digits,
                         const void *data, size_t data_size)
{
    unsigned char length_bytes[SAFETENSORS_LENGTH];
    char *place = strstr(header, digits);
    if (!place)
        return NULL;
    store_u64(length_bytes, length);
    memcpy(place, architecture_no_sha256, DIGEST_HEX_SIZE - 1);
    digest_sha256_pieces(hex,
                         (struct digest_piece[]){{length_bytes, sizeof(length_bytes)},
                                                 {header, length},
                                                 {data, data_size}},
                         3);
    return place;
}

/* Saving */

static enum lenet5_status check_finite(const struct lenet5_network *network, const char *path,
                                       struct lenet5_error *error)
{
    for (int i = 0; i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        const float *values = network->parameters + network->offsets[i];
        for (size_t k = 0; k < layer->weight_count + layer->bias_count; k++)
            if (!isfinite(values[k]))
                return fail(error, LENET5_ERROR_DIVERGED,
                            "%s: not saved: a parameter of layer %s is not finite: %g", path,
                            layer->row.name, values[k]);
    }
    const struct lenet5_architecture *a = &network->architecture;
    if (!isfinite(a->scale) || !isfinite(a->shift))
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%s: not saved: scale %g and shift %g, expected finite numbers", path, a->scale,
                    a->shift);
    return LENET5_OK;
}

/*
 * The header goes through all that loading would put it through, so that a network which could not
 * come back (a name of 200 bytes, or one that is not UTF-8) is refused while there is still time.
 */
static enum lenet5_status check_header(const char *text, size_t length, size_t data_size,
                                       const char *path, struct lenet5_error *error)
{
    struct lenet5_error detail;
    struct model_header header;
    if (length > SAFETENSORS_HEADER_MAX || data_size > SAFETENSORS_DATA_MAX)
        return fail(
            error, LENET5_ERROR_ARGUMENT,
            "%s: not saved: header of %zu and data of %zu bytes, expected at most %d and %d", path,
            length, data_size, SAFETENSORS_HEADER_MAX, SAFETENSORS_DATA_MAX);
    enum lenet5_status status = model_header_parse(&header, text, length, data_size, "network",
                                                   &detail);
    if (status == LENET5_ERROR_DATA)
        return fail(error, LENET5_ERROR_ARGUMENT, "%s: not saved, for it could not be loaded: %s",
                    path, detail.message);
    if (status)
        return fail(error, status, "%s: %s", path, detail.message);
    model_header_destroy(&header);
    return LENET5_OK;
}

/* The whole file as *size bytes in *image, which the caller frees. */
static enum lenet5_status compose(unsigned char **image, size_t *size,
                                  const struct lenet5_network *network, const char *path,
                                  struct lenet5_error *error)
{
    struct safetensors file = {.metadata = architecture_print(network)};
    int rows = network->architecture.layer_count;
    assert(2 * rows <= SAFETENSORS_TENSORS);
    for (int i = 0; i < rows; i++) {
        const struct layer *layer = &network->layers[i];
        file.count += model_tensors(&file.tensors[file.count], &layer->row, layer->in);
    }
    size_t length = 0, data_size = 0;
    char *text = file.metadata ? safetensors_print(&file, &length) : NULL;
    enum lenet5_status status = LENET5_OK;
    if (!text) {
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
        goto destroy_file;
    }
    if (file.count)
        data_size = file.tensors[file.count - 1].end;
    status = check_header(text, length, data_size, path, error);
    if (status)
        goto free_text;

    *size = SAFETENSORS_LENGTH + length + data_size;
    *image = memory_alloc(*size, 1);
    if (!*image) {
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
        goto free_text;
    }
    unsigned char *data = *image + SAFETENSORS_LENGTH + length;
    for (int i = 0; i < rows; i++)
        store_layer(data, &file, &network->layers[i], network->parameters + network->offsets[i]);
    char hex[DIGEST_HEX_SIZE];
    char *place = file_sha256(hex, text, length, architecture_no_sha256, data, data_size);
    memcpy(place, hex, sizeof(hex) - 1);
    store_u64(*image, length);
    memcpy(*image + SAFETENSORS_LENGTH, text, length);
free_text:
    memory_free(text);
destroy_file:
    safetensors_destroy(&file);
    return status;
}

enum lenet5_status lenet5_model_save(const struct lenet5_network *network, const char *path,
                                     struct lenet5_error *error)
{
    if (!network || !path)
        return fail(error, LENET5_ERROR_ARGUMENT, "saving a model needs a network and a path");
    enum lenet5_status status = check_finite(network, path, error);
    if (status)
        return status;
    unsigned char *image;
    size_t size;
    status = compose(&image, &size, network, path, error);
    if (status)
        return status;
    atomic_file_sweep(path);
    status = atomic_file_write(path, image, size, error);
    memory_free(image);
    return status;
}

/* Loading */

/* A header as it stands in the file, a NUL after it; the caller frees at. */
struct header_text {
    char *at;
    size_t length;
};

/* Reads the header of a file of size bytes; *data_size bytes of data are left to read then. */
static enum lenet5_status read_header(struct model_header *header, struct header_text *text,
                                      size_t *data_size, int file, uint64_t size, const char *path,
                                      struct lenet5_error *error)
{
    const uint64_t largest = SAFETENSORS_LENGTH + SAFETENSORS_HEADER_MAX + SAFETENSORS_DATA_MAX;
    if (size < SAFETENSORS_LENGTH || size > largest)
        return fail(error, LENET5_ERROR_DATA, "%s: has %" PRIu64 " bytes, expected %d to %" PRIu64,
                    path, size, SAFETENSORS_LENGTH, largest);
    unsigned char length_bytes[SAFETENSORS_LENGTH];
    enum lenet5_status status = input_file_read_all(length_bytes, sizeof(length_bytes), file, path,
                                                    error);
    if (status)
        return status;
    size -= SAFETENSORS_LENGTH;
    uint64_t length = load_u64(length_bytes);
    if (length > SAFETENSORS_HEADER_MAX)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: not a safetensors file: a header of %" PRIu64
                    " bytes, expected at most %d",
                    path, length, SAFETENSORS_HEADER_MAX);
    if (length > size)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: cut off: a header of %" PRIu64 " bytes, but only %" PRIu64 " are left",
                    path, length, size);
    *text = (struct header_text){memory_alloc((size_t)length + 1, 1), (size_t)length};
    if (!text->at)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    *data_size = (size_t)(size - length);
    status = input_file_read_all(text->at, text->length, file, path, error);
    if (!status)
        status = model_header_parse(header, text->at, text->length, *data_size, path, error);
    return status;
}

/* The file against the SHA-256 it carries, if it does. Overwrites the header's text. */
static enum lenet5_status check_sha256(const struct header_text *text, const char *digits,
                                       const void *data, size_t data_size, const char *path,
                                       struct lenet5_error *error)
{
    char hex[DIGEST_HEX_SIZE];
    if (!digits || (file_sha256(hex, text->at, text->length, digits, data, data_size) &&
                    strcmp(hex, digits) == 0))
        return LENET5_OK;
    return fail(error, LENET5_ERROR_DATA,
                "%s: damaged, or changed after it was saved: it is not what its sha256 says", path);
}

static enum lenet5_status read_parameters(struct lenet5_network *network, int file,
                                          const struct model_header *header,
                                          const struct header_text *text, size_t data_size,
                                          const char *path, struct lenet5_error *error)
{
    unsigned char *data = memory_alloc(data_size, 1);
    if (!data)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    enum lenet5_status status = input_file_read_all(data, data_size, file, path, error);
    if (!status)
        status = check_sha256(text, header->text.sha256, data, data_size, path, error);
    for (int i = 0; !status && i < network->architecture.layer_count; i++)
        status = load_layer(network->parameters + network->offsets[i], data, &header->file,
                            &network->layers[i], path, error);
    memory_free(data);
    return status;
}

enum lenet5_status lenet5_model_load(struct lenet5_network **network, const char *path,
                                     struct lenet5_error *error)
{
    if (!network || !path)
        return fail(error, LENET5_ERROR_ARGUMENT, "loading a model needs a place and a path");
    *network = NULL;
    int file;
    uint64_t size = 0;
    size_t data_size = 0;
    enum lenet5_status status = input_file_open(&file, &size, path, error);
    if (status)
        return status;
    struct model_header header;
    struct header_text text = {NULL, 0};
    status = read_header(&header, &text, &data_size, file, size, path, error);
    if (status)
        goto free_text;
    struct lenet5_error detail;
    status = lenet5_network_create(network, &header.text.architecture, &detail);
    if (status) {
        status = model_refuse(error, status, path, &detail);
        goto destroy_header;
    }
    status = read_parameters(*network, file, &header, &text, data_size, path, error);
    if (status) {
        lenet5_network_destroy(*network);
        *network = NULL;
    }
destroy_header:
    model_header_destroy(&header);
free_text:
    memory_free(text.at);
    close(file);
    return status;
}
