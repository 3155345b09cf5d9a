/*
 * The curvature pass of LeCun et al. 1998, appendix C: from the second derivatives of the loss by a
 * layer's outputs it computes those by its inputs and its parameters. Only the diagonal is kept, and
 * every function counts as linear (Gauss-Newton). LENET5_OPTIMIZER_SDLM uses the result.
 */
#ifndef CURVATURE_H
#define CURVATURE_H

#include "layers/contract.h"

/* The operands of the pass besides those of the layer's call. */
struct curvature_call {
    const float *squared; /* of the layer's parameters: their squares */
    float *squares;       /* workspace for the squares of x */
    const float *dlogits; /* last layer: the loss's gradient by y; others: NULL */
};

/*
 * In call, dy, dx and dparams hold second derivatives; y and saved come from a forward call with the same
 * samples and are overwritten. dx must not be NULL.
 */
void curvature_backward(const struct layer *layer, const struct layer_ops *ops,
                        const struct layer_call *call, const struct curvature_call *extra);

#endif
