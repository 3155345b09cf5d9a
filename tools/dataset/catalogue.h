/* lenet5-data's commands list, fetch and verify. All return an exit code. */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <stdbool.h>

/* Prints the known data sets and where they are on this machine. */
int catalogue_list(bool as_json);

/* Downloads into the cache and prints the directory; see fetch.h. mirror may be NULL. */
int catalogue_fetch(const char *name, const char *mirror, double timeout);

/* Compares the files of one data set, or with NULL of all on this machine, with the published hashes. */
int catalogue_verify(const char *name, bool as_json);

#endif
