/* Calculates the sizes and parameter counts of every layer, showing the formulas. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <lenet5/lenet5.h>

/* Prints on stdout. */
void explain_network(const struct lenet5_network *network);

#endif
