/*
 * From a picture of a digit to MNIST's own form. Bottou's reconstruction of the lost program
 * (QMNIST, Yadav and Bottou 2019) is the recipe; telling ink from paper is ours, as NIST's were
 * binary scans.
 */
#include "preprocess.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "error.h"

enum {
    SIDE = LENET5_DIGIT_SIDE,
    BOX = DIGIT_BOX,
    MIN_SQUARE = 10,   /* a dot stays a dot: the recipe's smallest square, in pixels */
    MIN_CONTRAST = 32, /* fainter than this is paper's own noise, not a pen */
    NOISE_SHARE = 8,   /* ink below 1/8 of the darkest is shade, blur or compression */
};

struct box {
    int top, left, height, width;
};

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

/* How much ink each grey is, given the grey of the paper. Returns the most that occurs. */
static int ink_table(uint8_t ink[256], const struct lenet5_image *image, int paper)
{
    for (int grey = 0; grey < 256; grey++) {
        int distance = paper > 127 ? paper - grey : grey - paper;
        ink[grey] = (uint8_t)(distance > 0 ? distance : 0);
    }
    int peak = 0;
    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height; i++)
        if (ink[image->pixels[i]] > peak)
            peak = ink[image->pixels[i]];
    for (int grey = 0; grey < 256; grey++)
        if (ink[grey] * NOISE_SHARE < peak)
            ink[grey] = 0;
    return peak;
}

static struct box bounding_box(const struct lenet5_image *image, const uint8_t ink[256])
{
    int top = image->height, left = image->width, bottom = -1, right = -1;
    const uint8_t *pixel = image->pixels;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            if (ink[*pixel++]) {
                top = y < top ? y : top;
                left = x < left ? x : left;
                bottom = y;
                right = x > right ? x : right;
            }
    return (struct box){top, left, bottom - top + 1, right - left + 1};
}

/* The length that [a0, a1) and the pixel [b, b + 1) have in common. */
static double overlap(double a0, double a1, int b)
{
    return fmin(a1, b + 1) - fmax(a0, b);
}

/* The mean ink over a rectangle of real coordinates; there is none outside the picture. */
static double mean_ink(const struct lenet5_image *image, const uint8_t ink[256], double top,
                       double left, double side)
{
    double sum = 0;
    for (int y = (int)fmax(top, 0); y < image->height && y < top + side; y++) {
        const uint8_t *row = image->pixels + (size_t)y * (size_t)image->width;
        double height = overlap(top, top + side, y);
        for (int x = (int)fmax(left, 0); x < image->width && x < left + side; x++)
            if (ink[row[x]])
                sum += ink[row[x]] * height * overlap(left, left + side, x);
    }
    return sum / (side * side);
}

void digit_center(uint8_t digit[SIDE * SIDE], const uint8_t box[BOX * BOX])
{
    double mass = 0, y_mass = 0, x_mass = 0;
    for (int y = 0; y < BOX; y++)
        for (int x = 0; x < BOX; x++) {
            mass += box[y * BOX + x];
            y_mass += (y + 0.5) * box[y * BOX + x];
            x_mass += (x + 0.5) * box[y * BOX + x];
        }
    assert(mass > 0);
    /* MNIST's own rounding: the centre of mass comes to lie half a pixel past the middle on
     * average. */
    int top = (int)(15 - y_mass / mass), left = (int)(15 - x_mass / mass);
    memset(digit, 0, SIDE * SIDE);
    for (int y = 0; y < BOX; y++)
        for (int x = 0; x < BOX; x++)
            if (top + y >= 0 && top + y < SIDE && left + x >= 0 && left + x < SIDE)
                digit[(top + y) * SIDE + left + x] = box[y * BOX + x];
}

enum lenet5_status lenet5_image_to_digit(uint8_t digit[SIDE * SIDE],
                                         const struct lenet5_image *image,
                                         struct lenet5_error *error)
{
    if (!image->pixels || image->width < 1 || image->height < 1)
        return fail(error, LENET5_ERROR_ARGUMENT, "the picture is empty, %dx%d pixels",
                    image->width, image->height);
    int paper = border_median(image);
    uint8_t ink[256];
    int peak = ink_table(ink, image, paper);
    if (peak < MIN_CONTRAST)
        return fail(error, LENET5_ERROR_DATA,
                    "no ink: the picture is blank, or fainter than %d of 255 grey levels",
                    MIN_CONTRAST);
    if (image->width == SIDE && image->height == SIDE) {
        for (int i = 0; i < SIDE * SIDE; i++)
            digit[i] = (uint8_t)(paper > 127 ? 255 - image->pixels[i] : image->pixels[i]);
        return LENET5_OK;
    }

    struct box found = bounding_box(image, ink);
    int square = found.height > found.width ? found.height : found.width;
    square = square > MIN_SQUARE ? square : MIN_SQUARE;
    double top = found.top - (square - found.height) / 2;
    double left = found.left - (square - found.width) / 2;
    double step = (double)square / BOX, means[BOX * BOX], most = 0;
    for (int y = 0; y < BOX; y++)
        for (int x = 0; x < BOX; x++) {
            double mean = mean_ink(image, ink, top + y * step, left + x * step, step);
            means[y * BOX + x] = mean;
            most = fmax(most, mean);
        }
    uint8_t box[BOX * BOX];
    for (int i = 0; i < BOX * BOX; i++)
        box[i] = (uint8_t)lround(255 * means[i] / most);
    digit_center(digit, box);
    return LENET5_OK;
}
