/* Progress on stderr: a progress bar on a terminal, and one line per epoch everywhere. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

struct progress {
    bool live;     /* stderr is a terminal that can redraw a line */
    bool drawn;    /* a progress bar is on the last line */
    double start;  /* seconds of the monotonic clock */
    double before; /* the share of the run that was done at the start */
    double shown;  /* when the bar was last drawn */
};

/* Print nothing under --quiet. */
void progress_start(struct progress *progress, double before);
void progress_update(struct progress *progress, const struct lenet5_progress *now);

/* Progress of a download, on a terminal only. total is 0 if it is not known. */
void progress_bytes(struct progress *progress, const char *name, long long done, long long total);

/* Clears the progress bar, so that a message can follow. */
void progress_clear(struct progress *progress);

#endif
