/* Draws the displacement of every pixel and samples the image there. */
#include <math.h>

#include "augment.h"
#include "base/vector_tmpl.h"

/* The four weights of a cubic B-spline at t from 0 to 1 behind the second point. */
static void spline(float weights[4], float t)
{
    const float r = 1 - t;
    weights[0] = r * r * r / 6;
    weights[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
    weights[2] = (4 - 6 * r * r + 3 * r * r * r) / 6;
    weights[3] = t * t * t / 6;
}

/* y += weight x */
VECTOR_INLINE void add_scaled(float *y, const float *x, float weight, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        y[i] += weight * x[i];
}

/*
 * field (height, width): a smooth random one of the given standard deviation. The lattice's numbers are
 * uniform, and the spline's weights, squared and summed over both directions, are 0.4793 on average along
 * each.
 */
VECTOR_INLINE void draw_field(float *field, const struct augment_room *room, int height, int width,
                              double spacing, double deviation, struct rng *rng)
{
    const int tall = augment_lattice_points(height, spacing),
              broad = augment_lattice_points(width, spacing);
    const double amplitude = deviation * sqrt(3) / 0.4793;
    for (int i = 0; i < tall * broad; i++)
        room->lattice[i] = (float)augment_draw(rng, amplitude);
    for (int w = 0; w < width; w++) {
        const double at = w / spacing;
        const int first = (int)at;
        float weights[4];
        spline(weights, (float)(at - first));
        for (int r = 0; r < tall; r++) {
            const float *point = room->lattice + r * broad + first;
            room->wide[r * width + w] = weights[0] * point[0] + weights[1] * point[1] +
                                        weights[2] * point[2] + weights[3] * point[3];
        }
    }
    for (int h = 0; h < height; h++, field += width) {
        const double at = h / spacing;
        const int first = (int)at;
        float weights[4];
        spline(weights, (float)(at - first));
        vector_fill(field, 0, (size_t)width);
        for (int k = 0; k < 4; k++)
            add_scaled(field, room->wide + (first + k) * width, weights[k], width);
    }
}

/* Row h of the result. */
VECTOR_INLINE void sample_row(uint8_t *out, const struct augment_room *room,
                              const struct augment_map *map, bool elastic, int h, int height,
                              int width, int rows, int cols)
{
    const float *down = room->fields[0] + h * width, *right = room->fields[1] + h * width;
    const float *padded = room->padded;
    const int pitch = cols + 2 * AUGMENT_MARGIN;
    const float middle_x = 0.5f * (float)(width - 1) + map->right;
    const float y = (float)h - 0.5f * (float)(height - 1) - map->down;
    const float from_x = 0.5f * (float)(cols - 1) + AUGMENT_MARGIN,
                from_y = 0.5f * (float)(rows - 1) + AUGMENT_MARGIN;
    const float last_x = (float)cols + 0.999f, last_y = (float)rows + 0.999f;
#pragma omp simd
    for (int w = 0; w < width; w++) {
        const float x = (float)w - middle_x;
        float u = map->xx * x + map->xy * y + from_x, v = map->yx * x + map->yy * y + from_y;
        u += elastic ? right[w] : 0;
        v += elastic ? down[w] : 0;
        u = u > 0 ? u : 0;
        v = v > 0 ? v : 0;
        u = u < last_x ? u : last_x;
        v = v < last_y ? v : last_y;
        const int column = (int)u, row = (int)v;
        const float across = u - (float)column, along = v - (float)row;
        const int at = row * pitch + column;
        const float upper = padded[at] + across * (padded[at + 1] - padded[at]);
        const float lower = padded[at + pitch] +
                            across * (padded[at + pitch + 1] - padded[at + pitch]);
        out[w] = (uint8_t)(upper + along * (lower - upper) + 0.5f);
    }
}

void VECTOR_NAME(augment_distort)(uint8_t *out, int height, int width, int rows, int cols,
                                  const struct lenet5_augmentation *a,
                                  const struct augment_map *map, const struct augment_room *room,
                                  struct rng *rng)
{
    const bool elastic = a->elastic > 0;
    for (int k = 0; elastic && k < 2; k++)
        draw_field(room->fields[k], room, height, width, a->elastic_sigma / 0.577, a->elastic, rng);
    for (int h = 0; h < height; h++)
        sample_row(out + h * width, room, map, elastic, h, height, width, rows, cols);
}
