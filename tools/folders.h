/* Data sets as folders: of MNIST's four files, and of pictures, one folder per class. */
#ifndef FOLDERS_H
#define FOLDERS_H

#include <lenet5/lenet5.h>

/* All return an exit code after saying what is wrong. Directories are made where they are missing. */

/* Writes a split's two files. */
int folders_write_idx(const struct lenet5_dataset *dataset, const char *directory,
                      enum lenet5_split split);

/*
 * Reads PNG and PGM pictures, class by class in the order of the folders' names, makes each look like
 * MNIST's, and writes the four files. The share held out becomes the test files, drawn by the seed.
 * Pictures that cannot be read are named and left out; without any left, or with more than ten classes,
 * nothing is written.
 */
int folders_import(const char *folder, const char *directory, double held_out, uint64_t seed);

/* Writes directory/CLASS/NUMBER.png for every image; names NULL = the labels' digits. */
int folders_export(const struct lenet5_dataset *dataset, const char *const *names,
                   const char *directory);

#endif
