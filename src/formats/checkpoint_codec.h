/* A trainer's state as the bytes of a checkpoint file, and back. */
#ifndef CHECKPOINT_CODEC_H
#define CHECKPOINT_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "train/trainer_internal.h"

enum { CHECKPOINT_CODEC_LEAST = 40 }; /* bytes: a header's length and a checksum */

/* Bytes that no checkpoint of the trainer exceeds. */
uint64_t checkpoint_codec_most(const struct lenet5_trainer *trainer);

/*
 * The trainer's state, as *size bytes in *image: free them with memory_free. path is for messages,
 * here and below. Errors: MEMORY.
 */
enum lenet5_status checkpoint_encode(unsigned char **image, size_t *size,
                                     struct lenet5_trainer *trainer, const char *path,
                                     struct lenet5_error *error);

/*
 * Puts the trainer into the state of a file of CHECKPOINT_CODEC_LEAST bytes or more; check_only:
 * only tells whether that would work. After an error the trainer is unchanged.
 * Errors: DATA (damaged), ARGUMENT (of another training run), MEMORY.
 */
enum lenet5_status checkpoint_decode(struct lenet5_trainer *trainer, const unsigned char *image,
                                     size_t size, bool check_only, const char *path,
                                     struct lenet5_error *error);

#endif
