/* The state of a training run as the bytes of a safetensors file with a checksum, and back. */
#include "checkpoint_codec.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "checkpoint_json.h"
#include "data/dataset_internal.h"
#include "files/digest.h"
#include "files/little_endian.h"
#include "network/network_internal.h"
#include "safetensors.h"
#include "train/optimizer.h"

/* The values of a finished epoch and of the current one, as rows of F64 tensors. */
enum { RATE, TRAIN_LOSS, TRAIN_ACCURACY, SECONDS, VAL_LOSS, VAL_ACCURACY, BEST, EPOCH_VALUES };
enum { NOW_RATE, NOW_LOSS_SUM, NOW_SECONDS, NOW_VALUES };

enum { VECTORS = 5, TENSORS = VECTORS + 3 };

/* A vector of the trainer's, of parameter_count floats; NULL = not there. */
struct vector {
    const char *name;
    float *values;
};

static void list_vectors(struct vector vectors[VECTORS], const struct lenet5_trainer *trainer)
{
    const struct optimizer *optimizer = train_step_optimizer(trainer->step);
    const struct vector all[VECTORS] = {{"initial", trainer->start},
                                        {"kept", trainer->kept},
                                        {"moment1", optimizer->first},
                                        {"moment2", optimizer->second}, /* Adam only */
                                        {"parameters", trainer->network->parameters}};
    memcpy(vectors, all, sizeof(all));
}

/* All tensors with their shapes after `epochs` epochs. Returns how many there are. */
static int list_tensors(struct safetensors_tensor tensors[TENSORS],
                        const struct lenet5_trainer *trainer, int epochs)
{
    struct vector vectors[VECTORS];
    int count = 0;
    list_vectors(vectors, trainer);
    tensors[count++] = (struct safetensors_tensor){
        .name = "epochs", .dtype = SAFETENSORS_F64, .shape = {2, {epochs, EPOCH_VALUES}}};
    tensors[count++] = (struct safetensors_tensor){
        .name = "now", .dtype = SAFETENSORS_F64, .shape = {1, {NOW_VALUES}}};
    for (int i = 0; i < VECTORS; i++) {
        struct safetensors_tensor *tensor = &tensors[count];
        *tensor = (struct safetensors_tensor){
            .dtype = SAFETENSORS_F32, .shape = {1, {(int64_t)trainer->network->parameter_count}}};
        snprintf(tensor->name, sizeof(tensor->name), "%s", vectors[i].name);
        count += vectors[i].values != NULL;
    }
    tensors[count++] = (struct safetensors_tensor){
        .name = "sha256", .dtype = SAFETENSORS_U8, .shape = {1, {DIGEST_SIZE}}};
    return count;
}

/* The trainer's vector of a name, NULL for the other tensors. */
static float *vector_of(const struct lenet5_trainer *trainer, const char *name)
{
    struct vector vectors[VECTORS];
    list_vectors(vectors, trainer);
    for (int i = 0; i < VECTORS; i++)
        if (strcmp(vectors[i].name, name) == 0)
            return vectors[i].values;
    return NULL;
}

/* Once: it takes longer than all the rest. */
static void name_dataset(struct lenet5_trainer *trainer)
{
    if (!trainer->dataset_sha256[0])
        dataset_sha256(trainer->dataset_sha256, trainer->dataset);
}

/* Saving */

static void store_doubles(unsigned char *data, const double *values, int count)
{
    for (int i = 0; i < count; i++)
        store_double(data + (size_t)i * sizeof(double), values[i]);
}

static void store_epochs(unsigned char *data, const struct lenet5_trainer *trainer)
{
    for (int i = 0; i < trainer->finished; i++) {
        const struct lenet5_progress *epoch = &trainer->epochs[i];
        const double values[EPOCH_VALUES] = {
            [RATE] = epoch->rate,         [TRAIN_LOSS] = epoch->train_loss,
            [SECONDS] = epoch->seconds,   [TRAIN_ACCURACY] = epoch->train_accuracy,
            [VAL_LOSS] = epoch->val_loss, [VAL_ACCURACY] = epoch->val_accuracy,
            [BEST] = epoch->best};
        store_doubles(data + (size_t)i * sizeof(values), values, EPOCH_VALUES);
    }
}

static void store_tensor(unsigned char *data, const struct safetensors_tensor *tensor,
                         const struct lenet5_trainer *trainer)
{
    const float *vector = vector_of(trainer, tensor->name);
    const double now[NOW_VALUES] = {[NOW_RATE] = trainer->now.rate,
                                    [NOW_LOSS_SUM] = trainer->now.batch ? trainer->loss_sum : 0,
                                    [NOW_SECONDS] = trainer->now.seconds};
    data += tensor->begin;
    if (vector)
        for (size_t i = 0; i < trainer->network->parameter_count; i++)
            store_float(data + i * sizeof(float), vector[i]);
    else if (strcmp(tensor->name, "epochs") == 0)
        store_epochs(data, trainer);
    else if (strcmp(tensor->name, "now") == 0)
        store_doubles(data, now, NOW_VALUES);
}

enum lenet5_status checkpoint_encode(unsigned char **image, size_t *size,
                                     struct lenet5_trainer *trainer, const char *path,
                                     struct lenet5_error *error)
{
    name_dataset(trainer);
    const struct checkpoint_place place = {.step = train_step_optimizer(trainer->step)->step,
                                           .batch = trainer->now.batch,
                                           .correct = trainer->now.batch ? trainer->correct : 0};
    struct safetensors file = {.metadata = checkpoint_json_print(trainer, &place)};
    unsigned char *data;
    file.count = list_tensors(file.tensors, trainer, trainer->finished);
    *image = safetensors_compose(&data, size, &file);
    for (int i = 0; *image && i < file.count; i++)
        store_tensor(data, &file.tensors[i], trainer);
    if (*image) /* the last tensor: the dtypes are in this order */
        digest_sha256_bytes(*image + *size - DIGEST_SIZE, *image, *size - DIGEST_SIZE);
    safetensors_destroy(&file);
    return *image ? LENET5_OK : fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
}

uint64_t checkpoint_codec_most(const struct lenet5_trainer *trainer)
{
    struct safetensors_tensor tensors[TENSORS];
    const int vectors = list_tensors(tensors, trainer, 0) - (TENSORS - VECTORS);
    return SAFETENSORS_LENGTH + SAFETENSORS_HEADER_MAX +
           (uint64_t)vectors * trainer->network->parameter_count * sizeof(float) +
           ((uint64_t)trainer->training.epochs * EPOCH_VALUES + NOW_VALUES) * sizeof(double) +
           DIGEST_SIZE;
}

/* Loading */

/* The contents of a file that has been checked. */
struct contents {
    const unsigned char *data;
    struct safetensors file;
    struct checkpoint_place place;
    int epochs;
};

/* The tensors are those that the trainer would write, after as many epochs as the file says. */
static enum lenet5_status check_tensors(struct contents *contents,
                                        const struct lenet5_trainer *trainer, const char *path,
                                        struct lenet5_error *error)
{
    struct safetensors_tensor expected[TENSORS];
    const struct safetensors *file = &contents->file;
    const struct safetensors_tensor *tensor = safetensors_find(file, "epochs");
    const int64_t epochs = tensor ? tensor->shape.sizes[0] : 0;
    if (epochs > trainer->training.epochs)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: %" PRId64 " finished epochs, expected at most %d", path, epochs,
                    trainer->training.epochs);
    contents->epochs = (int)epochs;
    const int count = list_tensors(expected, trainer, contents->epochs);
    for (int i = 0; i < count; i++) {
        enum lenet5_status status = safetensors_expect(&tensor, file, &expected[i], path, error);
        if (status)
            return status;
    }
    if (file->count != count)
        return fail(error, LENET5_ERROR_DATA, "%s: %d tensors, expected %d", path, file->count,
                    count);
    return LENET5_OK;
}

/* Only the moments of Adam may be infinite, where a gradient's square is. */
static enum lenet5_status check_values(const struct contents *contents,
                                       const struct lenet5_trainer *trainer, const char *path,
                                       struct lenet5_error *error)
{
    static const char *const finite[] = {"initial", "kept", "parameters"};
    for (size_t k = 0; k < sizeof(finite) / sizeof(*finite); k++) {
        const unsigned char *at = contents->data +
                                  safetensors_find(&contents->file, finite[k])->begin;
        for (size_t i = 0; i < trainer->network->parameter_count; i++)
            if (!isfinite(load_float(at + i * sizeof(float))))
                return fail(error, LENET5_ERROR_DATA,
                            "%s: tensor '%s' has a value that is not finite: %g", path, finite[k],
                            load_float(at + i * sizeof(float)));
    }
    /* The first epoch is always the best so far, so that there is one to keep. */
    const unsigned char *at = contents->data + safetensors_find(&contents->file, "epochs")->begin;
    for (int i = 0; i < contents->epochs; i++, at += EPOCH_VALUES * sizeof(double)) {
        const double best = load_double(at + BEST * sizeof(double));
        if (best != 1 && (best != 0 || i == 0))
            return fail(error, LENET5_ERROR_DATA, "%s: epoch %d is best: %g, expected %s", path,
                        i + 1, best, i ? "0 or 1" : "1");
    }
    return LENET5_OK;
}

/* Makes every check, so that restoring cannot fail; the caller destroys contents->file. */
static enum lenet5_status parse(struct contents *contents, const unsigned char *image, size_t size,
                                const struct lenet5_trainer *trainer, const char *path,
                                struct lenet5_error *error)
{
    contents->file = (struct safetensors){0};
    unsigned char digest[DIGEST_SIZE];
    digest_sha256_bytes(digest, image, size - DIGEST_SIZE);
    if (memcmp(digest, image + size - DIGEST_SIZE, DIGEST_SIZE) != 0)
        return fail(
            error, LENET5_ERROR_DATA,
            "%s: damaged, or not a checkpoint: its last %d bytes are not the SHA-256 of the "
            "%zu before them",
            path, DIGEST_SIZE, size - DIGEST_SIZE);
    const uint64_t length = load_u64(image);
    const size_t rest = size - SAFETENSORS_LENGTH;
    if (length > SAFETENSORS_HEADER_MAX || length > rest)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: a header of %" PRIu64 " bytes, expected at most %d in a file of %zu", path,
                    length, SAFETENSORS_HEADER_MAX, size);
    char *text = memory_alloc((size_t)length + 1, 1); /* the parser wants a NUL behind it */
    if (!text)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    memcpy(text, image + SAFETENSORS_LENGTH, (size_t)length);
    contents->data = image + SAFETENSORS_LENGTH + length;
    enum lenet5_status status = safetensors_parse(&contents->file, text, (size_t)length,
                                                  rest - (size_t)length, path, error);
    memory_free(text);
    if (!status && !contents->file.metadata)
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: not a checkpoint: it has no metadata entry \"lenet5\"", path);
    if (!status)
        status = checkpoint_json_parse(&contents->place, contents->file.metadata, trainer, path,
                                       error);
    if (!status)
        status = check_tensors(contents, trainer, path, error);
    return status ? status : check_values(contents, trainer, path, error);
}

static double value_at(const unsigned char *row, int i)
{
    return load_double(row + (size_t)i * sizeof(double));
}

static void restore_epochs(struct lenet5_trainer *trainer, const unsigned char *row, int count)
{
    for (int i = 0; i < count; i++, row += EPOCH_VALUES * sizeof(double)) {
        const int batches = (int)trainer_steps_per_epoch(trainer);
        trainer->epochs[i] = (struct lenet5_progress){
            .epoch = i + 1,
            .epochs = trainer->training.epochs,
            .batch = batches,
            .batches = batches,
            .samples = trainer->train_count,
            .rate = value_at(row, RATE),
            .train_loss = value_at(row, TRAIN_LOSS),
            .train_accuracy = value_at(row, TRAIN_ACCURACY),
            .seconds = value_at(row, SECONDS),
            .samples_per_second = (double)trainer->train_count / value_at(row, SECONDS),
            .epoch_done = true,
            .val_loss = value_at(row, VAL_LOSS),
            .val_accuracy = value_at(row, VAL_ACCURACY),
            .best = value_at(row, BEST) != 0};
    }
    trainer->finished = count;
}

static void restore_now(struct lenet5_trainer *trainer, const unsigned char *row,
                        const struct checkpoint_place *place)
{
    struct lenet5_progress *now = &trainer->now;
    *now = (struct lenet5_progress){0};
    if (place->batch == 0)
        return;
    const size_t samples = (size_t)place->batch * (size_t)trainer->training.batch_size;
    now->epoch = trainer->finished + 1;
    now->epochs = trainer->training.epochs;
    now->batch = place->batch;
    now->batches = (int)trainer_steps_per_epoch(trainer);
    now->samples = samples < trainer->train_count ? samples : trainer->train_count;
    now->rate = value_at(row, NOW_RATE);
    now->seconds = value_at(row, NOW_SECONDS);
    now->samples_per_second = (double)now->samples / now->seconds;
    trainer->loss_sum = value_at(row, NOW_LOSS_SUM);
    trainer->correct = place->correct;
    now->train_loss = trainer->loss_sum / (double)now->samples;
    now->train_accuracy = (double)trainer->correct / (double)now->samples;
}

static void restore(struct lenet5_trainer *trainer, const struct contents *contents)
{
    const struct safetensors *file = &contents->file;
    for (int k = 0; k < file->count; k++) {
        float *vector = vector_of(trainer, file->tensors[k].name);
        const unsigned char *at = contents->data + file->tensors[k].begin;
        for (size_t i = 0; vector && i < trainer->network->parameter_count; i++)
            vector[i] = load_float(at + i * sizeof(float));
    }
    restore_epochs(trainer, contents->data + safetensors_find(file, "epochs")->begin,
                   contents->epochs);
    restore_now(trainer, contents->data + safetensors_find(file, "now")->begin, &contents->place);
    train_step_optimizer(trainer->step)->step = contents->place.step;
    trainer->resumed = true;
}

enum lenet5_status checkpoint_decode(struct lenet5_trainer *trainer, const unsigned char *image,
                                     size_t size, bool check_only, const char *path,
                                     struct lenet5_error *error)
{
    struct contents contents;
    name_dataset(trainer);
    enum lenet5_status status = parse(&contents, image, size, trainer, path, error);
    if (!status && !check_only)
        restore(trainer, &contents);
    safetensors_destroy(&contents.file);
    return status;
}
