/* Reads the header of a model file and checks that architecture and tensors agree. */
#ifndef MODEL_HEADER_H
#define MODEL_HEADER_H

#include <lenet5/network.h>
#include <stddef.h>

#include "architecture_json.h"
#include "safetensors.h"

struct model_header {
    struct safetensors file;
    struct parsed_architecture parsed;
};

/*
 * Reads a header of length bytes, which a NUL follows, for data_size bytes of data, and checks that the
 * tensors are exactly those of the architecture. The caller destroys *header.
 * Errors: DATA, MEMORY.
 */
enum lenet5_status model_header_parse(struct model_header *header, const char *text, size_t length,
                                      size_t data_size, const char *path,
                                      struct lenet5_error *error);

/* Frees what header holds. */
void model_header_destroy(struct model_header *header);

/* Fails with the message of lenet5_network_create, preceded by the path of the file. */
enum lenet5_status model_refuse(struct lenet5_error *error, enum lenet5_status status,
                                const char *path, const struct lenet5_error *detail);

#endif
