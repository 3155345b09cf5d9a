/* JSON results: a document is built value by value and printed once. */
#ifndef JSON_OUTPUT_H
#define JSON_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

/*
 * Each function adds a value to an object under a key or, with key NULL, to the end of an array. The
 * program ends if memory runs out.
 */
struct cJSON *json_object(struct cJSON *parent, const char *key);
struct cJSON *json_array(struct cJSON *parent, const char *key);

/* A document that names its schema in docs/schema, "lenet5-train/1". */
struct cJSON *json_document(const char *schema);

/* The fewest digits that read back as the same double; infinities and NaN become null. */
void json_real(struct cJSON *parent, const char *key, double value);
void json_count(struct cJSON *parent, const char *key, uint64_t value);

void json_bool(struct cJSON *parent, const char *key, bool value);

/* Bytes that are not UTF-8, which file names may contain, become U+FFFD; NULL becomes null. */
void json_text(struct cJSON *parent, const char *key, const char *text);

/* The document's text, which the caller frees. */
char *json_serialize(const struct cJSON *document);

/* Accepts NULL. */
void json_free(struct cJSON *document);

/* Prints the document on stdout and frees it. */
void json_print(struct cJSON *document);

#endif
