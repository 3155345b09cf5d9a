/* The JSON text of a checkpoint: all that must be the same when training resumes, and the position. */
#include "checkpoint_json.h"

#include <lenet5/runtime.h>
#include <stdio.h>
#include <string.h>

#include "architecture_json.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_internal.h"
#include "files/json.h"
#include "network/network_internal.h"
#include "train/settings.h"

/* All settings but those that change no bit. A seed is text: a JSON number of 64 bits is read as a
 * double, which holds 53. */
static bool print_training(cJSON *json, const struct lenet5_training *training)
{
    const struct lenet5_setting *setting;
    bool ok = json;
    for (int i = 0; ok && (setting = lenet5_setting_at(i)); i++) {
        char text[LENET5_SETTING_TEXT];
        if (setting->local)
            continue;
        if (setting->kind != LENET5_SETTING_CHOICE && setting->kind != LENET5_SETTING_SEED)
            ok = json_add(json, setting->key, json_double(setting_number(setting, training)));
        else
            ok = !lenet5_setting_get(training, setting->key, text, NULL) &&
                 json_add(json, setting->key, cJSON_CreateString(text));
    }
    return ok;
}

static bool print_data(cJSON *json, const struct lenet5_trainer *trainer)
{
    const struct lenet5_dataset *dataset = trainer->dataset;
    return json_add(json, "samples", json_double((double)dataset->count)) &&
           json_add(json, "rows", cJSON_CreateNumber(dataset->rows)) &&
           json_add(json, "cols", cJSON_CreateNumber(dataset->cols)) &&
           json_add(json, "classes", cJSON_CreateNumber(dataset->classes)) &&
           json_add(json, "sha256", cJSON_CreateString(trainer->dataset_sha256));
}

static bool print_place(cJSON *json, const struct checkpoint_place *place)
{
    return json_add(json, "step", json_double((double)place->step)) &&
           json_add(json, "batch", cJSON_CreateNumber(place->batch)) &&
           json_add(json, "correct", json_double((double)place->correct));
}

char *checkpoint_json_print(const struct lenet5_trainer *trainer,
                            const struct checkpoint_place *place)
{
    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    char *architecture = architecture_print(trainer->network);
    cJSON *json = cJSON_CreateObject();
    /* The architecture is JSON as a string, as it is in a model file. */
    const bool ok = architecture &&
                    json_add(json, "checkpoint", cJSON_CreateNumber(CHECKPOINT_VERSION)) &&
                    json_add(json, "architecture", cJSON_CreateString(architecture)) &&
                    print_data(cJSON_AddObjectToObject(json, "data"), trainer) &&
                    print_training(cJSON_AddObjectToObject(json, "training"), &trainer->training) &&
                    (trainer->training.backend == LENET5_BACKEND_NAIVE ||
                     json_add(json, "kernels", cJSON_CreateString(blas.core))) &&
                    print_place(cJSON_AddObjectToObject(json, "place"), place);
    memory_free(architecture);
    if (ok)
        return json_to_text(json);
    cJSON_Delete(json);
    return NULL;
}

/* Equal down to the last bit of a number. */
static bool equal(const cJSON *a, const cJSON *b)
{
    if (!a || !b || a->type != b->type)
        return a == b;
    if (cJSON_IsNumber(a))
        return a->valuedouble == b->valuedouble;
    if (cJSON_IsString(a))
        return strcmp(a->valuestring, b->valuestring) == 0;
    const cJSON *x = a->child, *y = b->child;
    while (x && y && equal(x, y) && (!cJSON_IsObject(a) || strcmp(x->string, y->string) == 0)) {
        x = x->next;
        y = y->next;
    }
    return !x && !y;
}

/* A value for a message, "none" where there is none. cJSON's numbers would be cut to 15 digits. */
static void show(char *text, size_t size, const cJSON *value)
{
    cJSON *number = cJSON_IsNumber(value) ? json_double(value->valuedouble) : NULL;
    char *printed = value ? cJSON_PrintUnformatted(number ? number : value) : NULL;
    const int length = snprintf(text, size, "%s", printed ? printed : value ? "?" : "none");
    if (length >= (int)size)
        memcpy(text + size - 4, "...", 4);
    cJSON_free(printed);
    cJSON_Delete(number);
}

/* Compares two objects; what is the path to their members and ends in a dot. */
static enum lenet5_status compare(const cJSON *found, const cJSON *expected, const char *what,
                                  const char *path, struct lenet5_error *error)
{
    const cJSON *const sides[] = {expected, found};
    for (int side = 0; side < 2; side++)
        for (const cJSON *item = sides[side]->child; item; item = item->next) {
            const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(found, item->string);
            const cJSON *ours = cJSON_GetObjectItemCaseSensitive(expected, item->string);
            if (equal(theirs, ours))
                continue;
            char found_text[80], expected_text[80];
            show(found_text, sizeof(found_text), theirs);
            show(expected_text, sizeof(expected_text), ours);
            return fail(
                error, LENET5_ERROR_ARGUMENT,
                "%s: %s%s is %s in the checkpoint and %s in this training run; expected the same",
                path, what, item->string, found_text, expected_text);
        }
    return LENET5_OK;
}

static enum lenet5_status parse(cJSON **json, const char *text, const char *path, const char *what,
                                struct lenet5_error *error)
{
    return json_parse(json, text, strlen(text), path, what, error);
}

/* Replaces a string by the JSON that it holds. */
static enum lenet5_status unwrap(cJSON **json, const char *path, const char *what,
                                 struct lenet5_error *error)
{
    cJSON *inner = NULL;
    enum lenet5_status status = parse(&inner, (*json)->valuestring, path, what, error);
    cJSON_Delete(*json);
    *json = inner;
    return status;
}

/* Compares one member, and removes it from both sides. */
static enum lenet5_status compare_part(cJSON *found, cJSON *expected, const char *part,
                                       const char *path, struct lenet5_error *error)
{
    cJSON *theirs = cJSON_DetachItemFromObjectCaseSensitive(found, part);
    cJSON *ours = cJSON_DetachItemFromObjectCaseSensitive(expected, part);
    enum lenet5_status status = LENET5_OK;
    char what[16];
    snprintf(what, sizeof(what), "%s.", part);
    if (!theirs || theirs->type != ours->type)
        status = fail(error, LENET5_ERROR_DATA, "%s: checkpoint: no %s", path, part);
    else if (cJSON_IsString(ours) && !(status = unwrap(&theirs, path, part, error)))
        status = unwrap(&ours, path, part, error);
    if (!status)
        status = compare(theirs, ours, what, path, error);
    cJSON_Delete(theirs);
    cJSON_Delete(ours);
    return status;
}

/* The settings before the architecture: its shift depends on their centring. */
static enum lenet5_status compare_all(cJSON *found, cJSON *expected, const char *path,
                                      struct lenet5_error *error)
{
    static const char *const parts[] = {"data", "training", "architecture"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        enum lenet5_status status = compare_part(found, expected, parts[i], path, error);
        if (status)
            return status;
    }
    /* The version and the kernels are left, and whatever else another version has. */
    return compare(found, expected, "", path, error);
}

static enum lenet5_status parse_place(struct checkpoint_place *place, const cJSON *json,
                                      const struct lenet5_trainer *trainer, const char *path,
                                      struct lenet5_error *error)
{
    const int64_t most = (int64_t)1 << 53;
    int64_t step, batch, correct;
    if (!cJSON_IsObject(json) || cJSON_GetArraySize(json) != 3 ||
        !json_integer(&step, cJSON_GetObjectItemCaseSensitive(json, "step"), 0, most) ||
        !json_integer(&batch, cJSON_GetObjectItemCaseSensitive(json, "batch"), 0,
                      trainer_steps_per_epoch(trainer)) ||
        !json_integer(&correct, cJSON_GetObjectItemCaseSensitive(json, "correct"), 0,
                      (int64_t)trainer->train_count))
        return fail(
            error, LENET5_ERROR_DATA,
            "%s: checkpoint: place is not a step, batch and correct within this training run",
            path);
    *place = (struct checkpoint_place){(long)step, (int)batch, (size_t)correct};
    return LENET5_OK;
}

enum lenet5_status checkpoint_json_parse(struct checkpoint_place *place, const char *text,
                                         const struct lenet5_trainer *trainer, const char *path,
                                         struct lenet5_error *error)
{
    cJSON *found = NULL, *expected = NULL;
    enum lenet5_status status = parse(&found, text, path, "checkpoint", error);
    if (status)
        return status;
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(found, "checkpoint");
    char *own = checkpoint_json_print(trainer, &(struct checkpoint_place){0});
    if (!own)
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    else if (!cJSON_IsNumber(version))
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: not a checkpoint: it has no field \"checkpoint\"", path);
    else if (version->valuedouble != CHECKPOINT_VERSION)
        status = fail(error, LENET5_ERROR_DATA, "%s: checkpoint of version %g, expected %d", path,
                      version->valuedouble, CHECKPOINT_VERSION);
    else
        status = parse(&expected, own, path, "checkpoint", error);
    if (!status)
        status = parse_place(place, cJSON_GetObjectItemCaseSensitive(found, "place"), trainer, path,
                             error);
    if (!status) {
        cJSON_DeleteItemFromObjectCaseSensitive(found, "place");
        cJSON_DeleteItemFromObjectCaseSensitive(expected, "place");
        status = compare_all(found, expected, path, error);
    }
    memory_free(own);
    cJSON_Delete(expected);
    cJSON_Delete(found);
    return status;
}
