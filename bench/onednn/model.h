/* The network with its optimizer; the variants split a batch differently. */
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
 * The starting weights are always the same. The model is never freed, and only the calling thread can
 * run it. For PARALLEL, batch must be a multiple of threads.
 */
struct model *model_create(bool trains, enum variant variant, int batch, int threads);

/*
 * A training step, or inference, over x (batch, 1, SIDE, SIDE) and labels (batch); inference ignores
 * labels. Returns the mean loss of a training step, and 0 for inference.
 */
double model_run(const struct model *model, const float *x, const uint8_t *labels);

/* The logits (batch, CLASSES) of the last run; the model owns them. */
const float *model_logits(const struct model *model);

/* Writes parameter p, not a pooling layer's, as (out, in, kernel, kernel) or (out); gives its size. */
size_t model_read(const struct model *model, float *plain, enum arena what, int p);

#endif
