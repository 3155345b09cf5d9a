/* The JSON text of a checkpoint: all that must be the same when training resumes, and the position. */
#include "checkpoint_json.h"

#include <lenet5/runtime.h>
#include <stdio.h>
#include <string.h>

#include "architecture_json.h"
#include "base/error.h"
#include "base/memory.h"
#include "files/json.h"
#include "network/network_state.h"
#include "train/settings.h"

/* All settings but those that change no bit. A seed is text: a JSON number of 64 bits is read as a
 * double, which holds 53. */
static cJSON *print_training(const struct lenet5_training *training)
{
    const struct lenet5_setting *setting;
    cJSON *json = cJSON_CreateObject();
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
    if (ok)
        return json;
    cJSON_Delete(json);
    return NULL;
}

static cJSON *print_data(const struct lenet5_trainer *trainer)
{
    const struct lenet5_dataset *dataset = trainer->dataset;
    cJSON *json = cJSON_CreateObject();
    if (json_add(json, "samples", json_double((double)lenet5_dataset_count(dataset))) &&
        json_add(json, "rows", cJSON_CreateNumber(lenet5_dataset_rows(dataset))) &&
        json_add(json, "cols", cJSON_CreateNumber(lenet5_dataset_cols(dataset))) &&
        json_add(json, "classes", cJSON_CreateNumber(lenet5_dataset_classes(dataset))) &&
        json_add(json, "sha256", cJSON_CreateString(trainer->dataset_sha256)))
        return json;
    cJSON_Delete(json);
    return NULL;
}

static cJSON *print_place(const struct checkpoint_place *place)
{
    cJSON *json = cJSON_CreateObject();
    if (json_add(json, "step", json_double((double)place->step)) &&
        json_add(json, "batch", cJSON_CreateNumber(place->batch)) &&
        json_add(json, "correct", json_double((double)place->correct)))
        return json;
    cJSON_Delete(json);
    return NULL;
}

char *checkpoint_json_print(const struct lenet5_trainer *trainer,
                            const struct checkpoint_place *place)
{
    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    char *architecture = architecture_print(trainer->network);
    cJSON *json = cJSON_CreateObject();
    /* The architecture is a text of its own, as it is in a model file. */
    const bool ok = architecture &&
                    json_add(json, "checkpoint", cJSON_CreateNumber(CHECKPOINT_VERSION)) &&
                    json_add(json, "architecture", cJSON_CreateString(architecture)) &&
                    json_add(json, "data", print_data(trainer)) &&
                    json_add(json, "training", print_training(&trainer->training)) &&
                    (trainer->training.backend == LENET5_BACKEND_NAIVE ||
                     json_add(json, "kernels", cJSON_CreateString(blas.core))) &&
                    json_add(json, "place", print_place(place));
    memory_free(architecture);
    char *printed = ok ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    char *text = printed ? memory_strdup(printed) : NULL;
    cJSON_free(printed);
    return text;
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

/* Compares two objects; what (ends in a dot) says where their members stand. */
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
            return fail(error, LENET5_ERROR_ARGUMENT,
                        "%s: %s%s is %s in the checkpoint and %s in this run; expected the same",
                        path, what, item->string, found_text, expected_text);
        }
    return LENET5_OK;
}

static enum lenet5_status parse(cJSON **json, const char *text, const char *path, const char *what,
                                struct lenet5_error *error)
{
    return json_parse(json, text, strlen(text), path, what, error);
}

/* The architectures, each a text of its own. */
static enum lenet5_status compare_architectures(const cJSON *found, const cJSON *expected,
                                                const char *path, struct lenet5_error *error)
{
    cJSON *theirs = NULL, *ours = NULL;
    if (!cJSON_IsString(found))
        return fail(error, LENET5_ERROR_DATA, "%s: checkpoint: no architecture", path);
    enum lenet5_status status = parse(&theirs, found->valuestring, path, "architecture", error);
    if (!status)
        status = parse(&ours, expected->valuestring, path, "architecture", error);
    if (!status)
        status = compare(theirs, ours, "architecture.", path, error);
    cJSON_Delete(theirs);
    cJSON_Delete(ours);
    return status;
}

/* The settings before the architecture: its shift follows from their centring. */
static enum lenet5_status compare_runs(cJSON *found, cJSON *expected, const char *path,
                                       struct lenet5_error *error)
{
    static const char *const parts[] = {"data", "training"};
    enum lenet5_status status = LENET5_OK;
    for (size_t i = 0; !status && i < sizeof(parts) / sizeof(*parts); i++) {
        cJSON *theirs = cJSON_DetachItemFromObjectCaseSensitive(found, parts[i]);
        cJSON *ours = cJSON_DetachItemFromObjectCaseSensitive(expected, parts[i]);
        char what[16];
        snprintf(what, sizeof(what), "%s.", parts[i]);
        status = cJSON_IsObject(theirs)
                     ? compare(theirs, ours, what, path, error)
                     : fail(error, LENET5_ERROR_DATA, "%s: checkpoint: no %s", path, parts[i]);
        cJSON_Delete(theirs);
        cJSON_Delete(ours);
    }
    cJSON *theirs = cJSON_DetachItemFromObjectCaseSensitive(found, "architecture");
    cJSON *ours = cJSON_DetachItemFromObjectCaseSensitive(expected, "architecture");
    if (!status)
        status = compare_architectures(theirs, ours, path, error);
    cJSON_Delete(theirs);
    cJSON_Delete(ours);
    /* Left are the version, the kernels, and whatever else another version might have. */
    return status ? status : compare(found, expected, "", path, error);
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
        return fail(error, LENET5_ERROR_DATA,
                    "%s: checkpoint: the place is no step, batch and correct within the run", path);
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
        status = fail(error, LENET5_ERROR_DATA, "%s: no checkpoint: its text has no such field",
                      path);
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
        status = compare_runs(found, expected, path, error);
    }
    memory_free(own);
    cJSON_Delete(expected);
    cJSON_Delete(found);
    return status;
}
