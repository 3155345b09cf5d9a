/* The JSON text that a model file keeps its architecture in; docs/model-file.md describes it. */
#ifndef ARCHITECTURE_JSON_H
#define ARCHITECTURE_JSON_H

#include <lenet5/network.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ARCHITECTURE_VERSION = 1,
    ARCHITECTURE_ROWS = 64,
    ARCHITECTURE_NAME = 100, /* bytes of a layer's name */
};

/* An architecture as read. It is not checked beyond single values: rows may not fit each other. */
struct architecture_text {
    struct lenet5_architecture architecture; /* points into what follows */
    struct lenet5_layer rows[ARCHITECTURE_ROWS];
    uint8_t *tables[ARCHITECTURE_ROWS]; /* the rows' connections or codes, (outputs, widths[row]) */
    size_t widths[ARCHITECTURE_ROWS];
    const char **classes;
    const char *sha256; /* of the file, as its writer found it: 64 digits; NULL = it does not say */
    struct cJSON *json;
};

/* What stands in for the file's SHA-256 while that is worked out. */
extern const char architecture_no_sha256[];

/*
 * With architecture_no_sha256 where the file's digits belong. Free it with memory_free; NULL without
 * memory. Numbers must be finite.
 */
char *architecture_print(const struct lenet5_network *network);

/* The caller destroys *text. Errors: DATA, MEMORY. */
enum lenet5_status architecture_parse(struct architecture_text *text, const char *json,
                                      const char *path, struct lenet5_error *error);

/* Whether a row's table of connections or codes, if it has one, is as wide as its input has maps. */
static inline bool architecture_table_fits(const struct architecture_text *text, int row,
                                           int inputs)
{
    return (!text->rows[row].connections && !text->rows[row].codes) ||
           text->widths[row] == (size_t)inputs;
}

/* Frees what text holds. */
void architecture_destroy(struct architecture_text *text);

#endif
