/* An architecture as JSON and back. Which kind of layer has which fields is one table. */
#include "architecture_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/json.h"
#include "network/names.h"

/* The fields of a layer besides its kind, in the order of writing. */
enum field { NAME, OUTPUTS, KERNEL, STRIDE, PADDING, RATE, CONNECTIONS, CODES, FIELDS };

static const char *const field_names[] = {"name", "outputs",     "kernel", "stride", "padding",
                                          "rate", "connections", "codes",  NULL};

const char architecture_no_sha256[] =
    "0000000000000000000000000000000000000000000000000000000000000000";

#define BIT(field) (1u << (field))

static const struct {
    unsigned required, optional;
} kinds[LAYER_KINDS] = {
    [LENET5_LAYER_CONV] = {BIT(NAME) | BIT(OUTPUTS) | BIT(KERNEL),
                           BIT(STRIDE) | BIT(PADDING) | BIT(CONNECTIONS)},
    [LENET5_LAYER_AVG_POOL] = {BIT(KERNEL), BIT(STRIDE)},
    [LENET5_LAYER_MAX_POOL] = {BIT(KERNEL), BIT(STRIDE)},
    [LENET5_LAYER_DENSE] = {BIT(NAME) | BIT(OUTPUTS), 0},
    [LENET5_LAYER_DROPOUT] = {BIT(RATE), 0},
    [LENET5_LAYER_SUBSAMPLE] = {BIT(NAME) | BIT(KERNEL), BIT(STRIDE)},
    [LENET5_LAYER_RBF] = {BIT(OUTPUTS) | BIT(CODES), 0},
};

/* Writing */

static cJSON *print_extent(struct lenet5_extent extent)
{
    return cJSON_CreateIntArray((int[]){extent.h, extent.w}, 2);
}

/* One string of '0' and '1' for each output. */
static cJSON *print_table(const struct layer *layer, const uint8_t *table)
{
    size_t width = (size_t)layer->in.c;
    char *digits = memory_alloc(width + 1, 1);
    cJSON *rows = digits ? cJSON_CreateArray() : NULL;
    for (int o = 0; rows && o < layer->desc.outputs; o++) {
        for (size_t i = 0; i < width; i++)
            digits[i] = table[(size_t)o * width + i] ? '1' : '0';
        if (!json_add(rows, NULL, cJSON_CreateString(digits))) {
            cJSON_Delete(rows);
            rows = NULL;
        }
    }
    memory_free(digits);
    return rows;
}

static cJSON *print_field(const struct layer *layer, enum field field)
{
    const struct lenet5_layer *desc = &layer->desc;
    switch (field) {
    case NAME:
        return cJSON_CreateString(desc->name);
    case OUTPUTS:
        return cJSON_CreateNumber(desc->outputs);
    case KERNEL:
        return print_extent(desc->kernel);
    case STRIDE:
        return print_extent(desc->stride);
    case PADDING:
        return print_extent(desc->padding);
    case RATE:
        return json_float(desc->rate);
    case CONNECTIONS:
        return print_table(layer, desc->connections);
    case CODES:
        return print_table(layer, desc->codes);
    case FIELDS:
        break;
    }
    return NULL;
}

static bool print_layer(cJSON *layers, const struct layer *layer)
{
    cJSON *json = cJSON_CreateObject();
    enum lenet5_layer_kind kind = layer->desc.kind;
    bool ok = json_add(layers, NULL, json) &&
              json_add(json, "kind", cJSON_CreateString(lenet5_layer_kind_string(kind)));
    for (enum field field = 0; ok && field < FIELDS; field++)
        if ((kinds[kind].required | kinds[kind].optional) & BIT(field) &&
            (field != CONNECTIONS || layer->desc.connections))
            ok = json_add(json, field_names[field], print_field(layer, field));
    return ok;
}

char *architecture_print(const struct lenet5_network *network)
{
    const struct lenet5_architecture *a = &network->architecture;
    int input[] = {a->input.c, a->input.h, a->input.w};
    cJSON *json = cJSON_CreateObject(), *layers = NULL;
    bool ok = json_add(json, "version", cJSON_CreateNumber(ARCHITECTURE_VERSION)) &&
              json_add(json, "sha256", cJSON_CreateString(architecture_no_sha256)) &&
              json_add(json, "name", cJSON_CreateString(a->name)) &&
              json_add(json, "input", cJSON_CreateIntArray(input, 3)) &&
              (a->fit == LENET5_FIT_PAD || /* the meaning of files without the field */
               json_add(json, "fit", cJSON_CreateString(names_fits[a->fit]))) &&
              json_add(json, "scale", json_float(a->scale)) &&
              json_add(json, "shift", json_float(a->shift)) &&
              json_add(json, "classes", cJSON_CreateStringArray(a->classes, a->class_count)) &&
              (layers = cJSON_AddArrayToObject(json, "layers"));
    for (int i = 0; ok && i < a->layer_count; i++)
        ok = print_layer(layers, &network->layers[i]);
    if (ok)
        return json_to_text(json);
    cJSON_Delete(json);
    return NULL;
}

/* Reading */

static bool parse_integers(int *values, int count, const cJSON *json, int min, int max)
{
    if (!cJSON_IsArray(json) || cJSON_GetArraySize(json) != count)
        return false;
    int64_t value;
    for (const cJSON *item = json->child; item; item = item->next) {
        if (!json_integer(&value, item, min, max))
            return false;
        *values++ = (int)value;
    }
    return true;
}

static bool parse_extent(struct lenet5_extent *extent, const cJSON *json, int min)
{
    int values[2];
    if (!parse_integers(values, 2, json, min, LAYER_MAX_SIDE))
        return false;
    *extent = (struct lenet5_extent){values[0], values[1]};
    return true;
}

static bool parse_float(float *value, const cJSON *json)
{
    if (!cJSON_IsNumber(json))
        return false;
    *value = (float)json->valuedouble;
    return isfinite(*value);
}

static bool parse_sha256(const char **digits, const cJSON *json)
{
    *digits = cJSON_GetStringValue(json);
    return *digits && strlen(*digits) == strlen(architecture_no_sha256) &&
           strspn(*digits, "0123456789abcdef") == strlen(architecture_no_sha256);
}

/* NULL, or what the field should have been. */
static const char *parse_field(struct lenet5_layer *desc, enum field field, const cJSON *json)
{
    int64_t outputs;
    switch (field) {
    case NAME:
        desc->name = cJSON_GetStringValue(json);
        if (!desc->name || !desc->name[0] || strlen(desc->name) > ARCHITECTURE_NAME)
            return "a string of 1 to 100 bytes";
        return NULL;
    case OUTPUTS:
        if (!json_integer(&outputs, json, 1, LAYER_MAX_OUTPUTS))
            return "a whole number from 1 to 65536";
        desc->outputs = (int)outputs;
        return NULL;
    case KERNEL:
    case STRIDE:
        if (!parse_extent(field == KERNEL ? &desc->kernel : &desc->stride, json, 1))
            return "two whole numbers from 1 to 4096";
        return NULL;
    case PADDING:
        return parse_extent(&desc->padding, json, 0) ? NULL : "two whole numbers from 0 to 4096";
    case RATE:
        return parse_float(&desc->rate, json) ? NULL : "a number";
    case CONNECTIONS:
    case CODES: /* once the outputs are known */
        return cJSON_IsArray(json) ? NULL : "an array of strings";
    case FIELDS:
        break;
    }
    return "in this format";
}

/* One string for each output map, all of one width, which is not known to be right yet. */
static bool is_table(const cJSON *json, int outputs, size_t width)
{
    if (width == 0 || cJSON_GetArraySize(json) != outputs)
        return false;
    for (const cJSON *item = json->child; item; item = item->next) {
        const char *digits = cJSON_GetStringValue(item);
        if (!digits || strlen(digits) != width || strspn(digits, "01") != width)
            return false;
    }
    return true;
}

static enum lenet5_status parse_table(struct parsed_architecture *parsed, int i, enum field field,
                                      const cJSON *json, const char *path,
                                      struct lenet5_error *error)
{
    struct lenet5_layer *desc = &parsed->layers[i];
    const char *first = cJSON_GetStringValue(json->child);
    size_t width = first ? strlen(first) : 0;
    if (!is_table(json, desc->outputs, width))
        return fail(error, LENET5_ERROR_DATA,
                    "%s: metadata: layer %d (%s): %s are not %d strings of '0' and '1', as long as "
                    "there are input maps",
                    path, i, lenet5_layer_kind_string(desc->kind), field_names[field],
                    desc->outputs);
    uint8_t *table = memory_alloc((size_t)desc->outputs, width); /* no more than the strings have */
    if (!table)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    *(field == CODES ? &desc->codes : &desc->connections) = parsed->tables[i] = table;
    parsed->widths[i] = width;
    for (const cJSON *item = json->child; item; item = item->next)
        for (size_t k = 0; k < width; k++)
            *table++ = item->valuestring[k] == '1';
    return LENET5_OK;
}

static enum lenet5_status parse_layer(struct parsed_architecture *parsed, int i, const cJSON *json,
                                      const char *path, struct lenet5_error *error)
{
    struct lenet5_layer *desc = &parsed->layers[i];
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(json, "kind");
    const int known = names_index(names_layer_kinds, cJSON_GetStringValue(kind));
    if (!cJSON_IsObject(json) || known < 0)
        return fail(error, LENET5_ERROR_DATA, "%s: metadata: layer %d has the unknown kind '%.32s'",
                    path, i, cJSON_IsString(kind) ? kind->valuestring : "");
    desc->kind = (enum lenet5_layer_kind)known;
    const char *kind_name = lenet5_layer_kind_string(desc->kind);
    unsigned required = kinds[desc->kind].required, found = 0;
    for (const cJSON *item = json->child; item; item = item->next) {
        if (item == kind)
            continue;
        const int index = names_index(field_names, item->string);
        const enum field field = (enum field)index;
        if (index < 0 || !((required | kinds[desc->kind].optional) & BIT(field)))
            return fail(error, LENET5_ERROR_DATA,
                        "%s: metadata: layer %d (%s) has the unknown field '%.32s'", path, i,
                        kind_name, item->string);
        const char *expected = parse_field(desc, field, item);
        if (expected)
            return fail(error, LENET5_ERROR_DATA, "%s: metadata: layer %d (%s): %s is not %s", path,
                        i, kind_name, field_names[field], expected);
        found |= BIT(field);
    }
    for (enum field field = 0; field < FIELDS; field++)
        if (required & ~found & BIT(field))
            return fail(error, LENET5_ERROR_DATA, "%s: metadata: layer %d (%s) has no %s", path, i,
                        kind_name, field_names[field]);
    for (enum field field = CONNECTIONS; field <= CODES; field++)
        if (found & BIT(field))
            return parse_table(parsed, i, field,
                               cJSON_GetObjectItemCaseSensitive(json, field_names[field]), path,
                               error);
    return LENET5_OK;
}

static enum lenet5_status parse_classes(struct parsed_architecture *parsed, const cJSON *json,
                                        const char *path, struct lenet5_error *error)
{
    int count = cJSON_GetArraySize(json);
    parsed->classes = memory_alloc((size_t)count, sizeof(*parsed->classes));
    if (!parsed->classes)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    parsed->architecture.classes = parsed->classes;
    for (const cJSON *item = json->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return fail(error, LENET5_ERROR_DATA, "%s: metadata: class name %d is not a string",
                        path, parsed->architecture.class_count);
        parsed->classes[parsed->architecture.class_count++] = item->valuestring;
    }
    return LENET5_OK;
}

static enum lenet5_status parse_members(struct parsed_architecture *parsed, const char *path,
                                        struct lenet5_error *error)
{
    enum { VERSION, SHA256, TITLE, INPUT, FIT, SCALE, SHIFT, CLASSES, LAYERS, COUNT };
    static const char *const names[] = {"version", "sha256", "name",    "input",  "fit",
                                        "scale",   "shift",  "classes", "layers", NULL};
    const cJSON *found[COUNT] = {NULL}, *stranger = NULL;
    for (const cJSON *item = parsed->json->child; item; item = item->next) {
        int field = names_index(names, item->string);
        if (field >= 0)
            found[field] = item;
        else
            stranger = item;
    }

    /* First of all: another version may well have other fields. */
    const cJSON *version = found[VERSION];
    if (!cJSON_IsNumber(version))
        return fail(error, LENET5_ERROR_DATA, "%s: metadata: version is not a number", path);
    if (version->valuedouble != ARCHITECTURE_VERSION)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: metadata: version %.9g, but this lenet5 reads version %d: update lenet5",
                    path, version->valuedouble, ARCHITECTURE_VERSION);
    if (stranger)
        return fail(error, LENET5_ERROR_DATA, "%s: metadata: unknown field '%.32s'", path,
                    stranger->string);

    struct lenet5_architecture *a = &parsed->architecture;
    const int fit = found[FIT] ? names_index(names_fits, cJSON_GetStringValue(found[FIT]))
                               : LENET5_FIT_PAD;
    int input[3] = {0};
    const char *wrong = NULL;
    if (found[SHA256] && !parse_sha256(&parsed->sha256, found[SHA256]))
        wrong = "sha256 is not a string of 64 digits from 0 to 9 and a to f";
    else if (!(a->name = cJSON_GetStringValue(found[TITLE])))
        wrong = "name is not a string";
    else if (!parse_integers(input, 3, found[INPUT], 1, LAYER_MAX_SIDE))
        wrong = "input is not three whole numbers from 1 to 4096";
    else if ((int64_t)input[0] * input[1] * input[2] > LAYER_MAX_VALUES)
        wrong = "input has more than 2^26 values";
    else if (fit < 0)
        wrong = "fit is neither pad nor resize";
    else if (!parse_float(&a->scale, found[SCALE]))
        wrong = "scale is not a number that float32 can hold";
    else if (!parse_float(&a->shift, found[SHIFT]))
        wrong = "shift is not a number that float32 can hold";
    else if (!cJSON_IsArray(found[CLASSES]))
        wrong = "classes is not an array of strings";
    else if (!cJSON_IsArray(found[LAYERS]) || !found[LAYERS]->child ||
             cJSON_GetArraySize(found[LAYERS]) > NETWORK_MAX_LAYERS)
        wrong = "layers is not an array of 1 to 64 objects";
    if (wrong)
        return fail(error, LENET5_ERROR_DATA, "%s: metadata: %s", path, wrong);

    a->fit = (enum lenet5_fit)fit;
    a->input = (struct lenet5_shape){input[0], input[1], input[2]};
    a->layers = parsed->layers;
    enum lenet5_status status = parse_classes(parsed, found[CLASSES], path, error);
    for (const cJSON *item = found[LAYERS]->child; !status && item; item = item->next)
        status = parse_layer(parsed, a->layer_count++, item, path, error);
    return status;
}

enum lenet5_status architecture_parse(struct parsed_architecture *parsed, const char *json,
                                      const char *path, struct lenet5_error *error)
{
    *parsed = (struct parsed_architecture){0};
    enum lenet5_status status = json_parse(&parsed->json, json, strlen(json), path, "metadata",
                                           error);
    if (status)
        return status;
    status = parse_members(parsed, path, error);
    if (status)
        architecture_destroy(parsed);
    return status;
}

void architecture_destroy(struct parsed_architecture *parsed)
{
    for (int i = 0; i < NETWORK_MAX_LAYERS; i++)
        memory_free(parsed->tables[i]);
    memory_free(parsed->classes);
    cJSON_Delete(parsed->json);
    *parsed = (struct parsed_architecture){0};
}
