/* Saves and loads networks as safetensors files. */
#include <lenet5/model_file.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "architecture_json.h"
#include "base/error.h"
#include "base/memory.h"
#include "files/atomic_file.h"
#include "files/digest.h"
#include "files/file_type.h"
#include "files/input_file.h"
#include "files/little_endian.h"
#include "model_tensors.h"
#include "network/network_internal.h"

/*
 * The SHA-256 of a whole file with architecture_no_sha256 in place of its own: the first occurrence of
 * `digits` in the header, which is overwritten. Returns the place; NULL = the digits are not there.
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
    digest_sha256_parts(hex,
                        (struct digest_part[]){{length_bytes, sizeof(length_bytes)},
                                               {header, length},
                                               {data, data_size}},
                        3);
    return place;
}

/* Headers */

/* The header of a file: its tensors, and its architecture. */
struct model_header {
    struct safetensors file;
    struct parsed_architecture parsed;
};

static void destroy_header(struct model_header *header)
{
    architecture_destroy(&header->parsed);
    safetensors_destroy(&header->file);
}

enum lenet5_status model_refuse(struct lenet5_error *error, enum lenet5_status status,
                                const char *path, const struct lenet5_error *detail)
{
    if (status == LENET5_ERROR_ARGUMENT)
        status = LENET5_ERROR_DATA;
    return fail(error, status, "%s: metadata: %s", path, detail->message);
}

/*
 * Goes through the layers as lenet5_network_create will. A layer's tensors are compared before
 * anything is made of it, so that no allocation is larger than the data the file really has.
 */
static enum lenet5_status check_layers(const struct model_header *header, const char *path,
                                       struct lenet5_error *error)
{
    const struct lenet5_architecture *architecture = &header->parsed.architecture;
    struct lenet5_shape shape = architecture->input;
    bool seen[SAFETENSORS_TENSORS] = {false};
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer *desc = &architecture->layers[i];
        if (!architecture_table_fits(&header->parsed, i, shape.c))
            return fail(error, LENET5_ERROR_DATA,
                        "%s: metadata: layer %d (%s) has %s to %zu maps, expected %d", path, i,
                        lenet5_layer_kind_string(desc->kind), desc->codes ? "codes" : "connections",
                        header->parsed.widths[i], shape.c);
        enum lenet5_status status = tensors_check_layer(seen, &header->file, desc, shape, path,
                                                        error);
        if (status)
            return status;
        struct lenet5_error detail;
        struct layer layer;
        status = layer_init(&layer, desc, shape, i, &detail);
        if (status)
            return model_refuse(error, status, path, &detail);
        shape = layer.out;
        layer_finish(&layer);
    }
    return tensors_check_rest(seen, &header->file, path, error);
}

/*
 * Reads a header of length bytes, which a NUL follows, for data_size bytes of data, and checks that the
 * tensors are exactly those of the architecture. The caller destroys *header. Errors: DATA, MEMORY.
 */
static enum lenet5_status parse_header(struct model_header *header, const char *text, size_t length,
                                       size_t data_size, const char *path,
                                       struct lenet5_error *error)
{
    enum lenet5_status status = safetensors_parse(&header->file, text, length, data_size, path,
                                                  error);
    if (status)
        return status;
    if (!header->file.metadata) {
        safetensors_destroy(&header->file);
        return fail(error, LENET5_ERROR_DATA,
                    "%s: a safetensors file without the metadata entry \"lenet5\", which holds the "
                    "architecture, the input scaling and the class names; other programs, such as "
                    "PyTorch, write none: lenet5-convert adds it",
                    path);
    }
    status = architecture_parse(&header->parsed, header->file.metadata, path, error);
    if (status) {
        safetensors_destroy(&header->file);
        return status;
    }
    status = check_layers(header, path, error);
    if (status)
        destroy_header(header);
    return status;
}

/* Saving */

static enum lenet5_status check_finite(const struct lenet5_network *network, const char *path,
                                       struct lenet5_error *error)
{
    const size_t wrong = network_first_not_finite(network);
    int layer = network->architecture.layer_count - 1;
    while (layer > 0 && network->offsets[layer] > wrong)
        layer--;
    if (wrong < network->parameter_count)
        return fail(error, LENET5_ERROR_DIVERGED,
                    "%s: not saved: a parameter of layer %s is not finite: %g", path,
                    network->layers[layer].desc.name, (double)network->parameters[wrong]);
    const struct lenet5_architecture *a = &network->architecture;
    if (!isfinite(a->scale) || !isfinite(a->shift))
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%s: not saved: scale %g and shift %g, expected finite numbers", path, a->scale,
                    a->shift);
    return LENET5_OK;
}

/*
 * Reads the header as loading would, so that a network that could not be loaded (a name of 200 bytes, or
 * one that is not UTF-8) is refused now.
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
    enum lenet5_status status = parse_header(&header, text, length, data_size, "network", &detail);
    if (status == LENET5_ERROR_DATA)
        return fail(error, LENET5_ERROR_ARGUMENT, "%s: not saved, for it could not be loaded: %s",
                    path, detail.message);
    if (status)
        return fail(error, status, "%s: %s", path, detail.message);
    destroy_header(&header);
    return LENET5_OK;
}

/* Puts the file's SHA-256 in its header, in place of the zeros that architecture_print wrote. */
static void sign(char *header, size_t length, const unsigned char *data, size_t data_size)
{
    char hex[DIGEST_HEX_SIZE];
    char *place = file_sha256(hex, header, length, architecture_no_sha256, data, data_size);
    assert(place);
    memcpy(place, hex, sizeof(hex) - 1);
}

/* The whole file as *size bytes in *image, which the caller frees, also after an error. */
static enum lenet5_status compose(unsigned char **image, size_t *size,
                                  const struct lenet5_network *network, const char *path,
                                  struct lenet5_error *error)
{
    struct safetensors file = {.metadata = architecture_print(network)};
    unsigned char *data;
    tensors_list(&file, network);
    *image = safetensors_compose(&data, size, &file);
    if (!*image) {
        safetensors_destroy(&file);
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    }
    char *header = (char *)*image + SAFETENSORS_LENGTH; /* a NUL follows: the data are still 0 */
    const size_t length = (size_t)((char *)data - header);
    const size_t data_size = *size - SAFETENSORS_LENGTH - length;
    enum lenet5_status status = check_header(header, length, data_size, path, error);
    if (!status) {
        tensors_store(data, &file, network);
        sign(header, length, data, data_size);
    }
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
    if (!status) {
        atomic_file_sweep(path);
        status = atomic_file_write(path, image, size, error);
    }
    memory_free(image);
    return status;
}

/* Loading */

/* An open file whose header has been read and whose data have not. */
struct source {
    const char *path;
    int file;
    char *header; /* the bytes of the file, and a NUL */
    size_t length, data_size;
};

static void source_close(struct source *source)
{
    memory_free(source->header);
    close(source->file);
}

static enum lenet5_status read_header(struct source *source, uint64_t size,
                                      struct lenet5_error *error)
{
    const char *path = source->path;
    const uint64_t largest = SAFETENSORS_LENGTH + SAFETENSORS_HEADER_MAX + SAFETENSORS_DATA_MAX;
    if (size > largest)
        return fail(error, LENET5_ERROR_DATA, "%s: has %" PRIu64 " bytes, expected %d to %" PRIu64,
                    path, size, SAFETENSORS_LENGTH, largest);
    unsigned char length_bytes[SAFETENSORS_LENGTH] = {0};
    const size_t head = size < sizeof(length_bytes) ? (size_t)size : sizeof(length_bytes);
    enum lenet5_status status = input_file_read_all(length_bytes, head, source->file, path, error);
    if (status)
        return status;
    uint64_t length = load_u64(length_bytes);
    if (size < SAFETENSORS_LENGTH || length > SAFETENSORS_HEADER_MAX)
        return fail(error, LENET5_ERROR_DATA, "%s: not a model file (.safetensors): it is %s", path,
                    file_type_name(length_bytes, head));
    size -= SAFETENSORS_LENGTH;
    if (length > size)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: cut off: a header of %" PRIu64 " bytes, but only %" PRIu64 " are left",
                    path, length, size);
    source->length = (size_t)length;
    source->data_size = (size_t)(size - length);
    source->header = memory_alloc(source->length + 1, 1);
    if (!source->header)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    return input_file_read_all(source->header, source->length, source->file, path, error);
}

/* The caller closes *source; after an error nothing is left open. */
static enum lenet5_status source_open(struct source *source, const char *path,
                                      struct lenet5_error *error)
{
    uint64_t size = 0;
    *source = (struct source){.path = path};
    enum lenet5_status status = input_file_open(&source->file, &size, path, error);
    if (status)
        return status;
    status = read_header(source, size, error);
    if (status)
        source_close(source);
    return status;
}

/* Compares the file with the SHA-256 in its header, if there is one. Overwrites the header's text. */
static enum lenet5_status check_sha256(const struct source *source, const char *digits,
                                       const void *data, struct lenet5_error *error)
{
    char hex[DIGEST_HEX_SIZE];
    if (!digits ||
        (file_sha256(hex, source->header, source->length, digits, data, source->data_size) &&
         strcmp(hex, digits) == 0))
        return LENET5_OK;
    return fail(error, LENET5_ERROR_DATA,
                "%s: damaged, or changed after it was saved: its SHA-256 is not that in its header",
                source->path);
}

/* sha256 is the one in the header, NULL = none. */
static enum lenet5_status read_parameters(struct lenet5_network *network,
                                          const struct source *source,
                                          const struct safetensors *tensors, const char *sha256,
                                          struct lenet5_error *error)
{
    unsigned char *data = memory_alloc(source->data_size, 1);
    if (!data)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", source->path);
    enum lenet5_status status = input_file_read_all(data, source->data_size, source->file,
                                                    source->path, error);
    if (!status)
        status = check_sha256(source, sha256, data, error);
    if (!status)
        status = tensors_load(network, data, tensors, source->path, error);
    memory_free(data);
    return status;
}

enum lenet5_status lenet5_model_load(struct lenet5_network **network, const char *path,
                                     struct lenet5_error *error)
{
    if (!network || !path)
        return fail(error, LENET5_ERROR_ARGUMENT, "loading a model needs a network and a path");
    *network = NULL;
    struct source source;
    struct model_header header;
    enum lenet5_status status = source_open(&source, path, error);
    if (status)
        return status;
    status = parse_header(&header, source.header, source.length, source.data_size, path, error);
    if (status)
        goto close_source;
    struct lenet5_error detail;
    status = lenet5_network_create(network, &header.parsed.architecture, &detail);
    if (status) {
        status = model_refuse(error, status, path, &detail);
        goto destroy_header;
    }
    status = read_parameters(*network, &source, &header.file, header.parsed.sha256, error);
    if (status) {
        lenet5_network_destroy(*network);
        *network = NULL;
    }
destroy_header:
    destroy_header(&header);
close_source:
    source_close(&source);
    return status;
}

/* Into a copy first, so that the network does not change after an error. */
static enum lenet5_status replace_parameters(struct lenet5_network *network,
                                             const struct source *source,
                                             const struct safetensors *tensors, const char *sha256,
                                             struct lenet5_error *error)
{
    struct lenet5_network *copy;
    enum lenet5_status status = tensors_check(tensors, network, source->path, error);
    if (!status)
        status = lenet5_network_copy(&copy, network, error);
    if (status)
        return status;
    status = read_parameters(copy, source, tensors, sha256, error);
    if (!status)
        memcpy(network->parameters, copy->parameters,
               network->parameter_count * sizeof(*network->parameters));
    lenet5_network_destroy(copy);
    return status;
}

enum lenet5_status lenet5_model_load_weights(struct lenet5_network *network, const char *path,
                                             struct lenet5_error *error)
{
    if (!network || !path)
        return fail(error, LENET5_ERROR_ARGUMENT, "loading weights needs a network and a path");
    struct source source;
    struct safetensors tensors;
    struct parsed_architecture own; /* of our own files, for their SHA-256 */
    enum lenet5_status status = source_open(&source, path, error);
    if (status)
        return status;
    status = safetensors_parse(&tensors, source.header, source.length, source.data_size, path,
                               error);
    if (status)
        goto close_source;
    if (!tensors.metadata) {
        status = replace_parameters(network, &source, &tensors, NULL, error);
    } else if (!(status = architecture_parse(&own, tensors.metadata, path, error))) {
        status = replace_parameters(network, &source, &tensors, own.sha256, error);
        architecture_destroy(&own);
    }
    safetensors_destroy(&tensors);
close_source:
    source_close(&source);
    return status;
}
