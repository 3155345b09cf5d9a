#include "json_output.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"

static void *checked(void *memory)
{
    if (!memory)
        exit(cli_error(CLI_MEMORY, "out of memory"));
    return memory;
}

static struct cJSON *add(struct cJSON *parent, const char *key, struct cJSON *item)
{
    checked(item);
    if (parent &&
        !(key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item))) {
        cJSON_Delete(item);
        checked(NULL);
    }
    return item;
}

struct cJSON *json_object(struct cJSON *parent, const char *key)
{
    return add(parent, key, cJSON_CreateObject());
}

struct cJSON *json_document(const char *schema)
{
    struct cJSON *document = json_object(NULL, NULL);
    json_text(document, "schema", schema);
    return document;
}

struct cJSON *json_array(struct cJSON *parent, const char *key)
{
    return add(parent, key, cJSON_CreateArray());
}

/* cJSON's own numbers may be wrong in the last bit. */
void json_real(struct cJSON *parent, const char *key, double value)
{
    char text[32] = "null";
    for (int digits = 15; isfinite(value) && digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    add(parent, key, cJSON_CreateRaw(text));
}

void json_count(struct cJSON *parent, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    add(parent, key, cJSON_CreateRaw(text));
}

/* The bytes of the UTF-8 character that text starts with (Unicode's table 3-7), 0 if it is none. */
static size_t character_length(const unsigned char *text)
{
    unsigned char first = text[0], second = text[1];
    if (first < 0x80)
        return 1;
    size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

void json_bool(struct cJSON *parent, const char *key, bool value)
{
    add(parent, key, cJSON_CreateBool(value));
}

void json_text(struct cJSON *parent, const char *key, const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    if (!text) {
        add(parent, key, cJSON_CreateNull());
        return;
    }
    char *clean = checked(malloc(3 * strlen(text) + 1)), *end = clean;
    while (*text) {
        size_t length = character_length((const unsigned char *)text);
        memcpy(end, length ? text : replacement, length ? length : 3);
        end += length ? length : 3;
        text += length ? length : 1;
    }
    *end = '\0';
    add(parent, key, cJSON_CreateString(clean));
    free(clean);
}

char *json_serialize(const struct cJSON *document)
{
    return checked(cJSON_Print(document));
}

void json_free(struct cJSON *document)
{
    cJSON_Delete(document);
}

void json_print(struct cJSON *document)
{
    char *text = json_serialize(document);
    puts(text);
    free(text);
    cJSON_Delete(document);
}
