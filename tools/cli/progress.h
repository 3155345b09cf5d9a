/*
 * Progress on stderr: a line that moves on a terminal; of training also one line per epoch anywhere.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

struct progress {
    bool live;     /* stderr is a terminal that can redraw a line */
    bool drawn;    /* such a line stands there now */
    double start;  /* seconds of the monotonic clock, */
    double before; /* and the share of the run that was done by then */
    double shown;  /* when the line was drawn last */
};

/* Says nothing at all under --quiet. */
void progress_start(struct progress *progress, double before);
void progress_update(struct progress *progress, const struct lenet5_progress *now);

/* The same for bytes of a file: a moving line on a terminal, nothing elsewhere. total is 0 where it is not
 * known. */
void progress_bytes(struct progress *progress, const char *name, long long done, long long total);

/* Clears the moving line, so that other messages start on a fresh one. */
void progress_clear(struct progress *progress);

#endif
