#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 128, MAX_COLUMNS = 12 };

struct column {
    const char *metric, *title;
    int digits; /* behind the point; -1 = scientific */
    bool range; /* (smallest-largest) behind the median */
};

/* What identifies a row, in this order. */
enum key { NAME = 1, BATCH = 2, THREADS = 4, CONTENDER = 8 };

struct table {
    const char *section, *title, *name_title;
    int keys; /* of enum key */
    struct column columns[MAX_COLUMNS];
};

static const struct table tables[] = {
    {"peak",
     "Peak: fused multiply-adds in registers",
     "vectors",
     NAME | THREADS,
     {{"gflops", "GF/s", 1, true}}},
    {"layers",
     "Layers, 1 thread, 16 samples a call: microseconds a sample",
     "layer",
     NAME,
     {{"naive_us", "naive us", 2, false},
      {"blas_us", "blas us", 2, true},
      {"blas_ratio", "naive/blas", 1, false},
      {"gflops", "blas GF/s", 1, false},
      {"peak_percent", "% of peak", 1, false},
      {"direct_us", "direct us", 2, true},
      {"direct_gflops", "direct GF/s", 1, false},
      {"difference", "difference", -1, false}}},
    {"bound_training",
     "Bound of a training step, 1 thread: its bare products (rows x columns x "
     "sum length)",
     "calls",
     NAME | BATCH | CONTENDER,
     {{"calls", "a batch", 0, false},
      {"us", "us a sample", 2, true},
      {"gflops", "GF/s", 1, false},
      {"peak_percent", "% of peak", 1, false},
      {"overhead", "whole/bare", 2, true}}},
    {"bound_inference",
     "Bound of inference, 1 thread",
     "calls",
     NAME | BATCH | CONTENDER,
     {{"calls", "a batch", 0, false},
      {"us", "us a sample", 2, true},
      {"gflops", "GF/s", 1, false},
      {"peak_percent", "% of peak", 1, false},
      {"overhead", "whole/bare", 2, true}}},
    {"training",
     "Training steps",
     "",
     BATCH | THREADS | CONTENDER,
     {{"samples_per_second", "samples/s", 0, true},
      {"blas_ratio", "blas is faster", 2, false},
      {"direct_ratio", "direct is faster", 2, false}}},
    {"inference",
     "Inference",
     "",
     BATCH | THREADS | CONTENDER,
     {{"samples_per_second", "samples/s", 0, true},
      {"blas_ratio", "blas is faster", 2, false},
      {"direct_ratio", "direct is faster", 2, false}}},
    {"latency",
     "Latency of one image, 1 thread: microseconds",
     "",
     CONTENDER,
     {{"p50_us", "p50", 1, true},
      {"p99_us", "p99", 1, true},
      {"p999_us", "p99.9", 1, true},
      {"blas_ratio", "blas is faster (p50)", 2, false},
      {"direct_ratio", "direct is faster (p50)", 2, false}}},
    {"recipe",
     "The default recipe on MNIST: to 99.0 % of the test set",
     "seed",
     CONTENDER | NAME | THREADS,
     {{"accuracy", "final accuracy %", 2, true},
      {"epochs_to_target", "epochs to 99.0 %", 1, true},
      {"seconds_to_target", "seconds to 99.0 %", 1, true},
      {"seconds", "seconds in all", 1, true}}},
    {"growth",
     "How the cost of training grows",
     "what",
     NAME | BATCH | THREADS,
     {{"us", "us a sample", 2, true},
      {"gflops", "GF/s", 1, false},
      {"peak_percent", "% of peak", 1, false},
      {"epoch_seconds", "epoch, seconds", 2, true}}},
};

static const char *const facts[] = {"date",     "commit",  "cpu",    "vectors", "blas",
                                    "compiler", "PyTorch", "oneDNN", "runs",    "settings"};

typedef char line[MAX_COLUMNS][TEXT];

/* A table's rows as they will be printed, the titles first. */
struct grid {
    line *lines;
    int count;
    int left, values, columns; /* keys, keys and values, and with the notes where there are any */
};

static void print_text(char text[TEXT], const char *value)
{
    snprintf(text, TEXT, "%s", value);
}

static void print_number(char *text, double value, int digits)
{
    snprintf(text, TEXT / 4, digits < 0 ? "%.*e" : "%.*f", digits < 0 ? 1 : digits, value);
}

static void print_cell(char text[TEXT], const struct cell *cell, const struct column *column)
{
    char median[TEXT / 4], min[TEXT / 4], max[TEXT / 4];
    print_text(text, "-");
    if (!cell || isnan(cell->median))
        return;
    print_number(median, cell->median, column->digits);
    print_number(min, cell->min, column->digits);
    print_number(max, cell->max, column->digits);
    snprintf(text, TEXT, column->range && cell->runs > 1 ? "%s (%s-%s)" : "%s", median, min, max);
}

static void print_count(char text[TEXT], int count)
{
    snprintf(text, TEXT, count ? "%d" : "-", count);
}

/* The keys of a row, or their titles where row is NULL; how many columns they take. */
static int print_keys(line text, const struct table *table, const struct row *row)
{
    int i = 0;
    if (table->keys & BATCH)
        row ? print_count(text[i++], row->batch) : print_text(text[i++], "batch");
    if (table->keys & THREADS)
        row ? print_count(text[i++], row->threads) : print_text(text[i++], "threads");
    if (table->keys & CONTENDER)
        print_text(text[i++], row ? row->contender : "contender");
    if (table->keys & NAME)
        print_text(text[i++], row ? row->name : table->name_title);
    return i;
}

static bool has_row(const struct row *rows, int count, const struct row *row)
{
    for (int i = 0; i < count; i++)
        if (row_equal(&rows[i], row))
            return true;
    return false;
}

/* The distinct rows of a section in order of appearance, those with nothing but a note last. */
static int find_rows(struct row *rows, const struct results *results, const char *section)
{
    int count = 0;
    for (int i = 0; i < results->cell_count + results->note_count; i++) {
        const struct row *row = i < results->cell_count
                                    ? &results->cells[i].row
                                    : &results->notes[i - results->cell_count].row;
        if (strcmp(row->section, section) == 0 && !has_row(rows, count, row))
            rows[count++] = *row;
    }
    return count;
}

static struct grid make_grid(const struct results *results, const struct table *table)
{
    const int most = results->cell_count + results->note_count;
    struct row *rows = calloc((size_t)most + 1, sizeof(*rows));
    struct grid grid = {.lines = calloc((size_t)most + 1, sizeof(*grid.lines))};
    if (!rows || !grid.lines)
        abort();
    const int count = find_rows(rows, results, table->section);
    grid.left = print_keys(grid.lines[0], table, NULL);
    for (int i = 0; i < count; i++) {
        line *text = &grid.lines[i + 1];
        int at = print_keys(*text, table, &rows[i]);
        for (const struct column *column = table->columns; column->metric; column++, at++) {
            print_text(grid.lines[0][at], column->title);
            print_cell((*text)[at], results_find(results, &rows[i], column->metric), column);
        }
        print_text((*text)[at], results_note(results, &rows[i]));
        if (*(*text)[at])
            print_text(grid.lines[0][at], "note");
        grid.values = at;
        grid.columns = *grid.lines[0][at] ? at + 1 : at;
    }
    grid.count = count ? count + 1 : 0;
    free(rows);
    return grid;
}

static void write_grid_text(FILE *file, const struct grid *grid)
{
    int widths[MAX_COLUMNS] = {0};
    for (int i = 0; i < grid->count; i++)
        for (int c = 0; c < grid->values; c++)
            if ((int)strlen(grid->lines[i][c]) > widths[c])
                widths[c] = (int)strlen(grid->lines[i][c]);
    for (int i = 0; i < grid->count; i++) {
        for (int c = 0; c < grid->values; c++)
            fprintf(file, "%s%*s", c ? "  " : "", c < grid->left ? -widths[c] : widths[c],
                    grid->lines[i][c]);
        fprintf(file, *grid->lines[i][grid->values] ? "  %s\n" : "\n",
                grid->lines[i][grid->values]);
    }
}

static void write_grid_markdown(FILE *file, const struct grid *grid)
{
    for (int i = 0; i < grid->count; i++) {
        for (int c = 0; c < grid->columns; c++)
            fprintf(file, "| %s ", grid->lines[i][c]);
        fputs("|\n", file);
        for (int c = 0; i == 0 && c < grid->columns; c++)
            fputs(c < grid->left || c >= grid->values ? "|---" : "|---:", file);
        fputs(i == 0 ? "|\n" : "", file);
    }
}

static void write_tables(FILE *file, const struct results *results, bool markdown)
{
    fputs(markdown ? "# Benchmarks\n\n" : "", file);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        if (*results_fact(results, facts[i]))
            fprintf(file, markdown ? "- %s: %s\n" : "%-9s %s\n", facts[i],
                    results_fact(results, facts[i]));
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct grid grid = make_grid(results, &tables[i]);
        if (grid.count) {
            fprintf(file, markdown ? "\n## %s\n\n" : "\n%s\n", tables[i].title);
            markdown ? write_grid_markdown(file, &grid) : write_grid_text(file, &grid);
        }
        free(grid.lines);
    }
}

void table_write_text(FILE *file, const struct results *results)
{
    write_tables(file, results, false);
}

void table_write_markdown(FILE *file, const struct results *results)
{
    write_tables(file, results, true);
}
