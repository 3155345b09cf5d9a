/* A file with a line per epoch: CSV, or JSON Lines where its name ends in .jsonl or .ndjson. */
#ifndef HISTORY_H
#define HISTORY_H

#include <lenet5/lenet5.h>
#include <stdbool.h>
#include <stdio.h>

struct cJSON;

struct history {
    FILE *file; /* NULL: none is wanted */
    const char *path;
    bool json;
    int before;   /* epochs that the file already had */
    bool watched; /* lines have the errors, too */
};

/*
 * Opens the file; path NULL = none. When training goes on from a model (`resumes`) lines are appended to
 * a file that is there, and epochs counted on. `watched` adds two columns. Returns an exit code.
 */
int history_open(struct history *history, const char *path, bool resumes, bool watched);

/*
 * Adds a finished epoch, at once; errors are those on the training images and on the test images, of
 * training that is watched.
 */
void history_add(const struct history *history, const struct lenet5_progress *now,
                 const double errors[2]);

/* Adds an object with the same figures for each epoch. */
void history_json(struct cJSON *array, const struct lenet5_progress *epochs, int count);

/* Returns an exit code: earlier write errors are reported here. */
int history_close(struct history *history);

#endif
