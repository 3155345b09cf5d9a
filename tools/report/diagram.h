/* A network drawn as the paper's figure 2 draws it. */
#ifndef DIAGRAM_H
#define DIAGRAM_H

#include <lenet5/lenet5.h>
#include <stdio.h>

/*
 * Writes one <svg> element, which can stand in a page or, behind an XML declaration, alone; its classes
 * begin with "dg-". Errors stay with the stream.
 */
void diagram_write(FILE *stream, const struct lenet5_network *network);

#endif
