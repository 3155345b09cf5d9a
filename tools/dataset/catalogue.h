/* The commands of lenet5-data about data sets that are known by name. All return an exit code. */
#ifndef CATALOGUE_H
#define CATALOGUE_H

#include <stdbool.h>

/* What is known, and where it is on this machine, on stdout. */
int catalogue_list(bool as_json);

/* Fetches into the cache and prints where; see fetch.h. mirror may be NULL. */
int catalogue_fetch(const char *name, const char *mirror, double timeout);

/* Compares the files of one data set, or with NULL of all that are here, with what was published. */
int catalogue_verify(const char *name, bool as_json);

#endif
