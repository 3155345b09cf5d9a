#include "sweep.h"

#include <string.h>

#include "base/vector.h"

/* Whole windows of the pooling, and all rows where they are short. */
static int strip_rows(const struct layer *layer, int width, int values)
{
    const int pairs = values / 2 / width, rows = pairs > 1 ? 2 * pairs : 2;
    return rows < layer->out.h ? rows : layer->out.h;
}

struct sweep sweep_of(const struct layer *layer, int span, int n, int values)
{
    const int width = layer->out.w * n;
    return (struct sweep){
        .layer = layer,
        .activation = span > 1 ? activation_of(layer[1].desc.kind) : &activation_identity,
        .pooling = span > 2 ? pooling_of(&layer[2]) : NULL,
        .outputs = layer->out.c,
        .taps = (int)layer_taps(layer),
        .width = width,
        .rows = layer->out.h,
        .strip = strip_rows(layer, width, values),
    };
}

size_t sweep_strip_size(const struct layer *layer, int n, int values)
{
    const size_t pair = 2 * (size_t)layer->out.w * (size_t)n, least = (size_t)values;
    return (size_t)layer->out.c * (pair > least ? pair : least);
}

size_t sweep_maps_size(const struct layer *layer, int n, int values)
{
    return shape_size(layer->out) * (size_t)n + sweep_strip_size(layer, n, values);
}

void sweep_finish(const struct sweep *s, const struct layer_call *call, float *z, size_t map, int h)
{
    const float *bias = call->params + s->layer->weight_count;
    const size_t width = (size_t)s->width;
    const int rows = sweep_rows(s, h);
    for (int o = 0; o < s->outputs; o++, z += map) {
        s->activation->values(z, z, bias[o], (size_t)rows * width);
        if (s->pooling)
            s->pooling->values(call->y + (size_t)(o * s->rows + h) * width / 4, z, rows / 2,
                               s->layer->out.w / 2, call->n);
    }
}

/* Moves rows that lie side by side so far apart, with zeros between them. */
static void spread(float *dz, size_t row, size_t width, int rows)
{
    for (size_t r = (size_t)rows - 1; r > 0 && row > width; r--) {
        memmove(dz + r * row, dz + r * width, width * sizeof(*dz));
        vector_fill(dz + r * row - (row - width), 0, row - width);
    }
}

void sweep_gradient(const struct sweep *s, float *dz, size_t map, size_t row, float *dbias,
                    const struct layer_call *call, const float *maps, int h)
{
    const size_t width = (size_t)s->width;
    const int rows = sweep_rows(s, h), half = s->layer->out.w / 2;
    for (int o = 0; o < s->outputs; o++, dz += map) {
        const size_t at = (size_t)(o * s->rows + h) * width;
        const float *dy = call->dy + at, *y = call->y + at;
        if (s->pooling) {
            dy = call->dy + at / 4;
            y = maps + (size_t)(o * s->strip) * width;
        }
        if (s->pooling && s->pooling->averages && call->n <= MICRO_BATCH) {
            dbias[o] += s->activation->averaged(dz, row, dy, y, rows / 2, half, call->n);
            continue;
        }
        if (s->pooling) {
            s->pooling->gradients(dz, dy, y, rows / 2, half, call->n);
            dy = dz;
        }
        dbias[o] += s->activation->gradients(dz, dy, y, (size_t)rows * width);
        spread(dz, row, width, rows);
    }
}
