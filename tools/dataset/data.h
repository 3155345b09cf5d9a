/*
 * Finds the programs' images: in a directory, in the cache under the name of a known data set, in
 * datasets/, else synthetic digits.
 */
#ifndef DATA_H
#define DATA_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

#include "cli/files.h"
#include "cli/messages.h"
#include "datasets/known.h"

#define DATA_HELP                                                                       \
    "data set: a directory, a name from `lenet5-data list`, or built-in for synthetic " \
    "digits; by default $LENET5_DATA, else mnist, else built-in"

enum { DATA_CLASSES_SIZE = 4096 };

/* Starts as {.directory = what --data said, or NULL}; is not moved while its class names are in use. */
struct data {
    const char *directory; /* NULL: not found yet, or drawn */
    char found[FILE_PATH_SIZE];
    bool drawn;
    const struct known_dataset
        *known; /* what lies there, by the files' names; NULL: not looked yet */
    struct lenet5_idx_format format; /* known's, or as classes.txt says */
    char text[DATA_CLASSES_SIZE];    /* of classes.txt */
    const char *names[LENET5_MAX_CLASSES];
    const char *const *classes;
};

/*
 * Reads a split. The first call chooses the data set: --data, else $LENET5_DATA, else MNIST in the user's
 * cache, else in datasets/, else synthetic digits, with a note. Returns an exit code after printing the
 * error. The caller destroys *dataset.
 */
int data_read(struct data *data, struct lenet5_dataset **dataset, enum lenet5_split split);

/*
 * The classes' names where they are not digits, NULL where they are: the lines of a file classes.txt
 * beside the images, else those of the known data set.
 */
const char *const *data_class_names(const struct data *data);

/* Prints that no data set has the name, which are known, and the nearest. command is NULL where a directory
 * or built-in would do, too. Returns the exit code. */
int data_unknown(const char *command, const char *name);

/* The directory, or "built-in", which data_read takes too. */
const char *data_name(const struct data *data);

/* lenet5/NAME in $XDG_CACHE_HOME or ~/.cache; false where there is neither. */
bool data_cache(char path[FILE_PATH_SIZE], const char *name);

/* Where a known data set is: in the cache, else in datasets/; false where it is not. */
bool data_find(char path[FILE_PATH_SIZE], const struct known_dataset *known);

/*
 * Writes the names of classes, one to a line, where data_read finds them. Returns an exit code after
 * printing what is wrong.
 */
int data_write_classes(const char *directory, const char *const *names, int count);

#endif
