/* What stands before the data of a model file, and whether all of it fits together. */
#ifndef MODEL_HEADER_H
#define MODEL_HEADER_H

#include <lenet5/network.h>
#include <stddef.h>

#include "architecture_json.h"
#include "safetensors.h"

struct model_header {
    struct safetensors file;
    struct architecture_text text;
};

/*
 * Reads a header of length bytes, which a NUL follows, to data_size bytes of data. Every tensor
 * then is the one that the architecture asks for. The caller destroys *header.
 * Errors: DATA, MEMORY.
 */
enum lenet5_status model_header_parse(struct model_header *header, const char *text, size_t length,
                                      size_t data_size, const char *path,
                                      struct lenet5_error *error);

/* Frees what header holds. */
void model_header_destroy(struct model_header *header);

/* What create says of an architecture, as a complaint about the file it came from. */
enum lenet5_status model_refuse(struct lenet5_error *error, enum lenet5_status status,
                                const char *path, const struct lenet5_error *detail);

#endif
