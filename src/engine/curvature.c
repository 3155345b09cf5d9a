/*
 * LeCun et al. 1998, appendix C, by the operations that backward has already. Where y is linear in x and
 * in the weights,
 *     ddx = sum over y of w^2 ddy   and   ddw = sum over y of x^2 ddy,
 * which is backward on squared weights and inputs; a weight that is used at many places adds up over
 * all of them, as if they were different ones. Where y is a function of one x each, ddx = f'^2 ddy,
 * which is backward twice.
 */
#include "curvature.h"

static size_t inputs(const struct layer *layer, const struct layer_call *call)
{
    return shape_size(layer->in) * (size_t)call->n;
}

/* Convolution, dense. Forward runs again on the squares where backward needs its saved values. */
static void linear(const struct layer *layer, const struct layer_ops *ops,
                   const struct layer_call *call, const struct curvature_call *extra)
{
    struct layer_call squared = *call;
    for (size_t i = 0; i < inputs(layer, call); i++)
        extra->squares[i] = call->x[i] * call->x[i];
    squared.x = extra->squares;
    squared.params = extra->squared;
    if (ops->saved_size)
        ops->forward(layer, &squared);
    ops->backward(layer, &squared);
}

/* Activations, dropout: backward twice, the second time in place. */
static void elementwise(const struct layer *layer, const struct layer_ops *ops,
                        const struct layer_call *call)
{
    struct layer_call again = *call;
    ops->backward(layer, call);
    again.dy = call->dx;
    ops->backward(layer, &again);
}

/* y is a mean, so an input's derivative is 1 / (window size), squared here. */
static void average(const struct layer *layer, const struct layer_ops *ops,
                    const struct layer_call *call)
{
    const float share = 1 / ((float)layer->desc.kernel.h * (float)layer->desc.kernel.w);
    ops->backward(layer, call);
    for (size_t i = 0; i < inputs(layer, call); i++)
        call->dx[i] *= share;
}

/* The derivative by the coefficient is the window's sum, which is squared here. */
static void subsample(const struct layer *layer, const struct layer_ops *ops,
                      const struct layer_call *call, const struct curvature_call *extra)
{
    const struct lenet5_extent window = layer->desc.kernel, stride = layer->desc.stride;
    struct layer_call squared = *call;
    squared.params = extra->squared;
    ops->backward(layer, &squared);
    for (int c = 0; c < layer->out.c; c++) {
        call->dparams[c] = 0;
        for (int h = 0; h < layer->out.h; h++)
            for (int w = 0; w < layer->out.w; w++)
                for (int i = 0; i < call->n; i++) {
                    float sum = 0;
                    for (int k = 0; k < window.h * window.w; k++)
                        sum += call->x[shape_at(layer->in, call->n, c, h * stride.h + k / window.w,
                                                w * stride.w + k % window.w, i)];
                    call->dparams[c] += sum * sum *
                                        call->dy[shape_at(layer->out, call->n, c, h, w, i)];
                }
    }
}

/*
 * y is a square itself: ddx = sum over y of (2 (code - x))^2 ddy, and where the gradient is known -2 dy
 * more, which is all there is under a loss that is linear in y (equation 8). Curvature that is negative
 * counts as none.
 */
static void rbf(const struct layer *layer, const struct layer_call *call,
                const struct curvature_call *extra)
{
    const int n = call->n;
    for (int k = 0; k < layer->in.c; k++)
        for (int i = 0; i < n; i++) {
            float sum = 0;
            for (int o = 0; o < layer->out.c; o++) {
                const float code = layer->desc.codes[o * layer->in.c + k] ? 1 : -1;
                const float slope = 2 * (code - call->x[k * n + i]);
                sum += slope * slope * call->dy[o * n + i];
                if (extra->dlogits)
                    sum -= 2 * extra->dlogits[o * n + i];
            }
            call->dx[k * n + i] = sum > 0 ? sum : 0;
        }
}

void curvature_backward(const struct layer *layer, const struct layer_ops *ops,
                        const struct layer_call *call, const struct curvature_call *extra)
{
    switch (layer->desc.kind) {
    case LENET5_LAYER_CONV:
    case LENET5_LAYER_DENSE:
        linear(layer, ops, call, extra);
        break;
    case LENET5_LAYER_TANH:
    case LENET5_LAYER_SIGMOID:
    case LENET5_LAYER_RELU:
    case LENET5_LAYER_SCALED_TANH:
    case LENET5_LAYER_DROPOUT:
        elementwise(layer, ops, call);
        break;
    case LENET5_LAYER_AVG_POOL:
        average(layer, ops, call);
        break;
    case LENET5_LAYER_SUBSAMPLE:
        subsample(layer, ops, call, extra);
        break;
    case LENET5_LAYER_RBF:
        rbf(layer, call, extra);
        break;
    case LENET5_LAYER_MAX_POOL: /* each value passes through unchanged */
    case LENET5_LAYER_FLATTEN:
        ops->backward(layer, call);
        break;
    }
}
