/* The records of one run, gathered into cells with their statistics, and what follows from them. */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>

/* What a row of a table is about. "" and 0 = does not apply. */
struct row {
    const char *section, *name;
    int batch, threads;
    const char *contender;
};

/* One metric of a row. Of what was not measured the three are NaN. */
struct cell {
    struct row row;
    const char *metric;
    double median, min, max;
    int runs;
    double *values; /* (runs) */
};

/* A row without figures, or a fact about the machine (section "header", name, text). */
struct note {
    struct row row;
    const char *text;
};

struct results {
    struct cell *cells;
    int cell_count, cell_room;
    struct note *notes;
    int note_count, note_room;
};

/*
 * Reads JSON lines: {"section", "name", "batch", "threads", "contender", "metric", "value"} and, for
 * notes, "text" in place of the last two. A null value makes a cell that was not measured. Ends with
 * results_derive. False with a message on stderr when the file is not that.
 */
bool results_read(struct results *results, const char *path);

/* Adds what follows from the values: speeds, shares of the peak, ratios, means over seeds. */
void results_derive(struct results *results);

/* Adds a cell, unless the row has one of that metric. */
void results_set(struct results *results, const struct row *row, const char *metric, double median,
                 double min, double max, int runs);

bool row_equal(const struct row *a, const struct row *b);

/* NULL where there is none. */
const struct cell *results_find(const struct results *results, const struct row *row,
                                const char *metric);

/* The median, NaN where there is none. */
double results_median(const struct results *results, const struct row *row, const char *metric);

/* The note on a row, or a fact of the header; "" where there is none. */
const char *results_note(const struct results *results, const struct row *row);
const char *results_fact(const struct results *results, const char *name);

#endif
