/*
 * The squared pass: from the second derivatives of the loss by a layer's outputs to those by its inputs
 * and its parameters, all but the diagonal left out and every function taken as linear (Gauss-Newton).
 */
#ifndef CURVATURE_H
#define CURVATURE_H

#include "layers/contract.h"

/* What the pass needs beyond the layer's call. */
struct curvature_call {
    const float *squared; /* of the layer's parameters: their squares */
    float *squares;       /* room for the squares of x */
    const float *dlogits; /* behind the last layer: the loss's gradient by y; else NULL */
};

/*
 * In call, dy, dx and dparams are the second derivatives; y and saved are those of a forward call with
 * the same samples, and are lost. dx is always wanted.
 */
void curvature_backward(const struct layer *layer, const struct layer_ops *ops,
                        const struct layer_call *call, const struct curvature_call *extra);

#endif
