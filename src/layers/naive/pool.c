/* Pooling: the mean, or the largest, of each window. */
#include "naive.h"

#include <string.h>

static void avg_forward(const struct layer *layer, const struct layer_call *call)
{
    const struct lenet5_extent window = layer->desc.kernel;
    for (int c = 0; c < layer->out.c; c++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++) {
                    float sum = 0;
                    for (int ky = 0; ky < window.h; ky++)
                        for (int kx = 0; kx < window.w; kx++)
                            sum += call->x[naive_under(layer, call->n, c, oy, ky, ox, kx, i)];
                    call->y[shape_at(layer->out, call->n, c, oy, ox, i)] = sum / (float)(window.h *
                                                                                         window.w);
                }
}

static void avg_backward(const struct layer *layer, const struct layer_call *call)
{
    const struct lenet5_extent window = layer->desc.kernel;
    if (!call->dx)
        return;
    memset(call->dx, 0, shape_size(layer->in) * (size_t)call->n * sizeof(*call->dx));
    for (int c = 0; c < layer->out.c; c++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++) {
                    float dy = call->dy[shape_at(layer->out, call->n, c, oy, ox, i)];
                    for (int ky = 0; ky < window.h; ky++)
                        for (int kx = 0; kx < window.w; kx++)
                            call->dx[naive_under(layer, call->n, c, oy, ky, ox, kx, i)] +=
                                dy / (float)(window.h * window.w);
                }
}

/* saved holds, for each output, the index of the largest element of its window: ky * window.w + kx. */
static size_t max_saved_size(const struct layer *layer, int n)
{
    return shape_size(layer->out) * (size_t)n * sizeof(int32_t);
}

static void max_forward(const struct layer *layer, const struct layer_call *call)
{
    const struct lenet5_extent window = layer->desc.kernel;
    int32_t *winners = call->saved;
    for (int c = 0; c < layer->out.c; c++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++) {
                    size_t at = shape_at(layer->out, call->n, c, oy, ox, i);
                    winners[at] = 0;
                    call->y[at] = call->x[naive_under(layer, call->n, c, oy, 0, ox, 0, i)];
                    for (int k = 1; k < window.h * window.w; k++) {
                        float x = call->x[naive_under(layer, call->n, c, oy, k / window.w, ox,
                                                      k % window.w, i)];
                        if (x > call->y[at]) {
                            winners[at] = k;
                            call->y[at] = x;
                        }
                    }
                }
}

static void max_backward(const struct layer *layer, const struct layer_call *call)
{
    const int width = layer->desc.kernel.w;
    const int32_t *winners = call->saved;
    if (!call->dx)
        return;
    memset(call->dx, 0, shape_size(layer->in) * (size_t)call->n * sizeof(*call->dx));
    for (int c = 0; c < layer->out.c; c++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++) {
                    size_t at = shape_at(layer->out, call->n, c, oy, ox, i);
                    call->dx[naive_under(layer, call->n, c, oy, winners[at] / width, ox,
                                         winners[at] % width, i)] += call->dy[at];
                }
}

const struct layer_ops naive_avg_pool = {.forward = avg_forward, .backward = avg_backward};

const struct layer_ops naive_max_pool = {
    .forward = max_forward, .backward = max_backward, .saved_size = max_saved_size};
