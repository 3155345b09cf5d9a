/* The network with its optimizer, in every variant of splitting a batch. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

enum variant { WHOLE, MICRO, PARALLEL, VARIANTS };
enum arena { WEIGHTS, VELOCITIES, GRADIENTS };

extern const char *const variant_names[VARIANTS];
extern const float model_rate, model_momentum;

/*
 * With the same starting weights every time. It lasts as long as the process, and only the calling
 * thread can run it. PARALLEL needs a batch that the threads divide.
 */
struct model *model_create(bool trains, enum variant variant, int batch, int threads);

/*
 * A training step over x (batch, 1, SIDE, SIDE) and labels (batch), which gives its mean loss, or the
 * logits only; then labels may be NULL.
 */
double model_run(const struct model *model, const float *x, const uint8_t *labels);

/* (batch, CLASSES) of the last run; the network owns them. */
const float *model_logits(const struct model *model);

/* Writes parameter p, not a pooling layer's, as (out, in, kernel, kernel) or (out); gives its size. */
size_t model_read(const struct model *model, float *plain, enum arena what, int p);

#endif
