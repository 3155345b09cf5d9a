/* The checks that cJSON lacks, and numbers that do not depend on the locale. */
#include "json.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* The number of bytes of the UTF-8 sequence at s; 0 = it is not valid (RFC 3629). */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    size_t more = s[0] < 0x80 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
    if ((s[0] >= 0x80 && s[0] < 0xc0) || s[0] >= 0xf8 || left <= more)
        return 0;
    uint32_t code = more ? s[0] & (0x3f >> more) : s[0];
    for (size_t k = 1; k <= more; k++) {
        if ((s[k] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[k] & 0x3f);
    }
    if (code < smallest[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    return more + 1;
}

/*
 * Refuses what cJSON accepts: broken UTF-8, raw control characters (for cJSON all are white space), and
 * \u0000, which would end the C string early and make two different names equal.
 */
static enum lenet5_status check_text(const char *text, size_t length, const char *path,
                                     const char *what, struct lenet5_error *error)
{
    size_t step;
    for (size_t i = 0; i < length; i += step) {
        unsigned char c = (unsigned char)text[i];
        step = utf8_sequence((const unsigned char *)text + i, length - i);
        if (step == 0)
            return fail(error, LENET5_ERROR_DATA, "%s: byte %zu of the %s is not UTF-8", path, i,
                        what);
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return fail(error, LENET5_ERROR_DATA,
                        "%s: byte %zu of the %s is the control character 0x%02x", path, i, what, c);
        if (c != '\\' || i + 1 == length)
            continue;
        if (strncmp(text + i, "\\u0000", 6) == 0)
            return fail(error, LENET5_ERROR_DATA, "%s: byte %zu of the %s is an escaped NUL", path,
                        i, what);
        step = text[i + 1] == '\\' ? 2 : 1;
    }
    return LENET5_OK;
}

static enum lenet5_status check_tree(const cJSON *tree, int depth, const char *path,
                                     const char *what, struct lenet5_error *error)
{
    if (tree->child && depth > JSON_DEPTH)
        return fail(error, LENET5_ERROR_DATA, "%s: the %s is nested deeper than %d levels", path,
                    what, JSON_DEPTH);
    int members = 0;
    for (const cJSON *child = tree->child; child; child = child->next) {
        if (cJSON_IsObject(tree)) {
            if (++members > JSON_MEMBERS)
                return fail(error, LENET5_ERROR_DATA,
                            "%s: the %s has an object of more than %d members", path, what,
                            JSON_MEMBERS);
            for (const cJSON *other = tree->child; other != child; other = other->next)
                if (strcmp(other->string, child->string) == 0)
                    return fail(error, LENET5_ERROR_DATA, "%s: the %s has '%s' twice", path, what,
                                child->string);
        }
        enum lenet5_status status = check_tree(child, depth + 1, path, what, error);
        if (status)
            return status;
    }
    return LENET5_OK;
}

/*
 * Sets the C locale for this thread, so that strtod expects a decimal point and not German's comma. NULL
 * without memory.
 */
static locale_t numbers_begin(locale_t *host)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *host = plain ? uselocale(plain) : (locale_t)0;
    return plain;
}

static void numbers_end(locale_t plain, locale_t host)
{
    uselocale(host);
    freelocale(plain);
}

enum lenet5_status json_parse(cJSON **json, const char *text, size_t length, const char *path,
                              const char *what, struct lenet5_error *error)
{
    enum lenet5_status status = check_text(text, length, path, what, error);
    if (status)
        return status;
    if (text[0] != '{')
        return fail(error, LENET5_ERROR_DATA, "%s: the %s does not begin with '{'", path, what);

    locale_t host, plain = numbers_begin(&host);
    if (!plain)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    const char *end = text;
    errno = 0; /* cJSON reports a failed malloc in no other way */
    cJSON *tree = cJSON_ParseWithOpts(text, &end, 0);
    int reason = errno;
    numbers_end(plain, host);
    if (!tree && reason == ENOMEM)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    if (!tree)
        return fail(error, LENET5_ERROR_DATA, "%s: the %s is not JSON near byte %td", path, what,
                    end - text);

    size_t used = (size_t)(end - text);
    used += strspn(end, " ");
    if (used != length)
        status = fail(error, LENET5_ERROR_DATA, "%s: the %s continues at byte %zu after its JSON",
                      path, what, used);
    else
        status = check_tree(tree, 1, path, what, error);
    if (status) {
        cJSON_Delete(tree);
        return status;
    }
    *json = tree;
    return LENET5_OK;
}

bool json_integer(int64_t *value, const cJSON *item, int64_t min, int64_t max)
{
    if (!cJSON_IsNumber(item))
        return false;
    double number = item->valuedouble;
    if (!(number >= (double)min && number <= (double)max) || number != trunc(number))
        return false;
    *value = (int64_t)number;
    return true;
}

/* The shortest text, of `digits` digits or more, that reads back as the value. */
static cJSON *shortest(double value, int digits, bool is_float)
{
    locale_t host, plain = numbers_begin(&host);
    if (!plain)
        return NULL;
    char text[32];
    double back;
    do {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        back = is_float ? (double)strtof(text, NULL) : strtod(text, NULL);
    } while (digits++ < (is_float ? 9 : 17) && back != value);
    numbers_end(plain, host);
    return cJSON_CreateRaw(text);
}

cJSON *json_float(float value)
{
    return shortest((double)value, 1, true);
}

cJSON *json_double(double value)
{
    return shortest(value, 15, false); /* fewer digits would write 60 as 6e+01 */
}

char *json_to_text(cJSON *json)
{
    char *printed = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    char *text = printed ? memory_strdup(printed) : NULL;
    cJSON_free(printed);
    return text;
}

bool json_add(cJSON *parent, const char *name, cJSON *item)
{
    if (name ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item))
        return true;
    cJSON_Delete(item);
    return false;
}
