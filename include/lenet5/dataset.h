/* Datasets: grey images of one size with a class label each, kept in memory as bytes. */
#ifndef LENET5_DATASET_H
#define LENET5_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Immutable after creation: any number of threads may read one. */
struct lenet5_dataset;

/* The part of a dataset: training or test images. */
enum lenet5_split { LENET5_SPLIT_TRAIN, LENET5_SPLIT_TEST };

enum {
    LENET5_MAX_CLASSES = 64, /* EMNIST has 62 */
    LENET5_MAX_SIDE = 4096,  /* largest height or width of an image, pixels */
};

/*
 * Copies count images (count, rows, cols), 0 = background to 255 = ink, and count labels, each below
 * classes. The caller destroys *dataset.
 * Errors: ARGUMENT (count, rows, cols or classes is 0 or above its limit; a label is not below classes),
 * MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_create(struct lenet5_dataset **dataset,
                                                    const uint8_t *images, const uint8_t *labels,
                                                    size_t count, int rows, int cols, int classes,
                                                    struct lenet5_error *error);

/*
 * As lenet5_dataset_create, from one-hot targets (count, classes) as Keras's to_categorical makes them:
 * each image has one 1, at the index of its class, and 0 elsewhere.
 * Errors: those of lenet5_dataset_create; ARGUMENT also for a target that is not one-hot.
 */
LENET5_API enum lenet5_status lenet5_dataset_create_one_hot(struct lenet5_dataset **dataset,
                                                            const uint8_t *images,
                                                            const float *targets, size_t count,
                                                            int rows, int cols, int classes,
                                                            struct lenet5_error *error);

/*
 * Copies the first count images of `all`. The caller destroys *dataset.
 * Errors: ARGUMENT (count is 0 or above the number of images), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_first(struct lenet5_dataset **dataset,
                                                   const struct lenet5_dataset *all, size_t count,
                                                   struct lenet5_error *error);

/*
 * Copies the images of first, then those of second. The caller destroys *dataset.
 * Errors: ARGUMENT (images of different sizes), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_join(struct lenet5_dataset **dataset,
                                                  const struct lenet5_dataset *first,
                                                  const struct lenet5_dataset *second,
                                                  struct lenet5_error *error);

/*
 * Reads an IDX image file (magic 0x00000803) and an IDX label file, plain or gzip-compressed, with labels
 * 0 to 9. Label files have magic 0x00000801, or 0x00000C02 for QMNIST's: several 32-bit numbers per
 * image, of which the first is the label. The sizes in a header are checked against the file's real
 * size before memory is allocated; gzip may unpack to at most 1 GiB. The caller destroys *dataset.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (no regular file, wrong magic, truncated, extra bytes, damaged
 * gzip, a side above LENET5_MAX_SIDE, a label out of range, different counts, the two files swapped,
 * no image).
 */
LENET5_API enum lenet5_status lenet5_dataset_read_idx(struct lenet5_dataset **dataset,
                                                      const char *images_path,
                                                      const char *labels_path,
                                                      struct lenet5_error *error);

/* How IDX files of other datasets differ from those of MNIST. */
struct lenet5_idx_format {
    int classes;     /* MNIST 10, EMNIST's letters 26 */
    int first_label; /* the label of class 0: MNIST 0, EMNIST's letters 1 */
    bool transposed; /* rows and columns are swapped, as in EMNIST; square images only */
    uint64_t reserved[LENET5_RESERVED]; /* 0: status.h */
};

/*
 * Reads a pair of IDX files from a directory. Give the names in MNIST's form, without suffix
 * ("train-images-idx3-ubyte"). On disk ".idx" may replace "-idx" and ".gz" may follow; an uncompressed
 * file is preferred. Labels become classes counted from 0. The caller destroys *dataset.
 * Errors: ARGUMENT (a field of format is out of range), NOT_FOUND (the message gives the directory and
 * the first name tried), and those of lenet5_dataset_read_idx.
 */
LENET5_API enum lenet5_status
lenet5_dataset_read_files(struct lenet5_dataset **dataset, const char *directory,
                          const char *images_name, const char *labels_name,
                          const struct lenet5_idx_format *format, struct lenet5_error *error);

/*
 * Writes the images and the labels as two uncompressed IDX files that lenet5_dataset_read_idx reads. Each
 * file is written under a temporary name and renamed: path holds the old or the new file, never a part.
 * Errors: IO, MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_write_idx(const struct lenet5_dataset *dataset,
                                                       const char *images_path,
                                                       const char *labels_path,
                                                       struct lenet5_error *error);

/*
 * Reads MNIST's own pair of files from a directory: train-* or t10k-*, by split. The caller destroys
 * *dataset.
 * Errors: those of lenet5_dataset_read_files.
 */
LENET5_API enum lenet5_status lenet5_dataset_read_mnist(struct lenet5_dataset **dataset,
                                                        const char *directory,
                                                        enum lenet5_split split,
                                                        struct lenet5_error *error);

/*
 * Draws count synthetic digits that look handwritten, 28x28, with labels 0 to 9 in turn: a replacement
 * for MNIST that needs no file. Image i depends only on seed, split and i, and has the same bytes in
 * every run of one build; the two splits have different images. The caller destroys *dataset.
 * Errors: ARGUMENT (count is 0), MEMORY.
 */
LENET5_API enum lenet5_status lenet5_dataset_draw_digits(struct lenet5_dataset **dataset,
                                                         size_t count, uint64_t seed,
                                                         enum lenet5_split split,
                                                         struct lenet5_error *error);

/* Frees the dataset. Accepts NULL. */
LENET5_API void lenet5_dataset_destroy(struct lenet5_dataset *dataset);

/* The number of images. */
LENET5_API size_t lenet5_dataset_count(const struct lenet5_dataset *dataset);

/* The height of each image, pixels. */
LENET5_API int lenet5_dataset_rows(const struct lenet5_dataset *dataset);

/* The width of each image, pixels. */
LENET5_API int lenet5_dataset_cols(const struct lenet5_dataset *dataset);

/* The number of classes: labels are 0 to classes - 1. */
LENET5_API int lenet5_dataset_classes(const struct lenet5_dataset *dataset);

/* The pixels (rows, cols) of image i, owned by the dataset; image i + 1 follows them. i is below the count. */
LENET5_API const uint8_t *lenet5_dataset_image(const struct lenet5_dataset *dataset, size_t i);

/* The class of image i, 0 to classes - 1. i is below the count. */
LENET5_API int lenet5_dataset_label(const struct lenet5_dataset *dataset, size_t i);

#ifdef __cplusplus
}
#endif
#endif
