/* The header of a safetensors file as text and as a list of tensors; the data are the caller's. */
#include "safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/json.h"
#include "files/little_endian.h"

static const char metadata_key[] = "__metadata__", text_key[] = "lenet5";

static const struct {
    const char *name;
    uint64_t size;
} dtypes[] = {
    [SAFETENSORS_F64] = {"F64", 8}, [SAFETENSORS_F32] = {"F32", 4}, [SAFETENSORS_U8] = {"U8", 1}};

enum { DTYPES = sizeof(dtypes) / sizeof(*dtypes) };

static int by_name(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;
    if (x->dtype != y->dtype)
        return x->dtype < y->dtype ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_place(const void *a, const void *b)
{
    const struct safetensors_tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* Bytes of a tensor, or false when that overflows. */
static bool tensor_size(uint64_t *bytes, const struct safetensors_tensor *tensor)
{
    *bytes = dtypes[tensor->dtype].size;
    for (int i = 0; i < tensor->shape.rank; i++)
        if (__builtin_mul_overflow(*bytes, (uint64_t)tensor->shape.sizes[i], bytes))
            return false;
    return true;
}

void safetensors_shape_print(char text[SAFETENSORS_SHAPE_TEXT],
                             const struct safetensors_shape *shape)
{
    int used = snprintf(text, SAFETENSORS_SHAPE_TEXT, "[");
    for (int i = 0; i < shape->rank; i++)
        used += snprintf(text + used, (size_t)(SAFETENSORS_SHAPE_TEXT - used), "%s%" PRId64,
                         i ? ", " : "", shape->sizes[i]);
    snprintf(text + used, (size_t)(SAFETENSORS_SHAPE_TEXT - used), "]");
}

static bool add_tensor(cJSON *json, const struct safetensors_tensor *tensor)
{
    double sizes[SAFETENSORS_RANK];
    for (int i = 0; i < tensor->shape.rank; i++)
        sizes[i] = (double)tensor->shape.sizes[i];
    double place[] = {(double)tensor->begin, (double)tensor->end};
    cJSON *entry = cJSON_CreateObject();
    bool ok = json_add(entry, "dtype", cJSON_CreateString(dtypes[tensor->dtype].name)) &&
              json_add(entry, "shape", cJSON_CreateDoubleArray(sizes, tensor->shape.rank)) &&
              json_add(entry, "data_offsets", cJSON_CreateDoubleArray(place, 2));
    return json_add(json, tensor->name, entry) && ok;
}

size_t safetensors_arrange(struct safetensors *file)
{
    uint64_t place = 0, bytes = 0;
    qsort(file->tensors, (size_t)file->count, sizeof(file->tensors[0]), by_name);
    for (int i = 0; i < file->count; i++) {
        tensor_size(&bytes, &file->tensors[i]);
        file->tensors[i].begin = place;
        file->tensors[i].end = place += bytes;
    }
    return place;
}

/* The header, NULL without memory; *length is a multiple of 8, so that the data are aligned. */
static char *print_header(const struct safetensors *file, size_t *length)
{
    cJSON *json = cJSON_CreateObject(), *metadata = cJSON_CreateObject();
    bool ok = json_add(metadata, "format", cJSON_CreateString("pt")) &&
              json_add(metadata, text_key, cJSON_CreateString(file->metadata));
    ok = json_add(json, metadata_key, metadata) && ok;
    for (int i = 0; ok && i < file->count; i++)
        ok = add_tensor(json, &file->tensors[i]);
    char *text = ok ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    *length = text ? (strlen(text) + 7) / 8 * 8 : 0;
    return text;
}

unsigned char *safetensors_compose(unsigned char **data, size_t *size, struct safetensors *file)
{
    const size_t data_size = safetensors_arrange(file);
    size_t length;
    char *header = file->metadata ? print_header(file, &length) : NULL;
    if (!header)
        return NULL;
    *size = SAFETENSORS_LENGTH + length + data_size;
    unsigned char *image = memory_alloc(*size, 1);
    if (image) {
        *data = image + SAFETENSORS_LENGTH + length;
        store_u64(image, length);
        memset(image + SAFETENSORS_LENGTH, ' ', length);
        memcpy(image + SAFETENSORS_LENGTH, header, strlen(header));
    }
    cJSON_free(header);
    return image;
}

static enum lenet5_status parse_metadata(struct safetensors *file, const cJSON *json,
                                         const char *path, struct lenet5_error *error)
{
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(json, metadata_key);
    if (!metadata)
        return LENET5_OK;
    bool strings = cJSON_IsObject(metadata);
    for (const cJSON *item = metadata->child; item; item = item->next)
        strings = strings && cJSON_IsString(item);
    if (!strings)
        return fail(error, LENET5_ERROR_DATA, "%s: %s is not an object of strings", path,
                    metadata_key);
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(metadata, text_key);
    if (!text)
        return LENET5_OK;
    file->metadata = memory_strdup(text->valuestring);
    if (!file->metadata)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    return LENET5_OK;
}

/* "shape": up to SAFETENSORS_RANK sizes, each at most INT32_MAX. */
static bool parse_shape(struct safetensors_shape *shape, const cJSON *json)
{
    *shape = (struct safetensors_shape){0};
    if (!cJSON_IsArray(json))
        return false;
    for (const cJSON *item = json->child; item; item = item->next)
        if (shape->rank == SAFETENSORS_RANK ||
            !json_integer(&shape->sizes[shape->rank++], item, 0, INT32_MAX))
            return false;
    return true;
}

/* "data_offsets": where the tensor begins and ends. */
static bool parse_place(struct safetensors_tensor *tensor, const cJSON *json)
{
    int64_t begin, end;
    const cJSON *first = cJSON_IsArray(json) ? json->child : NULL;
    if (!first || !first->next || first->next->next ||
        !json_integer(&begin, first, 0, SAFETENSORS_DATA_MAX) ||
        !json_integer(&end, first->next, begin, SAFETENSORS_DATA_MAX))
        return false;
    tensor->begin = (size_t)begin;
    tensor->end = (size_t)end;
    return true;
}

static enum lenet5_status parse_tensor(struct safetensors_tensor *tensor, const cJSON *json,
                                       const char *path, struct lenet5_error *error)
{
    const char *name = json->string;
    if (strlen(name) >= sizeof(tensor->name))
        return fail(error, LENET5_ERROR_DATA,
                    "%s: a tensor's name has %zu bytes, expected at most %zu: '%.32s...'", path,
                    strlen(name), sizeof(tensor->name) - 1, name);
    memcpy(tensor->name, name, strlen(name) + 1);

    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(json, "dtype");
    if (!cJSON_IsObject(json) || cJSON_GetArraySize(json) != 3 || !cJSON_IsString(dtype))
        return fail(error, LENET5_ERROR_DATA,
                    "%s: tensor '%s' is not described by dtype, shape and data_offsets", path,
                    name);
    int known = 0;
    while (known < DTYPES && strcmp(dtype->valuestring, dtypes[known].name) != 0)
        known++;
    if (known == DTYPES)
        return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' has dtype '%.16s', expected 'F32'",
                    path, name, dtype->valuestring);
    tensor->dtype = (enum safetensors_dtype)known;
    if (!parse_shape(&tensor->shape, cJSON_GetObjectItemCaseSensitive(json, "shape")))
        return fail(error, LENET5_ERROR_DATA,
                    "%s: the shape of tensor '%s' is not an array of at most %d sizes", path, name,
                    SAFETENSORS_RANK);
    if (!parse_place(tensor, cJSON_GetObjectItemCaseSensitive(json, "data_offsets")))
        return fail(error, LENET5_ERROR_DATA,
                    "%s: the data_offsets of tensor '%s' are not a begin and an end in order", path,
                    name);

    uint64_t bytes = 0;
    if (!tensor_size(&bytes, tensor) || bytes != tensor->end - tensor->begin) {
        char shape[SAFETENSORS_SHAPE_TEXT];
        safetensors_shape_print(shape, &tensor->shape);
        return fail(error, LENET5_ERROR_DATA,
                    "%s: tensor '%s' of shape %s does not fill its %zu bytes", path, name, shape,
                    tensor->end - tensor->begin);
    }
    return LENET5_OK;
}

/* No holes, no overlap, no bytes left over, so that a file has no bytes that nothing reads. */
static enum lenet5_status check_places(struct safetensors *file, size_t data_size, const char *path,
                                       struct lenet5_error *error)
{
    qsort(file->tensors, (size_t)file->count, sizeof(file->tensors[0]), by_place);
    size_t place = 0;
    for (int i = 0; i < file->count; i++) {
        const struct safetensors_tensor *tensor = &file->tensors[i];
        if (tensor->begin != place)
            return fail(error, LENET5_ERROR_DATA,
                        "%s: tensor '%s' begins at byte %zu, expected %zu: there must be no %s",
                        path, tensor->name, tensor->begin, place,
                        tensor->begin > place ? "hole" : "overlap");
        place = tensor->end;
    }
    if (place != data_size)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: the tensors have %zu bytes, but the file has %zu bytes of data", path,
                    place, data_size);
    return LENET5_OK;
}

enum lenet5_status safetensors_parse(struct safetensors *file, const char *header, size_t length,
                                     size_t data_size, const char *path, struct lenet5_error *error)
{
    file->count = 0;
    file->metadata = NULL;
    cJSON *json;
    enum lenet5_status status = json_parse(&json, header, length, path, "header", error);
    if (status)
        return status;
    status = parse_metadata(file, json, path, error);
    for (const cJSON *item = json->child; !status && item; item = item->next) {
        if (strcmp(item->string, metadata_key) == 0)
            continue;
        if (file->count == SAFETENSORS_TENSORS)
            status = fail(error, LENET5_ERROR_DATA, "%s: more than %d tensors", path,
                          SAFETENSORS_TENSORS);
        else
            status = parse_tensor(&file->tensors[file->count++], item, path, error);
    }
    if (!status)
        status = check_places(file, data_size, path, error);
    cJSON_Delete(json);
    if (status)
        safetensors_destroy(file);
    return status;
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name)
{
    for (int i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

enum lenet5_status safetensors_expect(const struct safetensors_tensor **found,
                                      const struct safetensors *file,
                                      const struct safetensors_tensor *expected, const char *path,
                                      struct lenet5_error *error)
{
    const struct safetensors_tensor *tensor = safetensors_find(file, expected->name);
    if (!tensor)
        return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' is missing", path, expected->name);
    if (tensor->dtype != expected->dtype)
        return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' has dtype '%s', expected '%s'", path,
                    expected->name, dtypes[tensor->dtype].name, dtypes[expected->dtype].name);
    if (tensor->shape.rank != expected->shape.rank ||
        memcmp(tensor->shape.sizes, expected->shape.sizes, sizeof(tensor->shape.sizes)) != 0) {
        char found_text[SAFETENSORS_SHAPE_TEXT], expected_text[SAFETENSORS_SHAPE_TEXT];
        safetensors_shape_print(found_text, &tensor->shape);
        safetensors_shape_print(expected_text, &expected->shape);
        return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' has shape %s, expected %s", path,
                    expected->name, found_text, expected_text);
    }
    *found = tensor;
    return LENET5_OK;
}

void safetensors_destroy(struct safetensors *file)
{
    memory_free(file->metadata);
    file->metadata = NULL;
}
