/* The JSON text that a model file keeps its architecture in; docs/model-file.md describes it. */
#ifndef ARCHITECTURE_JSON_H
#define ARCHITECTURE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "network/network_internal.h"

enum {
    ARCHITECTURE_VERSION = 1,
    ARCHITECTURE_NAME = 100, /* bytes of a layer's name */
};

/* An architecture as read. It is not checked beyond single values: layers may not fit each other. */
struct parsed_architecture {
    struct lenet5_architecture architecture; /* points into what follows */
    struct lenet5_layer layers[NETWORK_MAX_LAYERS];
    uint8_t *tables[NETWORK_MAX_LAYERS]; /* connections or codes, (outputs, widths[i]) */
    size_t widths[NETWORK_MAX_LAYERS];
    const char **classes;
    const char
        *sha256; /* of the file, as its writer computed it: 64 digits; NULL = not in the file */
    struct cJSON *json;
};

/* Takes the place of the file's SHA-256 while that is computed. */
extern const char architecture_no_sha256[];

/*
 * The JSON text, with architecture_no_sha256 in place of the SHA-256. Free it with memory_free; NULL
 * without memory. Numbers must be finite.
 */
char *architecture_print(const struct lenet5_network *network);

/* The caller destroys *parsed. Errors: DATA, MEMORY. */
enum lenet5_status architecture_parse(struct parsed_architecture *parsed, const char *json,
                                      const char *path, struct lenet5_error *error);

/* Whether layer i's table of connections or codes, if it has one, is as wide as its input has maps. */
static inline bool architecture_table_fits(const struct parsed_architecture *parsed, int i,
                                           int inputs)
{
    return (!parsed->layers[i].connections && !parsed->layers[i].codes) ||
           parsed->widths[i] == (size_t)inputs;
}

/* Frees what parsed holds. */
void architecture_destroy(struct parsed_architecture *parsed);

#endif
