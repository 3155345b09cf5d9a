/* Optimizers over flat vectors: they know parameters and gradients, not layers. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include <lenet5/trainer.h>
#include <stddef.h>

#include "base/vector.h"

/* What a step of Adam or AdamW multiplies by; the same for every parameter. */
struct adam {
    float rate, beta1, beta2, epsilon;
    float decay;   /* added to the gradient: Adam */
    float shrink;  /* times the weight: AdamW */
    float correct; /* 1 / sqrt(1 - beta2^t) */
};

struct optimizer {
    const struct lenet5_training *training;
    size_t count;
    float *first;     /* momentum or first moment; SDLM: 1 / (mu + h) */
    float *second;    /* second moment, only where it is used */
    long step;        /* of the current update, from 1 */
    double rate;      /* of the current update */
    struct adam adam; /* of the current update, for Adam and AdamW */
};

/* Both moments zero. training is borrowed. Errors: MEMORY. */
enum lenet5_status optimizer_init(struct optimizer *optimizer,
                                  const struct lenet5_training *training, size_t count,
                                  struct lenet5_error *error);
void optimizer_finish(struct optimizer *optimizer);

/* SDLM: the curvature h (count) from now on; until the first one no parameter changes. */
void optimizer_set_curvature(struct optimizer *optimizer, const float *curvature);

/* Starts the next step. */
void optimizer_begin(struct optimizer *optimizer, double rate);

/*
 * Updates parameters [first, first + count) by their gradient (count). Ranges may be updated in any
 * order and by any thread, each once per step.
 */
void optimizer_update(const struct optimizer *optimizer, float *parameters, const float *gradient,
                      size_t first, size_t count);

/* The updates of w (count) by its gradient dw. SDLM: w -= rate scale (dw + decay w) */
VECTOR_KERNEL(optimizer_scaled,
              (float *w, const float *scale, const float *dw, size_t count, float rate,
               float decay),
              (w, scale, dw, count, rate, decay))

/* g = dw + decay w;  v = momentum v + g;  w -= rate v, or with nesterov = 1 instead of 0 w -= rate (g + momentum v) */
VECTOR_KERNEL(optimizer_sgd,
              (float *w, float *v, const float *dw, size_t count, float rate, float momentum,
               float nesterov, float decay),
              (w, v, dw, count, rate, momentum, nesterov, decay))

/* m and v are the moments' running means; w -= rate m / (sqrt(v) correct + epsilon) */
VECTOR_KERNEL(optimizer_adam,
              (float *w, float *m, float *v, const float *dw, size_t count,
               const struct adam *adam),
              (w, m, v, dw, count, adam))

#endif
