/* Flatten: from maps (c, h, n, w) to n vectors, each in the order (c, h, w). */
#include "naive.h"

static void forward(const struct layer *layer, const struct layer_call *call)
{
    const struct lenet5_shape in = layer->in;
    float *y = call->y; /* (n, in.c * in.h * in.w) */
    for (int i = 0; i < call->n; i++)
        for (int c = 0; c < in.c; c++)
            for (int h = 0; h < in.h; h++, y += in.w)
                for (int w = 0; w < in.w; w++)
                    y[w] = call->x[shape_at(in, call->n, c, h, i, w)];
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    const struct lenet5_shape in = layer->in;
    const float *dy = call->dy;
    if (!call->dx)
        return;
    for (int i = 0; i < call->n; i++)
        for (int c = 0; c < in.c; c++)
            for (int h = 0; h < in.h; h++, dy += in.w)
                for (int w = 0; w < in.w; w++)
                    call->dx[shape_at(in, call->n, c, h, i, w)] = dy[w];
}

const struct layer_ops naive_flatten = {.forward = forward, .backward = backward};
