/* Results for programs: all cells as one long list. */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdio.h>

#include "results.h"

/* One line per cell, and one per row that has only a note; what was not measured is "-". */
void export_write_csv(FILE *file, const struct results *results);

/* {"header": {...}, "results": [...], "notes": [...]}; what was not measured is null. */
void export_write_json(FILE *file, const struct results *results);

#endif
