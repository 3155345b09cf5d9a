/*
 * The output of the programs that measure: one JSON line for each measured value, without statistics.
 * run_bench.sh collects the lines of a run in one file, and report.py computes medians and ratios.
 */
#ifndef RECORD_H
#define RECORD_H

/* The subject of a value. NULL or 0: does not apply. */
struct record {
    const char *section, *name;
    int batch, threads;
    const char *contender;
};

/* Prints a note on a row; with section "header" and a name, a fact about the run. */
void record_note(const struct record *what, const char *text);

/* Prints a value; one that is not finite becomes null, which means not measured or not reached. */
void record_value(const struct record *what, const char *metric, double value);

#endif
