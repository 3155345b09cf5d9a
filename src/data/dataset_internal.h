/* Functions of a dataset for the library only; the public ones are in lenet5/dataset.h. */
#ifndef DATASET_INTERNAL_H
#define DATASET_INTERNAL_H

#include <lenet5/dataset.h>

#include "files/digest.h"

struct lenet5_dataset {
    size_t count;
    int rows, cols, classes;
    uint8_t *images; /* (count, rows, cols) */
    uint8_t *labels; /* (count), each below classes */
};

/* A dataset to be filled in: all pixels and labels are 0. The sizes are not checked. Errors: MEMORY. */
enum lenet5_status dataset_allocate(struct lenet5_dataset **dataset, size_t count, int rows,
                                    int cols, int classes, struct lenet5_error *error);

/* SHA-256 of all images and then all labels, a byte each, in hex. */
void dataset_sha256(char hex[DIGEST_HEX_SIZE], const struct lenet5_dataset *dataset);

#endif
