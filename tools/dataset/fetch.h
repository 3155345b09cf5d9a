/* Downloads known data sets into the cache: whole and verified, or not at all. */
#ifndef FETCH_H
#define FETCH_H

#include "datasets/known.h"

struct fetch {
    const char *cache;  /* where a directory per data set is made */
    const char *mirror; /* instead of the known ones, ending in '/' or not; or NULL */
    double timeout;     /* seconds without an answer, or with next to no data, until the next try */
};

/*
 * Leaves alone what is there and verifies. Everything else is downloaded beside it, going on where an
 * earlier try ended, mirror after mirror; only what verifies takes its place. Returns an exit code after
 * printing what is wrong: CLI_UNAVAILABLE if no mirror had it, CLI_DATA if mirrors had only
 * other files.
 */
int fetch_dataset(const struct known_dataset *known, const struct fetch *fetch);

#endif
