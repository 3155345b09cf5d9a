/*
 * Strict JSON for files of unknown origin. cJSON alone accepts invalid UTF-8, control characters,
 * duplicate names and a thousand levels, and its numbers depend on the locale.
 */
#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <lenet5/status.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    JSON_DEPTH = 4,     /* objects and arrays inside each other */
    JSON_MEMBERS = 256, /* of one object */
};

/*
 * Parses one object of length bytes, then nothing but spaces, then a NUL that is not counted. what
 * names it in messages. The caller deletes *json.
 * Errors: DATA, MEMORY.
 */
enum lenet5_status json_parse(cJSON **json, const char *text, size_t length, const char *path,
                              const char *what, struct lenet5_error *error);

/* Whether item is a whole number of min to max, which *value then is; max at most 2^53. */
bool json_integer(int64_t *value, const cJSON *item, int64_t min, int64_t max);

/* The shortest number that reads back as the same value, which is finite; NULL without memory. */
cJSON *json_float(float value);
cJSON *json_double(double value); /* 15 digits if they do */

/*
 * Moves item into an object or, without a name, into an array. False without memory: item is deleted.
 * parent and item may be NULL, which counts as without memory.
 */
bool json_add(cJSON *parent, const char *name, cJSON *item);

/* json as text, without spaces; json is deleted. Free it with memory_free; NULL without memory. */
char *json_to_text(cJSON *json);

#endif
