/* Labelled grey images, kept as the bytes they came as; batches of them become floats. */
#ifndef LENET5_DATASET_H
#define LENET5_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Immutable once made, so any number of threads may read one. */
struct lenet5_dataset;

/* Which half of a data set. */
enum lenet5_split { LENET5_SPLIT_TRAIN, LENET5_SPLIT_TEST };

enum {
    LENET5_MAX_CLASSES = 64, /* EMNIST, the largest of the family, has 62 */
    LENET5_MAX_SIDE = 4096,  /* pixels of an image's height or width */
};

/*
 * Copies count images (count, rows, cols), 0 = background to 255 = ink, and their labels, each
 * below classes. The caller destroys *dataset.
 * Errors: ARGUMENT (a size of zero or above its limit, a label out of range), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_create(struct lenet5_dataset **dataset,
                                                    const uint8_t *images, const uint8_t *labels,
                                                    size_t count, int rows, int cols, int classes,
                                                    struct lenet5_error *error);

/*
 * The same from one-hot targets (count, classes), as to_categorical makes them: in every row one 1, at
 * the place of the class, and else 0.
 * Errors: those of lenet5_dataset_create; ARGUMENT also for a row that is not one-hot.
 */
LENET5_API enum lenet5_status lenet5_dataset_create_one_hot(struct lenet5_dataset **dataset,
                                                            const uint8_t *images,
                                                            const float *targets, size_t count,
                                                            int rows, int cols, int classes,
                                                            struct lenet5_error *error);

/*
 * A copy of the first count images. The caller destroys *dataset.
 * Errors: ARGUMENT (none, or more than there are), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_first(struct lenet5_dataset **dataset,
                                                   const struct lenet5_dataset *all, size_t count,
                                                   struct lenet5_error *error);

/*
 * A copy of both, first before second. The caller destroys *dataset.
 * Errors: ARGUMENT (images of different sizes), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_join(struct lenet5_dataset **dataset,
                                                  const struct lenet5_dataset *first,
                                                  const struct lenet5_dataset *second,
                                                  struct lenet5_error *error);

/*
 * Reads an IDX image file (magic 0x00000803) and an IDX label file (0x00000801, or 0x00000C02 with a
 * row of 32-bit numbers per image, the first of them the label, as QMNIST has them), plain or gzip'ed,
 * with labels 0 to 9. The size a header promises is checked against the bytes that are really there
 * before it is believed; gzip may unpack to 1 GiB. The caller destroys *dataset.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (not a regular file, magic, truncation, extra bytes, damaged
 * gzip, sides above LENET5_MAX_SIDE, label out of range, different counts, the two files swapped,
 * no image at all).
 */
LENET5_API enum lenet5_status lenet5_dataset_read_idx(struct lenet5_dataset **dataset,
                                                      const char *images_path,
                                                      const char *labels_path,
                                                      struct lenet5_error *error);

/* How other files of the family differ from MNIST's. */
struct lenet5_idx_format {
    int classes;     /* MNIST 10, EMNIST's letters 26 */
    int first_label; /* of class 0: MNIST 0, EMNIST's letters 1 */
    bool transposed; /* rows and columns are swapped, as in EMNIST; square images only */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Reads such a pair of files from a directory. The names are those of MNIST's pattern, plain
 * ("train-images-idx3-ubyte"); "-idx" may be ".idx" there and ".gz" may follow; plain files are
 * preferred. Labels become classes counted from 0. The caller destroys *dataset.
 * Errors: ARGUMENT (a format out of range), NOT_FOUND (the message names the directory and the first
 * name looked for), and those of lenet5_dataset_read_idx.
 */
LENET5_API enum lenet5_status
lenet5_dataset_read_files(struct lenet5_dataset **dataset, const char *directory,
                          const char *images_name, const char *labels_name,
                          const struct lenet5_idx_format *format, struct lenet5_error *error);

/*
 * Writes both files as lenet5_dataset_read_idx reads them, plain; each replaces what was there as a whole.
 * Errors: IO, MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_write_idx(const struct lenet5_dataset *dataset,
                                                       const char *images_path,
                                                       const char *labels_path,
                                                       struct lenet5_error *error);

/*
 * Likewise MNIST's own pair for the split: train-* or t10k-*. The caller destroys *dataset.
 * Errors: those of lenet5_dataset_read_files.
 */
LENET5_API enum lenet5_status lenet5_dataset_read_mnist(struct lenet5_dataset **dataset,
                                                        const char *directory,
                                                        enum lenet5_split split,
                                                        struct lenet5_error *error);

/*
 * Draws count handwritten-looking digits, 28x28, labels 0 to 9 in turn: a stand-in for MNIST that
 * needs no file. Digit i depends on seed, split and i alone, and is the same bytes in every run of
 * one build; LENET5_SPLIT_TRAIN and LENET5_SPLIT_TEST are different digits. The caller destroys *dataset.
 * Errors: ARGUMENT (count of zero), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_draw_digits(struct lenet5_dataset **dataset,
                                                         size_t count, uint64_t seed,
                                                         enum lenet5_split split,
                                                         struct lenet5_error *error);

/* Accepts NULL. */
LENET5_API void lenet5_dataset_destroy(struct lenet5_dataset *dataset);

/* How many images it has. */
LENET5_API size_t lenet5_dataset_count(const struct lenet5_dataset *dataset);

/* An image's height, pixels. */
LENET5_API int lenet5_dataset_rows(const struct lenet5_dataset *dataset);

/* An image's width, pixels. */
LENET5_API int lenet5_dataset_cols(const struct lenet5_dataset *dataset);

/* How many classes its labels may name, from 0 on. */
LENET5_API int lenet5_dataset_classes(const struct lenet5_dataset *dataset);

/* Image i, (rows, cols) bytes, owned by the dataset; i must be below the count. Image i + 1 follows it. */
LENET5_API const uint8_t *lenet5_dataset_image(const struct lenet5_dataset *dataset, size_t i);

/* Its class, 0 to classes - 1; i must be below the count. */
LENET5_API int lenet5_dataset_label(const struct lenet5_dataset *dataset, size_t i);

#ifdef __cplusplus
}
#endif
#endif
