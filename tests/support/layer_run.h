/* One layer of the case table, run forward and backward on either backend in poisoned buffers. */
#ifndef LAYER_RUN_H
#define LAYER_RUN_H

#include "cases.h"
#include "layers/contract.h"

/*
 * Inputs are the same for both backends; outputs start as NaN.
 */
struct layer_run {
    struct layer layer;
    const struct layer_ops *ops;
    struct layer_call call;
    size_t x_size, y_size, parameter_count; /* floats */
    float *x, *y, *dy, *dx, *params, *dparams, *workspace;
    void *saved;
};

/* Aborts on failure. */
struct layer_run layer_run_create(const struct layer_case *test, enum lenet5_backend backend);
void layer_run_destroy(struct layer_run *run);

void layer_run_forward(struct layer_run *run);
void layer_run_backward(struct layer_run *run);

/* The largest |a - b| / (1 + |b|); infinite where one is not a number and the other is. */
double largest_difference(const float *a, const float *b, size_t count);

#endif
