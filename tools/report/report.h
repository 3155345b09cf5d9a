/* JSON results: a document is built value by value and printed once. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

/*
 * Each adds a value to an object under a key or, with key NULL, to the end of an array. Out of memory
 * ends the program.
 */
struct cJSON *report_object(struct cJSON *parent, const char *key);
struct cJSON *report_array(struct cJSON *parent, const char *key);

/* A document that says which of docs/schema it follows, "lenet5-train/1". */
struct cJSON *report_document(const char *schema);

/* The fewest digits that read back as the same double; what is not finite becomes null. */
void report_real(struct cJSON *parent, const char *key, double value);
void report_count(struct cJSON *parent, const char *key, uint64_t value);

void report_truth(struct cJSON *parent, const char *key, bool value);

/* Bytes that are not UTF-8, which file names may contain, become U+FFFD; NULL becomes null. */
void report_text(struct cJSON *parent, const char *key, const char *text);

/* The document's text, which the caller frees. */
char *report_string(const struct cJSON *document);

/* Accepts NULL. */
void report_free(struct cJSON *document);

/* Prints the document on stdout and frees it. */
void report_print(struct cJSON *document);

#endif
