/*
 * What the measuring programs print: one JSON line for every value, as measured, without statistics.
 * run_bench.sh collects the lines of a run in one file, and report.py computes medians and ratios.
 */
#ifndef RECORD_H
#define RECORD_H

/* What was measured. NULL and 0 = does not apply. */
struct record {
    const char *section, *name;
    int batch, threads;
    const char *contender;
};

/* A remark on a row; section "header" and a name make it a fact about the run. */
void record_note(const struct record *what, const char *text);

/* A value that is not finite prints as null: it was not measured, or never came about. */
void record_value(const struct record *what, const char *metric, double value);

#endif
