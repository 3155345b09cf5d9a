/* The network with its optimizer; the variants split a batch differently. */
#ifndef MODEL_H
#define MODEL_H

#include "graph.h"

enum {
    MAX_PARAMETER = 120 * 400,
    SAMPLES = 16384, /* 64 MiB of input: more than the caches hold */
};

enum variant { WHOLE, MICRO, PARALLEL, VARIANTS };

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

/*
 * Copies parameter p, not a pooling layer's, between an arena and plain (out, in, kernel, kernel) or
 * (out); returns its size.
 */
size_t model_copy(const struct model *model, enum arena what, int p, float *plain, bool read);

/*
 * Writes artificial samples, always the same: x (n, 1, SIDE, SIDE) and labels (n). x is noise; contrast
 * brightens a band of rows, whose place depends on the class.
 */
void samples_draw(float *x, uint8_t *labels, int n, float contrast);

/* Compares each variant with plain loops; prints a line for each; returns 1 if one fails, else 0. */
int check(void);

#endif
