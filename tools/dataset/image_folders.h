/* Converts data sets between MNIST's four files and pictures in one folder per class. */
#ifndef IMAGE_FOLDERS_H
#define IMAGE_FOLDERS_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

/* All return an exit code after printing the error. Missing directories are made. */

/* Writes a split's two files. */
int image_folders_write_idx(const struct lenet5_dataset *dataset, const char *directory,
                            enum lenet5_split split);

struct image_folders_import {
    double held_out; /* share of the images that becomes the test files, drawn by the seed */
    uint64_t seed;
    bool raw; /* pictures are 28x28 and taken as they are; else each is made to look like MNIST's */
};

/*
 * Reads PNG and PGM pictures, class by class in the order of the folders' names, and writes the four files
 * and the classes' names. Pictures that cannot be read are named and left out; without any left, or with
 * more than LENET5_MAX_CLASSES folders, nothing is written.
 */
int image_folders_import(const char *folder, const char *directory,
                         const struct image_folders_import *how);

/* Writes directory/CLASS/NUMBER.png for every image; names NULL = the labels' digits. */
int image_folders_export(const struct lenet5_dataset *dataset, const char *const *names,
                         const char *directory);

#endif
