/* A network drawn as the paper's figure 2 draws it. */
#ifndef DIAGRAM_H
#define DIAGRAM_H

#include <lenet5/lenet5.h>
#include <stdio.h>

/*
 * Writes one <svg> element, for a page or, after an XML declaration, for a file; its CSS classes begin
 * with "dg-". The stream keeps errors.
 */
void diagram_write(FILE *stream, const struct lenet5_network *network);

#endif
