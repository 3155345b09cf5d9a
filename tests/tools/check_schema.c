/*
 * check-schema SCHEMA [DOCUMENT]: whether a JSON document, of standard input unless it is named, follows a JSON
 * Schema. Knows the keywords that docs/schema uses and refuses a schema with others, so that none of them can be
 * overlooked. Exit status 0, or 1 and a line with the place.
 */
#include <cjson/cJSON.h>
#include <math.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 512 };

static char problem[2 * PATH_SIZE]; /* the first one */

static bool wrong(const char *path, const char *what, const char *detail)
{
    if (!*problem)
        snprintf(problem, sizeof(problem), "%s: %s %s", *path ? path : "/", what, detail);
    return false;
}

static bool has_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "object") == 0)
        return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0)
        return cJSON_IsArray(value);
    if (strcmp(type, "string") == 0)
        return cJSON_IsString(value);
    if (strcmp(type, "boolean") == 0)
        return cJSON_IsBool(value);
    if (strcmp(type, "null") == 0)
        return cJSON_IsNull(value);
    if (strcmp(type, "number") == 0)
        return cJSON_IsNumber(value);
    return strcmp(type, "integer") == 0 && cJSON_IsNumber(value) &&
           value->valuedouble == floor(value->valuedouble);
}

static bool follows(const cJSON *value, const cJSON *schema, const char *path);

static bool check_type(const cJSON *value, const cJSON *types, const char *path)
{
    if (cJSON_IsString(types))
        return has_type(value, types->valuestring) || wrong(path, "is no", types->valuestring);
    const cJSON *type;
    cJSON_ArrayForEach(type, types) if (has_type(value, type->valuestring)) return true;
    return wrong(path, "has none of the types", "allowed");
}

static bool check_properties(const cJSON *value, const cJSON *properties, const char *path)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, value)
    {
        char below[PATH_SIZE];
        snprintf(below, sizeof(below), "%s/%s", path, member->string);
        const cJSON *schema = cJSON_GetObjectItemCaseSensitive(properties, member->string);
        if (schema && !follows(member, schema, below))
            return false;
    }
    return true;
}

static bool check_others(const cJSON *value, const cJSON *schema, const char *path)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties"), *member;
    cJSON_ArrayForEach(member, value)
    {
        if (!cJSON_GetObjectItemCaseSensitive(properties, member->string))
            return wrong(path, "has a member that is not described:", member->string);
    }
    return true;
}

static bool check_required(const cJSON *value, const cJSON *names, const char *path)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        if (cJSON_IsObject(value) && !cJSON_GetObjectItemCaseSensitive(value, name->valuestring))
            return wrong(path, "lacks", name->valuestring);
    }
    return true;
}

static bool check_items(const cJSON *value, const cJSON *schema, const char *path)
{
    const cJSON *item;
    int i = 0;
    if (!cJSON_IsArray(value))
        return true;
    cJSON_ArrayForEach(item, value)
    {
        char below[PATH_SIZE];
        snprintf(below, sizeof(below), "%s/%d", path, i++);
        if (!follows(item, schema, below))
            return false;
    }
    return true;
}

static bool check_enum(const cJSON *value, const cJSON *choices, const char *path)
{
    const cJSON *choice;
    cJSON_ArrayForEach(choice, choices) if (cJSON_Compare(value, choice, true)) return true;
    return wrong(path, "is none of the values", "allowed");
}

static bool check_one_of(const cJSON *value, const cJSON *schemas, const char *path)
{
    const cJSON *schema;
    int matches = 0;
    char kept[sizeof(problem)];
    memcpy(kept, problem, sizeof(kept));
    cJSON_ArrayForEach(schema, schemas) matches += follows(value, schema, path);
    memcpy(problem, kept, sizeof(kept));
    return matches == 1 || wrong(path, "follows not exactly one", "of the alternatives");
}

static bool check_pattern(const cJSON *value, const char *pattern, const char *path)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB))
        return wrong(path, "has a pattern that is none:", pattern);
    const bool matches = !cJSON_IsString(value) || !regexec(&regex, value->valuestring, 0, NULL, 0);
    regfree(&regex);
    return matches || wrong(path, "does not match", pattern);
}

static bool check_keyword(const cJSON *value, const cJSON *schema, const cJSON *keyword,
                          const char *path)
{
    const char *name = keyword->string;
    const bool number = cJSON_IsNumber(value), array = cJSON_IsArray(value);
    if (strcmp(name, "type") == 0)
        return check_type(value, keyword, path);
    if (strcmp(name, "properties") == 0)
        return check_properties(value, keyword, path);
    if (strcmp(name, "additionalProperties") == 0 && cJSON_IsFalse(keyword))
        return check_others(value, schema, path);
    if (strcmp(name, "required") == 0)
        return check_required(value, keyword, path);
    if (strcmp(name, "items") == 0)
        return check_items(value, keyword, path);
    if (strcmp(name, "enum") == 0)
        return check_enum(value, keyword, path);
    if (strcmp(name, "oneOf") == 0)
        return check_one_of(value, keyword, path);
    if (strcmp(name, "pattern") == 0)
        return check_pattern(value, keyword->valuestring, path);
    if (strcmp(name, "minimum") == 0)
        return !number || value->valuedouble >= keyword->valuedouble ||
               wrong(path, "is below", "its minimum");
    if (strcmp(name, "maximum") == 0)
        return !number || value->valuedouble <= keyword->valuedouble ||
               wrong(path, "is above", "its maximum");
    if (strcmp(name, "minItems") == 0)
        return !array || cJSON_GetArraySize(value) >= keyword->valueint ||
               wrong(path, "has", "too few items");
    if (strcmp(name, "maxItems") == 0)
        return !array || cJSON_GetArraySize(value) <= keyword->valueint ||
               wrong(path, "has", "too many items");
    if (strcmp(name, "$schema") == 0 || strcmp(name, "title") == 0 ||
        strcmp(name, "description") == 0)
        return true;
    return wrong(path, "has a schema with an unknown keyword:", name);
}

static bool follows(const cJSON *value, const cJSON *schema, const char *path)
{
    const cJSON *keyword;
    cJSON_ArrayForEach(keyword,
                       schema) if (!check_keyword(value, schema, keyword, path)) return false;
    return true;
}

static cJSON *read_json(const char *path)
{
    static char text[1 << 20];
    FILE *file = path ? fopen(path, "r") : stdin;
    const size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    text[size] = 0;
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    if (!json) {
        fprintf(stderr, "check-schema: %s: no JSON\n", path ? path : "standard input");
        exit(1);
    }
    return json;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fputs("usage: check-schema SCHEMA [DOCUMENT]\n", stderr);
        return 64;
    }
    cJSON *schema = read_json(argv[1]), *document = read_json(argc == 3 ? argv[2] : NULL);
    const bool ok = follows(document, schema, "");
    if (!ok)
        fprintf(stderr, "%s\n", problem);
    cJSON_Delete(document);
    cJSON_Delete(schema);
    return ok ? 0 : 1;
}
