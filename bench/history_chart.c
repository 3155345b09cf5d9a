/*
 * history-chart TITLE HISTORY.csv...: the mean training and test error by pass over several runs of
 * lenet5-train --watch --history, as SVG. docs/lecun1998.md says how its charts are made by it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/plots.h"

enum { MOST = 1000 };

/* The text between the next two commas; NULL at the end of the line. */
static char *next_field(char **line)
{
    char *field = *line, *end = field ? strpbrk(field, ",\r\n") : NULL;
    if (!end)
        return NULL;
    *line = *end == ',' ? end + 1 : NULL;
    *end = 0;
    return field;
}

/* Where the columns are that --watch adds; -1 without them. */
static void find_columns(char *line, int columns[2])
{
    const char *field;
    columns[0] = columns[1] = -1;
    for (int i = 0; (field = next_field(&line)); i++)
        for (int k = 0; k < 2; k++)
            if (strcmp(field, k ? "test_error" : "train_error") == 0)
                columns[k] = i;
}

/* Adds a run's errors to the sums; returns its passes, 0 where it cannot be read. */
static int add_run(const char *path, double sums[2][MOST])
{
    FILE *file = fopen(path, "r");
    char line[1024];
    int columns[2] = {-1, -1}, passes = 0;
    if (file && fgets(line, sizeof(line), file))
        find_columns(line, columns);
    if (columns[0] >= 0 && columns[1] >= 0)
        for (; passes < MOST && fgets(line, sizeof(line), file); passes++) {
            char *rest = line;
            const char *field;
            for (int i = 0; (field = next_field(&rest)); i++)
                for (int k = 0; k < 2; k++)
                    if (i == columns[k])
                        sums[k][passes] += *field ? strtod(field, NULL) : NAN;
        }
    if (file)
        fclose(file);
    return passes;
}

int main(int argc, char **argv)
{
    static double sums[2][MOST];
    int passes = 0;
    if (argc < 3) {
        fputs("Usage: history-chart TITLE HISTORY.csv...\n", stderr);
        return 64;
    }
    for (int i = 2; i < argc; i++) {
        const int here = add_run(argv[i], sums);
        if (here == 0 || (i > 2 && here != passes)) {
            fprintf(stderr,
                    "history-chart: %s: %d passes with errors, expected %s; train with --watch\n",
                    argv[i], here, i > 2 ? "as many as in the first" : "at least one");
            return 65;
        }
        passes = here;
    }
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < passes; i++)
            sums[k][i] /= argc - 2;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", stdout);
    plot_curves(stdout, argv[1], (const char *const[]){"train", "test"},
                (const double *const[]){sums[0], sums[1]}, passes, 1);
    return ferror(stdout) || fflush(stdout) ? 74 : 0;
}
