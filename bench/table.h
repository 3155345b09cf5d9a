/* Results for people: the header, and a table for every section. What was not measured is "-". */
#ifndef TABLE_H
#define TABLE_H

#include <stdio.h>

#include "results.h"

void table_write_text(FILE *file, const struct results *results);
void table_write_markdown(FILE *file, const struct results *results);

#endif
