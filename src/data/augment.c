/*
 * Each pixel of the result is interpolated bilinearly at a position in the image: a random affine map of
 * the pixel, plus a smooth random displacement (Simard, Steinkraus & Platt 2003). Simard smooths white
 * noise with a Gaussian. A cubic B-spline over a lattice of random numbers is as smooth (the standard
 * deviation of its kernel is 0.577 of the lattice's spacing), with a hundredth of the random numbers and
 * in a tenth of the time.
 */
#include "augment.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/vector.h"
#include "dataset_state.h"
#include "network/layer.h"

static const double degree = 3.14159265358979323846 / 180;

enum { MARGIN = 1 }; /* of zeros around the image; positions farther out read it */

/* The parts of the workspace. */
struct room {
    float *padded;         /* (rows + 2, cols + 2): the image, a margin around it */
    float *fields[2];      /* (height, width): displacement down, right */
    float *lattice, *wide; /* (lattice rows, lattice cols), (lattice rows, width) */
};

/* The affine part: from a position relative to the result's middle to one relative to the image's. */
struct map {
    float xx, xy, yx, yy, right, down;
};

static double within(struct rng *rng, double most)
{
    return most * (2 * (double)rng_uniform(rng) - 1);
}

bool augment_is_on(const struct lenet5_augmentation *a)
{
    return a->rotation > 0 || a->scale > 0 || a->stretch > 0 || a->shear > 0 || a->translate > 0 ||
           a->elastic > 0 || a->erase > 0;
}

/* Points of the lattice along a side: one before it and two behind, as a cubic spline needs. */
static int lattice_points(int side, double spacing)
{
    return (int)((side - 1) / spacing) + 4;
}

size_t augment_workspace_size(int height, int width, int rows, int cols)
{
    const size_t output = (size_t)height * (size_t)width;
    const size_t padded = (size_t)(rows + 2 * MARGIN) * (size_t)(cols + 2 * MARGIN);
    /* The finest lattice has a point per pixel. */
    const size_t points = (size_t)lattice_points(height, 1);
    return padded + 2 * output + points * (size_t)lattice_points(width, 1) + points * (size_t)width;
}

static struct room room_of(float *workspace, int height, int width, int rows, int cols)
{
    const size_t output = (size_t)height * (size_t)width;
    struct room room = {.padded = workspace};
    room.fields[0] = room.padded + (size_t)(rows + 2 * MARGIN) * (size_t)(cols + 2 * MARGIN);
    room.fields[1] = room.fields[0] + output;
    room.lattice = room.fields[1] + output;
    room.wide = room.lattice + (size_t)lattice_points(height, 1) * (size_t)lattice_points(width, 1);
    return room;
}

/* The inverse of: stretch, scale, shear, rotate, move. */
static struct map draw_map(const struct lenet5_augmentation *a, struct rng *rng)
{
    const double angle = degree * within(rng, a->rotation), scale = exp(within(rng, a->scale));
    const double stretch = exp(within(rng, a->stretch)), shear = within(rng, a->shear);
    const double right = within(rng, a->translate), down = within(rng, a->translate);
    const double c = cos(angle), s = sin(angle);
    const double x = 1 / (scale * stretch), y = stretch / scale;
    return (struct map){
        .xx = (float)(x * (c + shear * s)),
        .xy = (float)(x * (s - shear * c)),
        .yx = (float)(y * -s),
        .yy = (float)(y * c),
        .right = (float)right,
        .down = (float)down,
    };
}

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
VECTOR_INLINE void draw_field(float *field, const struct room *room, int height, int width,
                              double spacing, double deviation, struct rng *rng)
{
    const int tall = lattice_points(height, spacing), broad = lattice_points(width, spacing);
    const double amplitude = deviation * sqrt(3) / 0.4793;
    for (int i = 0; i < tall * broad; i++)
        room->lattice[i] = (float)within(rng, amplitude);
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
VECTOR_INLINE void sample_row(uint8_t *out, const struct room *room, const struct map *map,
                              bool elastic, int h, int height, int width, int rows, int cols)
{
    const float *down = room->fields[0] + h * width, *right = room->fields[1] + h * width;
    const float *padded = room->padded;
    const int pitch = cols + 2 * MARGIN;
    const float middle_x = 0.5f * (float)(width - 1) + map->right;
    const float y = (float)h - 0.5f * (float)(height - 1) - map->down;
    const float from_x = 0.5f * (float)(cols - 1) + MARGIN,
                from_y = 0.5f * (float)(rows - 1) + MARGIN;
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

VECTOR_CLONES
static void distort(uint8_t *out, int height, int width, int rows, int cols,
                    const struct lenet5_augmentation *a, const struct room *room, struct rng *rng)
{
    const struct map map = draw_map(a, rng);
    const bool elastic = a->elastic > 0;
    for (int k = 0; elastic && k < 2; k++)
        draw_field(room->fields[k], room, height, width, a->elastic_sigma / 0.577, a->elastic, rng);
    for (int h = 0; h < height; h++)
        sample_row(out + h * width, room, &map, elastic, h, height, width, rows, cols);
}

static void pad(float *padded, const uint8_t *image, int rows, int cols)
{
    const int pitch = cols + 2 * MARGIN;
    vector_fill(padded, 0, (size_t)(rows + 2 * MARGIN) * (size_t)pitch);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            padded[(r + MARGIN) * pitch + c + MARGIN] = image[r * cols + c];
}

/* Clears a rectangle of a fifth to two fifths of each side (Zhong et al. 2020). */
static void erase(uint8_t *out, int height, int width, struct rng *rng)
{
    const int tall = (int)((0.2 + 0.2 * (double)rng_uniform(rng)) * height);
    const int broad = (int)((0.2 + 0.2 * (double)rng_uniform(rng)) * width);
    const int top = (int)rng_below(rng, (uint32_t)(height - tall + 1));
    const int left = (int)rng_below(rng, (uint32_t)(width - broad + 1));
    for (int h = top; h < top + tall; h++)
        for (int w = left; w < left + broad; w++)
            out[h * width + w] = 0;
}

void augment_image(uint8_t *out, int height, int width, const uint8_t *image, int rows, int cols,
                   const struct lenet5_augmentation *augmentation, struct rng *rng,
                   float *workspace)
{
    const struct room room = room_of(workspace, height, width, rows, cols);
    pad(room.padded, image, rows, cols);
    distort(out, height, width, rows, cols, augmentation, &room, rng);
    if (augmentation->erase > 0 && (double)rng_uniform(rng) < augmentation->erase)
        erase(out, height, width, rng);
}

enum lenet5_status lenet5_dataset_augment(struct lenet5_dataset **augmented,
                                          const struct lenet5_dataset *dataset,
                                          const struct lenet5_augmentation *augmentation, int side,
                                          uint64_t seed, struct lenet5_error *error)
{
    const int rows = dataset->rows, cols = dataset->cols;
    const size_t count = dataset->count, area = (size_t)side * (size_t)side;
    *augmented = NULL;
    enum lenet5_status status = check_reserved(augmentation->reserved, "lenet5_augmentation",
                                               error);
    if (status)
        return status;
    if (side < rows || side < cols || side > LENET5_MAX_SIDE)
        return fail(error, LENET5_ERROR_ARGUMENT, "a side of %d, expected %d to %d", side,
                    rows > cols ? rows : cols, LENET5_MAX_SIDE);
    float *workspace = memory_alloc(augment_workspace_size(side, side, rows, cols),
                                    sizeof(*workspace));
    if (!workspace)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    status = dataset_allocate(augmented, count, side, side, dataset->classes, error);
    for (size_t i = 0; !status && i < count; i++) {
        struct rng rng = rng_stream(seed, RNG_AUGMENT, 0, (uint32_t)i);
        augment_image((*augmented)->images + i * area, side, side, lenet5_dataset_image(dataset, i),
                      rows, cols, augmentation, &rng, workspace);
        (*augmented)->labels[i] = dataset->labels[i];
    }
    memory_free(workspace);
    return status;
}
