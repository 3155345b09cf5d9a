/* Functions of a dataset for the library only; the public ones are in lenet5/dataset.h. */
#ifndef DATASET_STATE_H
#define DATASET_STATE_H

#include <lenet5/dataset.h>

#include "files/digest.h"

/*
 * Makes a dataset of images and labels from memory_alloc and takes them over, also when it fails,
 * so that a large file is held only once. Sizes and labels are the caller's promise. Errors:
 * MEMORY.
 */
enum lenet5_status dataset_adopt(struct lenet5_dataset **dataset, uint8_t *images, uint8_t *labels,
                                 size_t count, int rows, int cols, int classes,
                                 struct lenet5_error *error);

/* SHA-256 of all images and then all labels, a byte each, in hex. */
void dataset_sha256(char hex[DIGEST_HEX_SIZE], const struct lenet5_dataset *dataset);

#endif
