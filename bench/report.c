/*
 * The results of one run as tables (aligned or Markdown), CSV or JSON on standard output.
 *
 *     bench-report -o table|md|csv|json [--out DIRECTORY] FILE
 *
 * With --out also DIRECTORY/results.json, results.md, training.svg and layers.svg.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "export.h"
#include "results.h"
#include "table.h"

typedef void writer(FILE *file, const struct results *results);

static const struct {
    const char *name;
    writer *write;
} formats[] = {
    {"table", table_write_text},
    {"md", table_write_markdown},
    {"csv", export_write_csv},
    {"json", export_write_json},
};

static const struct {
    const char *name;
    writer *write;
} files[] = {
    {"results.json", export_write_json},
    {"results.md", table_write_markdown},
    {"training.svg", chart_write_training},
    {"layers.svg", chart_write_layers},
};

static writer *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].write;
    return NULL;
}

static int write_files(const char *directory, const struct results *results)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", directory, files[i].name);
        FILE *file = fopen(path, "w");
        if (file)
            files[i].write(file, results);
        if (!file || (ferror(file) | fclose(file))) {
            fprintf(stderr, "bench-report: %s: %s\n", path, strerror(errno));
            return 74;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct results results;
    writer *write = table_write_text;
    const char *directory = NULL, *path = NULL;
    bool usable = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            usable &= (write = find_format(argv[++i])) != NULL;
        else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
            directory = argv[++i];
        else if (argv[i][0] == '-' || path)
            usable = false;
        else
            path = argv[i];
    }
    if (!usable || !path) {
        fprintf(stderr, "usage: bench-report -o table|md|csv|json [--out DIRECTORY] FILE\n");
        return 64;
    }
    if (!results_read(&results, path))
        return 65;
    write(stdout, &results);
    return directory ? write_files(directory, &results) : 0;
}
