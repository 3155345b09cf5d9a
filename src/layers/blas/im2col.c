#include "im2col.h"

bool im2col_is_natural(const struct layer *layer)
{
    return (layer->in.c == 1 || layer->out.h == 1) && !layer->desc.connections;
}

int im2col_rows(const struct layer *layer)
{
    return (layer->out.h - 1) * layer->desc.stride.h + layer->desc.kernel.h;
}

size_t im2col_row_size(const struct layer *layer, int n)
{
    return (size_t)layer->in.c * (size_t)layer->desc.kernel.w * (size_t)layer->out.w * (size_t)n;
}

size_t im2col_size(const struct layer *layer, int n)
{
    return (size_t)im2col_rows(layer) * im2col_row_size(layer, n);
}
