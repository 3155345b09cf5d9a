/* Checkpoint files: locking, crash-safe writing and reading. */
#include <lenet5/checkpoint.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "checkpoint_codec.h"
#include "files/atomic_file.h"
#include "files/input_file.h"
#include "files/lock_file.h"
#include "network/network_internal.h"
#include "train/trainer_internal.h"

struct lenet5_checkpoint {
    struct lenet5_trainer *trainer;
    char *path, *previous, *lock_path;
    int lock;
};

static char *with_suffix(const char *path, const char *suffix)
{
    const size_t size = strlen(path) + strlen(suffix) + 1;
    char *text = memory_alloc(size, 1);
    if (text)
        snprintf(text, size, "%s%s", path, suffix);
    return text;
}

enum lenet5_status lenet5_checkpoint_open(struct lenet5_checkpoint **checkpoint,
                                          struct lenet5_trainer *trainer, const char *path,
                                          struct lenet5_error *error)
{
    *checkpoint = NULL;
    struct lenet5_checkpoint *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    self->trainer = trainer;
    self->lock = -1;
    enum lenet5_status status = atomic_file_resolve(&self->path, path, error);
    if (!status) {
        self->previous = with_suffix(self->path, ATOMIC_FILE_PREVIOUS);
        self->lock_path = with_suffix(self->path, ".lock");
        status = self->previous && self->lock_path
                     ? lock_file_take(&self->lock, self->lock_path, path, error)
                     : fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    }
    if (status) {
        lenet5_checkpoint_close(self);
        return status;
    }
    atomic_file_sweep(self->path);
    *checkpoint = self;
    return LENET5_OK;
}

void lenet5_checkpoint_close(struct lenet5_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    lock_file_release(checkpoint->lock, checkpoint->lock_path);
    memory_free(checkpoint->lock_path);
    memory_free(checkpoint->previous);
    memory_free(checkpoint->path);
    memory_free(checkpoint);
}

/* Refuses what could not be resumed, such as a class name that is not UTF-8. */
static enum lenet5_status check_image(const unsigned char *image, size_t size,
                                      struct lenet5_trainer *trainer, const char *path,
                                      struct lenet5_error *error)
{
    struct lenet5_error detail;
    enum lenet5_status status = checkpoint_decode(trainer, image, size, true, "checkpoint",
                                                  &detail);
    if (status == LENET5_ERROR_DATA)
        return fail(error, LENET5_ERROR_ARGUMENT, "%s: not saved, for it could not be resumed: %s",
                    path, detail.message);
    return status ? fail(error, status, "%s: not saved: %s", path, detail.message) : LENET5_OK;
}

enum lenet5_status lenet5_checkpoint_save(struct lenet5_checkpoint *checkpoint,
                                          struct lenet5_error *error)
{
    struct lenet5_trainer *trainer = checkpoint->trainer;
    if (!trainer->reporting)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "%s: not saved: checkpoints can only be saved in the progress function",
                    checkpoint->path);
    const size_t wrong = network_first_not_finite(trainer->network);
    if (wrong < trainer->network->parameter_count)
        return fail(error, LENET5_ERROR_DIVERGED, "%s: not saved: parameter %zu is not finite: %g",
                    checkpoint->path, wrong, (double)trainer->network->parameters[wrong]);
    unsigned char *image;
    size_t size;
    enum lenet5_status status = checkpoint_encode(&image, &size, trainer, checkpoint->path, error);
    if (status)
        return status;
    status = check_image(image, size, trainer, checkpoint->path, error);
    if (!status)
        status = atomic_file_replace(checkpoint->path, image, size, error);
    memory_free(image);
    return status;
}

/* The whole file as *size bytes in *image, which the caller frees. */
static enum lenet5_status read_file(unsigned char **image, size_t *size,
                                    const struct lenet5_trainer *trainer, const char *path,
                                    struct lenet5_error *error)
{
    int file;
    uint64_t found;
    enum lenet5_status status = input_file_open(&file, &found, path, error);
    if (status)
        return status;
    const uint64_t least = CHECKPOINT_CODEC_LEAST, most = checkpoint_codec_most(trainer);
    *size = (size_t)found;
    if (found < least || found > most)
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: has %" PRIu64 " bytes, expected %" PRIu64 " to %" PRIu64
                      " for a checkpoint of this training run",
                      path, found, least, most);
    else if (!(*image = memory_alloc(*size, 1)))
        status = fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
    else if ((status = input_file_read_all(*image, *size, file, path, error)))
        memory_free(*image);
    close(file);
    return status;
}

enum lenet5_status lenet5_checkpoint_resume(struct lenet5_checkpoint *checkpoint,
                                            enum lenet5_checkpoint_which which,
                                            struct lenet5_error *error)
{
    struct lenet5_trainer *trainer = checkpoint->trainer;
    const char *path = which == LENET5_CHECKPOINT_NEWEST ? checkpoint->path : checkpoint->previous;
    if (trainer->reporting)
        return fail(error, LENET5_ERROR_ARGUMENT, "%s: cannot be resumed in the progress function",
                    path);
    unsigned char *image;
    size_t size;
    enum lenet5_status status = read_file(&image, &size, trainer, path, error);
    if (status)
        return status;
    status = checkpoint_decode(trainer, image, size, false, path, error);
    memory_free(image);
    return status;
}
