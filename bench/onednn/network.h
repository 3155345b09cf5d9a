/* The network with its optimizer, in every variant of splitting a batch. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network;

enum variant { WHOLE, MICRO, PARALLEL, VARIANTS };
enum arena { WEIGHTS, VELOCITIES, GRADIENTS };

extern const char *const variant_names[VARIANTS];
extern const float network_rate, network_momentum;

/*
 * With the same starting weights every time. It lasts as long as the process, and only the calling
 * thread can run it. PARALLEL needs a batch that the threads divide.
 */
struct network *network_create(bool trains, enum variant variant, int batch, int threads);

/*
 * A training step over x (batch, 1, SIDE, SIDE) and labels (batch), which gives its mean loss, or the
 * logits only; then labels may be NULL.
 */
double network_run(const struct network *net, const float *x, const uint8_t *labels);

/* (batch, CLASSES) of the last run; the network owns them. */
const float *network_logits(const struct network *net);

/* Writes parameter p, not a pooling layer's, as (out, in, kernel, kernel) or (out); gives its size. */
size_t network_read(const struct network *net, float *plain, enum arena what, int p);

#endif
