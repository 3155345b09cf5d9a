#include "export.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_fact(const struct note *note)
{
    return strcmp(note->row.section, "header") == 0;
}

/* In quotes, with those inside doubled, and the comma behind it. */
static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        fputs(*text == '"' ? "\"" : "", file);
        fputc(*text, file);
    }
    fputs("\",", file);
}

static void write_count(FILE *file, int count)
{
    if (count)
        fprintf(file, "%d", count);
    fputc(',', file);
}

static void write_number(FILE *file, double value)
{
    if (!isfinite(value))
        fputs("-,", file);
    else
        fprintf(file, "%.6g,", value);
}

static void write_csv_line(FILE *file, const struct row *row, const char *metric,
                           const double values[3], int runs, const char *note)
{
    write_text(file, row->section);
    write_text(file, row->name);
    write_count(file, row->batch);
    write_count(file, row->threads);
    write_text(file, row->contender);
    write_text(file, metric);
    for (int i = 0; i < 3; i++)
        write_number(file, values[i]);
    write_text(file, note);
    fprintf(file, "%d\n", runs);
}

void export_write_csv(FILE *file, const struct results *results)
{
    fputs("section,name,batch,threads,contender,metric,median,min,max,note,runs\n", file);
    for (int i = 0; i < results->cell_count; i++) {
        const struct cell *cell = &results->cells[i];
        const double values[] = {cell->median, cell->min, cell->max};
        write_csv_line(file, &cell->row, cell->metric, values, cell->runs, "");
    }
    for (int i = 0; i < results->note_count; i++)
        write_csv_line(file, &results->notes[i].row, "", (double[]){NAN, NAN, NAN}, 0,
                       results->notes[i].text);
}

static void add_number(cJSON *object, const char *key, double value)
{
    char text[32] = "null";
    if (isfinite(value))
        snprintf(text, sizeof(text), "%.6g", value); /* as in CSV */
    cJSON_AddRawToObject(object, key, text);
}

static void add_count(cJSON *object, const char *key, int count)
{
    if (count)
        cJSON_AddNumberToObject(object, key, count);
    else
        cJSON_AddNullToObject(object, key);
}

static cJSON *make_row(const struct row *row)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "section", row->section);
    cJSON_AddStringToObject(object, "name", row->name);
    add_count(object, "batch", row->batch);
    add_count(object, "threads", row->threads);
    cJSON_AddStringToObject(object, "contender", row->contender);
    return object;
}

void export_write_json(FILE *file, const struct results *results)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *header = cJSON_AddObjectToObject(document, "header");
    cJSON *cells = cJSON_AddArrayToObject(document, "results");
    cJSON *notes = cJSON_AddArrayToObject(document, "notes");
    for (int i = 0; i < results->cell_count; i++) {
        const struct cell *cell = &results->cells[i];
        cJSON *object = make_row(&cell->row);
        cJSON_AddStringToObject(object, "metric", cell->metric);
        add_number(object, "median", cell->median);
        add_number(object, "min", cell->min);
        add_number(object, "max", cell->max);
        cJSON_AddNumberToObject(object, "runs", cell->runs);
        cJSON_AddItemToArray(cells, object);
    }
    for (int i = 0; i < results->note_count; i++) {
        const struct note *note = &results->notes[i];
        if (is_fact(note)) {
            cJSON_AddStringToObject(header, note->row.name, note->text);
            continue;
        }
        cJSON *object = make_row(&note->row);
        cJSON_AddStringToObject(object, "note", note->text);
        cJSON_AddItemToArray(notes, object);
    }
    char *text = cJSON_Print(document);
    if (!text)
        abort();
    fprintf(file, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(document);
}
