/*
 * Runs a network forward and backward over one micro-batch on the calling thread. It owns the buffers,
 * so each thread needs one; the parameters and their gradient are the caller's.
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#include <lenet5/network.h>

#include "layers/contract.h"

struct executor;

/* What an executor is used for besides forward: nothing, backward, or the curvature pass (curvature.h). */
enum executor_use { EXECUTOR_INFERENCE, EXECUTOR_TRAINING, EXECUTOR_CURVATURE };

/* Buffers for up to max_n samples. The network is borrowed. Errors: MEMORY. */
enum lenet5_status executor_create(struct executor **executor, const struct lenet5_network *network,
                                   enum lenet5_backend backend, int max_n, enum executor_use use,
                                   struct lenet5_error *error);
void executor_destroy(struct executor *executor);

/* The buffer for the input, (c, h, w, n) of the network's input shape, to be filled before forward. */
float *executor_input(struct executor *executor);

/*
 * The logits (classes, n), valid until the next call. draw is what dropout needs; NULL = inference.
 * params are the network's, or others of the same architecture.
 */
const float *executor_forward(struct executor *executor, const float *params, int n,
                              const struct layer_draw *draw);

/* The buffer for the loss's gradient by the logits (classes, n), to be filled before backward. */
float *executor_output_gradient(struct executor *executor);

/*
 * The curvature pass: dparams becomes the sum of the second derivatives over the last forward's n samples.
 * executor_output_gradient holds the second derivatives by the logits (classes, n), dlogits the gradient
 * by them (classes, n), and squared the squares of the parameters. Call it once after each forward.
 */
void executor_curvature(struct executor *executor, float *dparams, const float *params,
                        const float *squared, const float *dlogits, int n);

/* dparams becomes the gradient over the last forward's n samples. */
void executor_backward(struct executor *executor, float *dparams, const float *params, int n);

#endif
