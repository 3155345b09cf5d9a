/*
 * Where the programs find their images: MNIST in one of the usual places, else digits drawn here.
 */
#ifndef DATA_H
#define DATA_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

#define DATA_HELP                                                                             \
    "MNIST's directory; else $LENET5_DATA, ~/.cache/lenet5/mnist, datasets/mnist, or digits " \
    "drawn by the program"

enum { DATA_PATH_SIZE = 4096 };

/* Starts as {.directory = what --data said, or NULL}. */
struct data {
    const char *directory; /* NULL: not found yet, or drawn */
    char found[DATA_PATH_SIZE];
    bool drawn;
};

/*
 * Reads a split. The first call settles where from: --data, else $LENET5_DATA, else lenet5/mnist in
 * the user's cache, else datasets/mnist; without any of them digits are drawn, which is said on
 * stderr. Returns an exit code after printing what is wrong. The caller destroys *dataset.
 */
int data_read(struct data *data, struct lenet5_dataset **dataset, enum lenet5_split split);

/*
 * The classes' names where they are not digits, NULL where they are: Fashion-MNIST's (Xiao et al. 2017)
 * when a part of the directory's name is "fashion".
 */
const char *const *data_class_names(const struct data *data);

/* The directory, or "built-in digits". */
const char *data_name(const struct data *data);

#endif
