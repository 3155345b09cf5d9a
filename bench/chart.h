/* Results as pictures: SVG on a card of its own, light or dark as the reader's browser prefers. */
#ifndef CHART_H
#define CHART_H

#include <stdio.h>

#include "results.h"

/* Samples per second of every contender, at the batch of the default recipe where it was measured,
 * on the fewest and on the most threads. */
void chart_write_training(FILE *file, const struct results *results);

/* Every layer's share of the FMA peak, forward and backward, and that of the whole network. */
void chart_write_layers(FILE *file, const struct results *results);

#endif
