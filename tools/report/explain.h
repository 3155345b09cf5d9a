/* Sizes and parameters of every layer by their formulas, with the numbers put in. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <lenet5/lenet5.h>

/* On stdout. */
void explain_network(const struct lenet5_network *network);

#endif
