#include "results.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"

static void *checked(void *memory)
{
    if (!memory) {
        fprintf(stderr, "bench-report: out of memory\n");
        exit(1);
    }
    return memory;
}

/* Room for one more of size bytes in a list that doubles. */
static void *grow(void *list, int count, int *room, size_t size)
{
    if (count < *room)
        return list;
    *room = 2 * *room + 64;
    return checked(realloc(list, (size_t)*room * size));
}

bool row_equal(const struct row *a, const struct row *b)
{
    return strcmp(a->section, b->section) == 0 && strcmp(a->name, b->name) == 0 &&
           a->batch == b->batch && a->threads == b->threads &&
           strcmp(a->contender, b->contender) == 0;
}

const struct cell *results_find(const struct results *results, const struct row *row,
                                const char *metric)
{
    for (int i = 0; i < results->cell_count; i++)
        if (row_equal(&results->cells[i].row, row) && strcmp(results->cells[i].metric, metric) == 0)
            return &results->cells[i];
    return NULL;
}

double results_median(const struct results *results, const struct row *row, const char *metric)
{
    const struct cell *cell = results_find(results, row, metric);
    return cell ? cell->median : NAN;
}

const char *results_note(const struct results *results, const struct row *row)
{
    for (int i = 0; i < results->note_count; i++)
        if (row_equal(&results->notes[i].row, row))
            return results->notes[i].text;
    return "";
}

const char *results_fact(const struct results *results, const char *name)
{
    return results_note(results, &(struct row){.section = "header", .name = name, .contender = ""});
}

static struct cell *add_cell(struct results *results, const struct row *row, const char *metric)
{
    results->cells = grow(results->cells, results->cell_count, &results->cell_room,
                          sizeof(*results->cells));
    struct cell *cell = &results->cells[results->cell_count++];
    *cell = (struct cell){*row, metric, NAN, NAN, NAN, 0, NULL};
    return cell;
}

void results_set(struct results *results, const struct row *row, const char *metric, double median,
                 double min, double max, int runs)
{
    if (results_find(results, row, metric))
        return;
    struct cell *cell = add_cell(results, row, metric);
    cell->median = median;
    cell->min = min;
    cell->max = max;
    cell->runs = runs;
}

static void add_value(struct results *results, const struct row *row, const char *metric,
                      double value)
{
    struct cell *cell = (struct cell *)results_find(results, row, metric);
    if (!cell)
        cell = add_cell(results, row, metric);
    if (!isfinite(value))
        return;
    cell->values = checked(realloc(cell->values, (size_t)(cell->runs + 1) * sizeof(double)));
    cell->values[cell->runs++] = value;
}

static void add_note(struct results *results, const struct row *row, const char *text)
{
    results->notes = grow(results->notes, results->note_count, &results->note_room,
                          sizeof(*results->notes));
    results->notes[results->note_count++] = (struct note){*row, text};
}

static const char *text_of(const cJSON *line, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, key));
    return text ? text : "";
}

static int count_of(const cJSON *line, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);
    return cJSON_IsNumber(item) ? item->valueint : 0;
}

/* The line's texts live as long as line, which nobody frees. */
static bool add_line(struct results *results, const cJSON *line)
{
    const struct row row = {text_of(line, "section"), text_of(line, "name"),
                            count_of(line, "batch"), count_of(line, "threads"),
                            text_of(line, "contender")};
    const char *metric = text_of(line, "metric");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(line, "value");
    if (!cJSON_IsObject(line) || !*row.section)
        return false;
    if (cJSON_HasObjectItem(line, "text"))
        add_note(results, &row, text_of(line, "text"));
    else if (*metric && (cJSON_IsNumber(value) || cJSON_IsNull(value)))
        add_value(results, &row, metric, cJSON_IsNumber(value) ? value->valuedouble : NAN);
    else
        return false;
    return true;
}

static void find_statistics(struct results *results)
{
    for (int i = 0; i < results->cell_count; i++) {
        struct cell *cell = &results->cells[i];
        if (cell->runs == 0)
            continue;
        cell->median = timing_median(cell->values, cell->runs); /* sorts them */
        cell->min = cell->values[0];
        cell->max = cell->values[cell->runs - 1];
    }
}

bool results_read(struct results *results, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    bool good = file != NULL;
    *results = (struct results){0};
    for (int number = 1; good && getline(&text, &room, file) > 0; number++) {
        good = add_line(results, cJSON_Parse(text));
        if (!good)
            fprintf(stderr, "bench-report: %s: line %d is not a record\n", path, number);
    }
    if (!file)
        fprintf(stderr, "bench-report: %s cannot be read\n", path);
    else
        fclose(file);
    free(text);
    find_statistics(results);
    results_derive(results);
    return good;
}
