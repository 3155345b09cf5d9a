/* The direct kernels, in the build for this CPU. bench/sgemm_calls.c replaces these functions, so they are not inline. */
#include "kernels.h"

bool direct_wants_outputs(const struct layer *layer, int n)
{
    return layer->out.c % VECTOR_MOST_LANES == 0 && layer->out.w * n < 2 * VECTOR_MOST_LANES;
}

void direct_forward(float *z, size_t map, const float *weights, const float *x,
                    const struct layer *layer, int n, int h)
{
    const struct geometry g = geometry_of(x, layer, n, h);
    VECTOR_CHOOSE(direct_forward)(z, map, weights, &g);
}

void direct_forward_outputs(float *z, size_t map, const float *wt, const float *x,
                            const struct layer *layer, int n, int h)
{
    const struct geometry g = geometry_of(x, layer, n, h);
    VECTOR_CHOOSE(direct_forward_outputs)(z, map, wt, &g);
}

static struct row_block row_block_of(const float *x, size_t map, size_t row,
                                     const struct layer *layer, int n, int h, int rows)
{
    return (struct row_block){geometry_of(x, layer, n, h), map, row, rows, h == 0};
}

void direct_weight_gradient(float *sums, const float *dz, size_t map, size_t row, const float *x,
                            const struct layer *layer, int n, int h, int rows)
{
    const struct row_block b = row_block_of(x, map, row, layer, n, h, rows);
    VECTOR_CHOOSE(direct_weight_gradient)(sums, dz, &b);
}

void direct_transpose_weights(float *wt, const float *weights, const struct layer *layer)
{
    const int inputs = layer->in.c, kernel_h = layer->desc.kernel.h,
              kernel_w = layer->desc.kernel.w;
    for (int ky = 0; ky < kernel_h; ky++)
        for (int o = 0; o < layer->out.c; o++)
            for (int kx = 0; kx < kernel_w; kx++)
                for (int i = 0; i < inputs; i++)
                    *wt++ = weights[((o * inputs + i) * kernel_h + ky) * kernel_w + kx];
}

size_t direct_edge(const struct layer *layer, int n)
{
    const float none = 0;
    const struct geometry g = geometry_of(&none, layer, n, 0);
    return geometry_has_ends(&g, vector_lanes) ? 0 : (size_t)(g.kernel_w - 1) * (size_t)n;
}

void direct_input_gradient(float *dx, const float *wt, const float *dz, size_t map, size_t row,
                           const struct layer *layer, int n, int h, int rows)
{
    const struct row_block b = row_block_of(dx, map, row, layer, n, h, rows);
    VECTOR_CHOOSE(direct_input_gradient)(dx + (size_t)h * b.g.row, wt, dz, &b);
}

void direct_affine(float *y, const float *b, const float *w, const float *x, size_t inputs,
                   int outputs)
{
    VECTOR_CHOOSE(direct_affine)(y, b, w, x, inputs, outputs);
}
