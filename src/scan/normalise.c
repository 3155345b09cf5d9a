/*
 * MNIST normalisation of digits in a picture, by Bottou's reconstruction of the lost program (QMNIST,
 * Yadav and Bottou 2019). NIST's scans were clean and binary; pictures need more steps before: finding
 * the ink (background.h) and the digits (components.h), and thickening the strokes of thin pens.
 */
#include <assert.h>
#include <lenet5/image.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "background.h"
#include "base/error.h"
#include "base/memory.h"
#include "components.h"
#include "crop.h"
#include "data/digit_center.h"

enum {
    SIDE = LENET5_DIGIT_SIDE,
    BOX = DIGIT_BOX,
    MIN_SQUARE = 10,   /* the smallest square of the reconstruction, in pixels: a dot stays a dot */
    MIN_CONTRAST = 32, /* grey levels, of a 28x28 picture: fainter ink counts as none */
    FINE = 8, /* thin strokes are thickened in a picture of FINE x FINE pixels to a box's one */
};

/*
 * In pixels of 20x20. MNIST's strokes are 2.4 wide in the median, 1.45 in the 1st percentile of the
 * training images, 7.7 at most; a filled square would be 10.
 */
static const double thin_stroke = 1.45; /* thinner ones become */
static const double wide_enough = 1.8;  /* as wide as this */
static const double longest_stroke = 6; /* of all strokes, in sides of the box */
static const double blot = 8.2;         /* nothing that was written is wider */

static int border_median(const struct lenet5_image *image)
{
    int histogram[256] = {0}, total = 0;
    for (int y = 0; y < image->height; y++) {
        int inside = y > 0 && y < image->height - 1 && image->width > 1;
        for (int x = 0; x < image->width; x += inside ? image->width - 1 : 1) {
            histogram[image->pixels[(size_t)y * (size_t)image->width + (size_t)x]]++;
            total++;
        }
    }
    int median = 0;
    for (int below = histogram[0]; 2 * below < total; below += histogram[median])
        median++;
    return median;
}

/* The length that [a0, a1) and the pixel [b, b + 1) have in common. */
static double overlap(double a0, double a1, int b)
{
    return fmin(a1, b + 1) - fmax(a0, b);
}

/* The mean ink over a rectangle of real coordinates; there is none outside the crop. */
static double mean_ink(const struct crop *crop, double top, double left, double side)
{
    double sum = 0;
    for (int y = (int)fmax(top, 0); y < crop->height && y < top + side; y++) {
        const float *row = crop->ink + (size_t)y * (size_t)crop->width;
        double height = overlap(top, top + side, y);
        for (int x = (int)fmax(left, 0); x < crop->width && x < left + side; x++)
            sum += (double)row[x] * height * overlap(left, left + side, x);
    }
    return sum / (side * side);
}

static struct box ink_box(const struct crop *crop)
{
    int top = crop->height, left = crop->width, bottom = -1, right = -1;
    const float *ink = crop->ink;
    for (int y = 0; y < crop->height; y++)
        for (int x = 0; x < crop->width; x++)
            if (*ink++ > 0) {
                top = y < top ? y : top;
                left = x < left ? x : left;
                bottom = y;
                right = x > right ? x : right;
            }
    return (struct box){left, top, right - left + 1, bottom - top + 1};
}

/* Scales the ink by area into the middle of a square of side x side: squared (side, side). */
static double square(float *squared, int side, const struct crop *crop)
{
    struct box box = ink_box(crop);
    int size = box_longer(box) > MIN_SQUARE ? box_longer(box) : MIN_SQUARE;
    double top = box.top - (size - box.height) / 2, left = box.left - (size - box.width) / 2;
    double step = (double)size / side;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            squared[y * side + x] = (float)mean_ink(crop, top + y * step, left + x * step, step);
    return size;
}

static double ink_area(const struct crop *crop)
{
    double area = 0;
    for (int i = 0; i < crop->width * crop->height; i++)
        area += (double)crop->ink[i];
    return area;
}

/*
 * The mean width of the strokes: twice their area by the length of their edges, which is how much
 * the ink changes on the way across the crop.
 */
static double stroke_width(const struct crop *crop)
{
    double edges = 0;
    for (int y = 0; y <= crop->height; y++)
        for (int x = 0; x <= crop->width; x++) {
            const float *ink = crop->ink + y * crop->width + x;
            bool inside = y < crop->height && x < crop->width;
            double here = inside ? (double)ink[0] : 0;
            double left = x > 0 && y < crop->height ? (double)ink[-1] : 0;
            double above = y > 0 && x < crop->width ? (double)ink[-crop->width] : 0;
            edges += hypot(here - left, here - above);
        }
    return 2 * ink_area(crop) / edges;
}

/* Every pixel becomes the most ink within a disc around it; the disc's edge counts partly. */
static void thicken(float *thick, const float *thin, int side, double radius)
{
    int reach = (int)ceil(radius);
    for (int dy = -reach; dy <= reach; dy++)
        for (int dx = -reach; dx <= reach; dx++) {
            float part = (float)fmin(radius + 1 - hypot(dx, dy), 1);
            if (part <= 0)
                continue;
            for (int y = dy > 0 ? dy : 0; y < side && y < side + dy; y++)
                for (int x = dx > 0 ? dx : 0; x < side && x < side + dx; x++) {
                    float ink = part * thin[(y - dy) * side + x - dx];
                    if (ink > thick[y * side + x])
                        thick[y * side + x] = ink;
                }
        }
}

/* A rectangle, and not so narrow that it could be a 1. */
static bool is_solid(const struct crop *crop, struct box box)
{
    return ink_area(crop) > 0.92 * box.width * box.height &&
           2 * fmin(box.width, box.height) > box_longer(box);
}

/* Scales and centres a crop as MNIST does. */
static enum lenet5_status normalise_crop(uint8_t digit[SIDE * SIDE], const struct crop *crop,
                                         struct lenet5_error *error)
{
    float means[BOX * BOX], most = 0;
    struct box box = ink_box(crop);
    double size = box_longer(box) > MIN_SQUARE ? box_longer(box) : MIN_SQUARE;
    double width = stroke_width(crop) * BOX / size;
    if (width > blot || is_solid(crop, box))
        return fail(error, LENET5_ERROR_DATA,
                    "no digit: a filled area of %dx%d pixels, not a pen's strokes", box.width,
                    box.height);
    if (ink_area(crop) * BOX / (width * size) > longest_stroke * size)
        return fail(error, LENET5_ERROR_DATA,
                    "no digit: noise or scribble, more strokes than any digit has");
    if (width < thin_stroke && size > MIN_SQUARE) {
        enum { WIDE = FINE * (BOX + 4) };
        static const int margin = 2 * FINE;
        float thin[WIDE * WIDE] = {0}, thick[WIDE * WIDE] = {0}, inner[FINE * BOX * FINE * BOX];
        square(inner, FINE * BOX, crop);
        for (int y = 0; y < FINE * BOX; y++)
            memcpy(thin + (margin + y) * WIDE + margin, inner + y * FINE * BOX,
                   FINE * BOX * sizeof(float));
        thicken(thick, thin, WIDE, FINE * (wide_enough - width) / 2);
        square(means, BOX, &(struct crop){WIDE, WIDE, thick});
    } else {
        square(means, BOX, crop);
    }
    for (int i = 0; i < BOX * BOX; i++)
        most = fmaxf(most, means[i]);
    uint8_t bytes[BOX * BOX];
    for (int i = 0; i < BOX * BOX; i++)
        bytes[i] = (uint8_t)lroundf(255 * means[i] / most);
    digit_center(digit, bytes);
    return LENET5_OK;
}

static enum lenet5_status normalise_group(uint8_t digit[SIDE * SIDE],
                                          const struct background *background,
                                          const struct components *components, int group,
                                          struct lenet5_error *error)
{
    struct crop crop;
    enum lenet5_status status = crop_cut(&crop, background, components, group, error);
    if (status)
        return status;
    status = normalise_crop(digit, &crop, error);
    crop_destroy(&crop);
    return status;
}

/* A 28x28 picture is an MNIST image, or its negative. */
static enum lenet5_status digit_from_28x28(uint8_t digit[SIDE * SIDE],
                                           const struct lenet5_image *image,
                                           struct lenet5_error *error)
{
    int background = border_median(image), most = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        digit[i] = (uint8_t)(background > 127 ? 255 - image->pixels[i] : image->pixels[i]);
        int ink = digit[i] - (background > 127 ? 255 - background : background);
        most = ink > most ? ink : most;
    }
    if (most >= MIN_CONTRAST)
        return LENET5_OK;
    return fail(error, LENET5_ERROR_DATA,
                "no ink: the picture is blank, or fainter than %d of 255 grey levels",
                MIN_CONTRAST);
}

static enum lenet5_status check(const struct lenet5_image *image, struct lenet5_error *error)
{
    if (image->pixels && image->width > 0 && image->height > 0)
        return LENET5_OK;
    return fail(error, LENET5_ERROR_ARGUMENT, "the picture is empty, %dx%d pixels", image->width,
                image->height);
}

/* The digits of a picture whose components are grouped. */
static enum lenet5_status normalise_groups(struct lenet5_found_digit *digits, size_t *count,
                                           const struct background *background,
                                           const struct components *components,
                                           const struct lenet5_image *image,
                                           struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    for (int group = 0; group < components->groups; group++) {
        struct lenet5_found_digit *digit = digits + *count;
        struct box box = components->group[group].box;
        *digit = (struct lenet5_found_digit){.left = box.left * background->scale,
                                             .top = box.top * background->scale,
                                             .width = box.width * background->scale,
                                             .height = box.height * background->scale,
                                             .line = components->group[group].line};
        if (digit->left + digit->width > image->width) /* the last of the reduced pixels is */
            digit->width = image->width - digit->left; /* narrower */
        if (digit->top + digit->height > image->height)
            digit->height = image->height - digit->top;
        enum lenet5_status failed = normalise_group(digit->pixels, background, components, group,
                                                    error);
        if (failed && failed != LENET5_ERROR_DATA)
            return failed;
        *count += !failed;
        status = failed ? failed : status;
    }
    return *count ? LENET5_OK : status; /* blots next to digits are ignored */
}

enum lenet5_status lenet5_image_find_digits(struct lenet5_found_digit **digits, size_t *count,
                                            const struct lenet5_image *image,
                                            struct lenet5_error *error)
{
    struct background background = {0};
    struct components components = {0};
    *digits = NULL;
    *count = 0;
    enum lenet5_status status = check(image, error);
    if (status)
        return status;
    bool small = image->width == SIDE && image->height == SIDE;
    if (!small) {
        if ((status = background_create(&background, image, error)) ||
            (status = components_create(&components, &background, error)))
            goto out;
        components_group(&components);
    }
    *digits = memory_alloc(small ? 1 : (size_t)components.groups, sizeof(**digits));
    if (!*digits) {
        status = fail(error, LENET5_ERROR_MEMORY, "no memory for %d digits", components.groups);
    } else if (small) {
        **digits = (struct lenet5_found_digit){.width = SIDE, .height = SIDE};
        status = digit_from_28x28((*digits)->pixels, image, error);
        *count = !status;
    } else {
        status = normalise_groups(*digits, count, &background, &components, image, error);
    }
    if (status) {
        memory_free(*digits);
        *digits = NULL;
        *count = 0;
    }
out:
    components_destroy(&components);
    background_destroy(&background);
    return status;
}

enum lenet5_status lenet5_image_to_digit(uint8_t digit[SIDE * SIDE],
                                         const struct lenet5_image *image,
                                         struct lenet5_error *error)
{
    struct background background;
    struct components components;
    enum lenet5_status status = check(image, error);
    if (status)
        return status;
    if (image->width == SIDE && image->height == SIDE)
        return digit_from_28x28(digit, image, error);
    if ((status = background_create(&background, image, error)))
        return status;
    status = components_create(&components, &background, error);
    if (!status) {
        int apart = components_apart(&components);
        status = apart > 1 ? fail(error, LENET5_ERROR_DATA,
                                  "%d digits side by side, expected one in the picture", apart)
                           : normalise_group(digit, &background, &components, 0, error);
        components_destroy(&components);
    }
    background_destroy(&background);
    return status;
}
