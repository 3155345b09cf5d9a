/*
 * Runs a network forward and backward over one micro-batch, on the calling thread, in buffers
 * of its own. One executor per thread; the parameters and their gradient come from outside.
 */
#ifndef EXECUTOR_H
#define EXECUTOR_H

#include <lenet5/network.h>

#include "layers/contract.h"

struct executor;

/* What an executor can do besides going forward: nothing, backward, or the squared pass. */
enum executor_use { EXECUTOR_INFERENCE, EXECUTOR_TRAINING, EXECUTOR_CURVATURE };

/* Buffers for up to max_n samples. The network is borrowed. Errors: MEMORY. */
enum lenet5_status executor_create(struct executor **executor, const struct lenet5_network *network,
                                   enum lenet5_backend backend, int max_n, enum executor_use use,
                                   struct lenet5_error *error);
void executor_destroy(struct executor *executor);

/* Where the caller puts the input, (c, h, w, n) of the network's input shape, before forward. */
float *executor_input(struct executor *executor);

/*
 * The logits (classes, n), valid until the next call. draw is what dropout needs; NULL = inference.
 * params are the network's, or others of the same architecture.
 */
const float *executor_forward(struct executor *executor, const float *params, int n,
                              const struct layer_draw *draw);

/* Where the caller puts the loss's gradient (classes, n) before backward. */
float *executor_output_gradient(struct executor *executor);

/*
 * dparams becomes the second derivatives over the last forward's n samples, added up: those by the logits
 * are where the gradient is put before backward, dlogits is the gradient (classes, n), and squared are
 * the parameters' squares. Once after each forward.
 */
void executor_curvature(struct executor *executor, float *dparams, const float *params,
                        const float *squared, const float *dlogits, int n);

/* dparams becomes the gradient over the last forward's n samples. */
void executor_backward(struct executor *executor, float *dparams, const float *params, int n);

#endif
