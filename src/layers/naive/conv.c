/* Convolution by its definition: y[o] = b[o] + sum over c, ky, kx of w[o, c, ky, kx] x[c]. */
#include "naive.h"

#include <string.h>

/* Index of the input that kernel element (ky, kx) multiplies for output (oy, ox); -1 = in the padding. */
static ptrdiff_t input_at(const struct layer *layer, int n, int c, int oy, int ky, int ox, int kx,
                          int i)
{
    int iy = oy * layer->desc.stride.h + ky - layer->desc.padding.h;
    int ix = ox * layer->desc.stride.w + kx - layer->desc.padding.w;
    if (iy < 0 || iy >= layer->in.h || ix < 0 || ix >= layer->in.w)
        return -1;
    return (ptrdiff_t)shape_at(layer->in, n, c, iy, ix, i);
}

/* Index of the first weight of the kernel (h, w) from map c to map o; -1 = not connected. */
static ptrdiff_t kernel_at(const struct layer *layer, int o, int c)
{
    int index = layer->kernels[o * layer->in.c + c];
    return index < 0 ? -1 : (ptrdiff_t)index * layer->desc.kernel.h * layer->desc.kernel.w;
}

static float output(const struct layer *layer, const struct layer_call *call, int o, int oy, int ox,
                    int i)
{
    float sum = call->params[layer->weight_count + (size_t)o];
    for (int c = 0; c < layer->in.c; c++) {
        ptrdiff_t k = kernel_at(layer, o, c);
        if (k < 0)
            continue;
        for (int ky = 0; ky < layer->desc.kernel.h; ky++)
            for (int kx = 0; kx < layer->desc.kernel.w; kx++, k++) {
                ptrdiff_t at = input_at(layer, call->n, c, oy, ky, ox, kx, i);
                if (at >= 0)
                    sum += call->params[k] * call->x[at];
            }
    }
    return sum;
}

/* Adds the part of dparams and dx that comes from dy of one output. */
static void output_gradient(const struct layer *layer, const struct layer_call *call, float dy,
                            int o, int oy, int ox, int i)
{
    call->dparams[layer->weight_count + (size_t)o] += dy;
    for (int c = 0; c < layer->in.c; c++) {
        ptrdiff_t k = kernel_at(layer, o, c);
        if (k < 0)
            continue;
        for (int ky = 0; ky < layer->desc.kernel.h; ky++)
            for (int kx = 0; kx < layer->desc.kernel.w; kx++, k++) {
                ptrdiff_t at = input_at(layer, call->n, c, oy, ky, ox, kx, i);
                if (at < 0)
                    continue;
                call->dparams[k] += dy * call->x[at];
                if (call->dx)
                    call->dx[at] += dy * call->params[k];
            }
    }
}

static void forward(const struct layer *layer, const struct layer_call *call)
{
    for (int o = 0; o < layer->out.c; o++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++)
                    call->y[shape_at(layer->out, call->n, o, oy, ox, i)] = output(layer, call, o,
                                                                                  oy, ox, i);
}

static void backward(const struct layer *layer, const struct layer_call *call)
{
    memset(call->dparams, 0, (layer->weight_count + layer->bias_count) * sizeof(*call->dparams));
    if (call->dx)
        memset(call->dx, 0, shape_size(layer->in) * (size_t)call->n * sizeof(*call->dx));
    for (int o = 0; o < layer->out.c; o++)
        for (int oy = 0; oy < layer->out.h; oy++)
            for (int ox = 0; ox < layer->out.w; ox++)
                for (int i = 0; i < call->n; i++)
                    output_gradient(layer, call,
                                    call->dy[shape_at(layer->out, call->n, o, oy, ox, i)], o, oy,
                                    ox, i);
}

const struct layer_ops naive_conv = {.forward = forward, .backward = backward};
