#include "fused_conv.h"

#include <string.h>

#include "base/vector.h"

/* Whole windows of the pooling, and all rows where they are short. */
static int block_rows(const struct layer *layer, int width, int values)
{
    const int pairs = values / 2 / width, rows = pairs > 1 ? 2 * pairs : 2;
    return rows < layer->out.h ? rows : layer->out.h;
}

struct fused_conv fused_conv_of(const struct layer *layer, int fused, int n, int values)
{
    const int width = layer->out.w * n;
    return (struct fused_conv){
        .layer = layer,
        .activation = fused > 1 ? activation_of(layer[1].desc.kind) : ACTIVATION_IDENTITY,
        .pooling = fused > 2 ? pooling_of(&layer[2]) : POOLING_NONE,
        .outputs = layer->out.c,
        .taps = (int)layer_taps(layer),
        .width = width,
        .rows = layer->out.h,
        .block = block_rows(layer, width, values),
    };
}

size_t fused_conv_block_size(const struct layer *layer, int n, int values)
{
    const size_t pair = 2 * (size_t)layer->out.w * (size_t)n, least = (size_t)values;
    return (size_t)layer->out.c * (pair > least ? pair : least);
}

size_t fused_conv_maps_size(const struct layer *layer, int n, int values)
{
    return shape_size(layer->out) * (size_t)n + fused_conv_block_size(layer, n, values);
}

void fused_conv_finish(const struct fused_conv *f, const struct layer_call *call, float *z,
                       size_t map, int h)
{
    const float *bias = call->params + f->layer->weight_count;
    const size_t width = (size_t)f->width;
    const int rows = fused_conv_rows(f, h);
    for (int o = 0; o < f->outputs; o++, z += map) {
        activation_values(z, z, bias[o], (size_t)rows * width, f->activation);
        if (f->pooling)
            pooling_values(call->y + (size_t)(o * f->rows + h) * width / 4, z, rows / 2,
                           f->layer->out.w / 2, call->n, f->pooling);
    }
}

/* Moves contiguous rows row floats apart, with zeros between them. */
static void spread(float *dz, size_t row, size_t width, int rows)
{
    for (size_t r = (size_t)rows - 1; r > 0 && row > width; r--) {
        memmove(dz + r * row, dz + r * width, width * sizeof(*dz));
        vector_fill(dz + r * row - (row - width), 0, row - width);
    }
}

void fused_conv_gradient(const struct fused_conv *f, float *dz, size_t map, size_t row,
                         float *dbias, const struct layer_call *call, const float *maps, int h)
{
    const size_t width = (size_t)f->width;
    const int rows = fused_conv_rows(f, h), half = f->layer->out.w / 2;
    for (int o = 0; o < f->outputs; o++, dz += map) {
        const size_t at = (size_t)(o * f->rows + h) * width;
        const float *dy = call->dy + at, *y = call->y + at;
        if (f->pooling) {
            dy = call->dy + at / 4;
            y = maps + (size_t)(o * f->block) * width;
        }
        if (f->pooling == POOLING_AVERAGE && call->n <= MICRO_BATCH) {
            activation_gradients_average(dz, row, &dbias[o], dy, y, rows / 2, half, call->n,
                                         f->activation);
            continue;
        }
        if (f->pooling) {
            pooling_gradients(dz, dy, y, rows / 2, half, call->n, f->pooling);
            dy = dz;
        }
        activation_gradients(dz, &dbias[o], dy, y, (size_t)rows * width, f->activation);
        spread(dz, row, width, rows);
    }
}
