/* The JSON text of a checkpoint: data, settings and position; docs/checkpoint-file.md. */
#ifndef CHECKPOINT_JSON_H
#define CHECKPOINT_JSON_H

#include <lenet5/status.h>

#include "train/trainer_internal.h"

enum { CHECKPOINT_VERSION = 1 };

/* The position as counters; the rest of a checkpoint are vectors. */
struct checkpoint_place {
    long step;      /* optimizer steps done */
    int batch;      /* of the current epoch; 0 = not begun */
    size_t correct; /* of its samples */
};

/*
 * Of a trainer that has its dataset's SHA-256. Free it with memory_free; NULL without memory.
 */
char *checkpoint_json_print(const struct lenet5_trainer *trainer,
                            const struct checkpoint_place *place);

/*
 * Reads a text, and compares everything but the place with what the trainer's own would say.
 * Errors: DATA, MEMORY, ARGUMENT (something is not as in this run).
 */
enum lenet5_status checkpoint_json_parse(struct checkpoint_place *place, const char *text,
                                         const struct lenet5_trainer *trainer, const char *path,
                                         struct lenet5_error *error);

#endif
