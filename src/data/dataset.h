/* The making of a dataset from buffers that somebody has filled already. */
#ifndef DATASET_H
#define DATASET_H

#include <lenet5/dataset.h>

/*
 * Makes a dataset of images and labels from memory_alloc and takes them over, also when it fails,
 * so that a large file is held only once. Sizes and labels are the caller's promise. Errors:
 * MEMORY.
 */
enum lenet5_status dataset_adopt(struct lenet5_dataset **dataset, uint8_t *images, uint8_t *labels,
                                 size_t count, int rows, int cols, int classes,
                                 struct lenet5_error *error);

#endif
