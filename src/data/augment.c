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
#include "dataset_internal.h"
#include "network/layer.h"

static const double degree = 3.14159265358979323846 / 180;

bool augment_is_on(const struct lenet5_augmentation *a)
{
    return a->rotation > 0 || a->scale > 0 || a->stretch > 0 || a->shear > 0 || a->translate > 0 ||
           a->elastic > 0 || a->erase > 0;
}

size_t augment_workspace_size(int height, int width, int rows, int cols)
{
    const size_t output = (size_t)height * (size_t)width;
    const size_t padded = (size_t)(rows + 2 * AUGMENT_MARGIN) * (size_t)(cols + 2 * AUGMENT_MARGIN);
    /* The finest lattice has a point per pixel. */
    const size_t points = (size_t)augment_lattice_points(height, 1);
    return padded + 2 * output + points * (size_t)augment_lattice_points(width, 1) +
           points * (size_t)width;
}

static struct augment_room room_of(float *workspace, int height, int width, int rows, int cols)
{
    const size_t output = (size_t)height * (size_t)width;
    struct augment_room room = {.padded = workspace};
    room.fields[0] = room.padded +
                     (size_t)(rows + 2 * AUGMENT_MARGIN) * (size_t)(cols + 2 * AUGMENT_MARGIN);
    room.fields[1] = room.fields[0] + output;
    room.lattice = room.fields[1] + output;
    room.wide = room.lattice + (size_t)augment_lattice_points(height, 1) *
                                   (size_t)augment_lattice_points(width, 1);
    return room;
}

/* The inverse of: stretch, scale, shear, rotate, move. */
static struct augment_map draw_map(const struct lenet5_augmentation *a, struct rng *rng)
{
    const double angle = degree * augment_draw(rng, a->rotation),
                 scale = exp(augment_draw(rng, a->scale));
    const double stretch = exp(augment_draw(rng, a->stretch)), shear = augment_draw(rng, a->shear);
    const double right = augment_draw(rng, a->translate), down = augment_draw(rng, a->translate);
    const double c = cos(angle), s = sin(angle);
    const double x = 1 / (scale * stretch), y = stretch / scale;
    return (struct augment_map){
        .xx = (float)(x * (c + shear * s)),
        .xy = (float)(x * (s - shear * c)),
        .yx = (float)(y * -s),
        .yy = (float)(y * c),
        .right = (float)right,
        .down = (float)down,
    };
}

static void pad(float *padded, const uint8_t *image, int rows, int cols)
{
    const int pitch = cols + 2 * AUGMENT_MARGIN;
    vector_fill(padded, 0, (size_t)(rows + 2 * AUGMENT_MARGIN) * (size_t)pitch);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            padded[(r + AUGMENT_MARGIN) * pitch + c + AUGMENT_MARGIN] = image[r * cols + c];
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
    const struct augment_room room = room_of(workspace, height, width, rows, cols);
    pad(room.padded, image, rows, cols);
    const struct augment_map map = draw_map(augmentation, rng);
    augment_distort(out, height, width, rows, cols, augmentation, &map, &room, rng);
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
