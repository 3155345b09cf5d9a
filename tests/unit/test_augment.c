/* Distorted images: what each knob does, within its bounds, by measuring the result. */
#include "data/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { SIDE = 32, IMAGE = 28, DRAWS = 400 };

static uint8_t image[IMAGE * IMAGE], out[SIDE * SIDE];

static void distort(const struct lenet5_augmentation *augmentation, uint32_t which)
{
    float *workspace = malloc(sizeof(float) * augment_workspace_size(SIDE, SIDE, IMAGE, IMAGE));
    struct rng rng = rng_stream(7, RNG_AUGMENT, which, 0);
    memset(out, 0xa5, sizeof(out));
    augment_image(out, SIDE, SIDE, image, IMAGE, IMAGE, augmentation, &rng, workspace);
    free(workspace);
}

/* Bright in a rectangle, dark around it. */
static void draw_rectangle(int top, int left, int height, int width)
{
    memset(image, 0, sizeof(image));
    for (int r = top; r < top + height; r++)
        memset(image + r * IMAGE + left, 200, (size_t)width);
}

/* Mass, its centre relative to the middle, and its second moments about the centre. */
struct moments {
    double mass, x, y, xx, xy, yy;
};

static struct moments moments_of(const uint8_t *pixels, int side)
{
    struct moments m = {0};
    const double middle = 0.5 * (side - 1);
    for (int pass = 0; pass < 2; pass++) {
        for (int r = 0; r < side; r++)
            for (int c = 0; c < side; c++) {
                const double p = pixels[r * side + c], x = c - middle, y = r - middle;
                if (pass == 0) {
                    m.mass += p, m.x += p * x, m.y += p * y;
                } else {
                    m.xx += p * (x - m.x) * (x - m.x) / m.mass;
                    m.xy += p * (x - m.x) * (y - m.y) / m.mass;
                    m.yy += p * (y - m.y) * (y - m.y) / m.mass;
                }
            }
        if (pass == 0)
            m.x /= m.mass, m.y /= m.mass;
    }
    return m;
}

TEST(nothing_turned_is_the_image_centred)
{
    for (int k = 0; k < IMAGE * IMAGE; k++)
        image[k] = (uint8_t)(1 + k * 7 % 255);
    const struct lenet5_augmentation none = {.elastic_sigma = 4};
    ck_assert(!augment_is_on(&none));
    distort(&none, 1);
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            const bool inside = r >= 2 && r < 30 && c >= 2 && c < 30;
            ck_assert_uint_eq(out[r * SIDE + c], inside ? image[(r - 2) * IMAGE + c - 2] : 0);
        }
}

/* How often the extremes come near the bound is part of the promise, too: uniformly up to it. */
static void check_range(const char *what, const double *values, double most, double slack)
{
    double low = values[0], high = values[0], sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
        sum += values[i];
    }
    ck_assert_msg(high <= most + slack && low >= -most - slack, "%s: %g to %g, expected +-%g", what,
                  low, high, most);
    ck_assert_msg(high > 0.95 * most - slack && low < -0.95 * most + slack,
                  "%s: %g to %g, expected to reach +-%g", what, low, high, most);
    ck_assert_msg(fabs(sum / DRAWS) < 0.15 * most + slack, "%s: mean %g", what, sum / DRAWS);
}

TEST(each_knob_does_what_it_says)
{
    static double down[DRAWS], right[DRAWS], turned[DRAWS], grown[DRAWS], wider[DRAWS],
        leaning[DRAWS];
    draw_rectangle(5, 11, 18, 6);
    const struct moments before = moments_of(image, IMAGE);
    for (uint32_t i = 0; i < DRAWS; i++) {
        distort(&(struct lenet5_augmentation){.translate = 3}, i);
        struct moments m = moments_of(out, SIDE);
        down[i] = m.y - before.y;
        right[i] = m.x - before.x;
        distort(&(struct lenet5_augmentation){.rotation = 25}, i);
        m = moments_of(out, SIDE);
        turned[i] = 90 / 3.14159265358979 * atan2(2 * m.xy, m.yy - m.xx);
        distort(&(struct lenet5_augmentation){.scale = 0.2}, i);
        m = moments_of(out, SIDE);
        grown[i] = 0.5 * log(m.mass / before.mass);
        distort(&(struct lenet5_augmentation){.stretch = 0.2}, i);
        m = moments_of(out, SIDE);
        wider[i] = 0.25 * log(m.xx / before.xx * before.yy / m.yy);
        distort(&(struct lenet5_augmentation){.shear = 0.3}, i);
        m = moments_of(out, SIDE);
        leaning[i] = m.xy / m.yy;
    }
    check_range("down", down, 3, 0.02);
    check_range("right", right, 3, 0.02);
    check_range("rotation", turned, 25, 0.6);
    check_range("scale", grown, 0.2, 0.01);
    check_range("stretch", wider, 0.2, 0.02);
    check_range("shear", leaning, 0.3, 0.02);
}

/* On a ramp of 8 a pixel the displacement shows as the change of value, to an eighth of a pixel. */
TEST(elastic_displacement_has_its_deviation)
{
    for (int k = 0; k < IMAGE * IMAGE; k++)
        image[k] = (uint8_t)(20 + 8 * (k % IMAGE));
    for (double sigma = 2; sigma < 7; sigma += 2) {
        double sum = 0, squares = 0, steps = 0;
        long count = 0;
        for (uint32_t i = 0; i < DRAWS; i++) {
            distort(&(struct lenet5_augmentation){.elastic = 0.8, .elastic_sigma = sigma}, i);
            for (int r = 8; r < 24; r++)
                for (int c = 8; c < 24; c++, count++) {
                    const double moved = (out[r * SIDE + c] - 20 - 8 * (c - 2)) / 8.0;
                    const double next = (out[r * SIDE + c + 1] - 20 - 8 * (c - 1)) / 8.0;
                    sum += moved;
                    squares += moved * moved;
                    steps += (next - moved) * (next - moved);
                }
        }
        ck_assert_double_eq_tol(sum / (double)count, 0, 0.05);
        ck_assert_double_eq_tol(sqrt(squares / (double)count), 0.8, 0.05);
        /* Of noise smoothed by a Gaussian, neighbours differ by deviation / (sqrt(2) sigma). */
        ck_assert_double_eq_tol(sqrt(steps / (double)count), 0.8 / sqrt(2) / sigma, 0.06);
    }
}

TEST(erased_images_are_as_many_as_said)
{
    int erased = 0;
    memset(image, 200, sizeof(image));
    for (uint32_t i = 0; i < DRAWS; i++) {
        int dark = 0;
        distort(&(struct lenet5_augmentation){.erase = 0.3}, i);
        for (int r = 2; r < 30; r++)
            for (int c = 2; c < 30; c++)
                dark += out[r * SIDE + c] == 0;
        erased += dark > 0;
        ck_assert_int_le(dark, 13 * 13);
    }
    ck_assert_double_eq_tol((double)erased / DRAWS, 0.3, 0.07);
}

/* The same stream gives the same image, another one another. */
TEST(the_stream_decides)
{
    uint8_t first[SIDE * SIDE];
    const struct lenet5_augmentation all = {10, 0.1, 0.1, 0.1, 1, 1, 4, 0.1, {0}};
    draw_rectangle(5, 11, 18, 6);
    distort(&all, 1);
    memcpy(first, out, sizeof(out));
    distort(&all, 1);
    ck_assert(memcmp(first, out, sizeof(out)) == 0);
    distort(&all, 2);
    ck_assert(memcmp(first, out, sizeof(out)) != 0);
}

/* A dataset's copies are those that the same numbers make of each image, in the middle of the frame. */
TEST(datasets_are_distorted)
{
    struct lenet5_dataset *digits, *same, *distorted;
    struct lenet5_error error;
    const struct lenet5_augmentation none = {.elastic_sigma = 4}, some = {.rotation = 20};
    ck_assert(!lenet5_dataset_draw_digits(&digits, 30, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(!lenet5_dataset_augment(&same, digits, &none, SIDE, 1, &error));
    ck_assert(!lenet5_dataset_augment(&distorted, digits, &some, SIDE, 1, &error));
    int changed = 0;
    for (size_t i = 0; i < 30; i++) {
        const uint8_t *from = lenet5_dataset_image(digits, i), *to = lenet5_dataset_image(same, i);
        ck_assert_int_eq(lenet5_dataset_label(same, i), lenet5_dataset_label(digits, i));
        for (int r = 0; r < IMAGE; r++)
            ck_assert_mem_eq(to + (r + 2) * SIDE + 2, from + r * IMAGE, IMAGE);
        changed += memcmp(to, lenet5_dataset_image(distorted, i), SIDE * SIDE) != 0;
    }
    ck_assert_int_gt(changed, 25);
    lenet5_dataset_destroy(same);
    lenet5_dataset_destroy(distorted);
    ck_assert_int_eq(lenet5_dataset_augment(&same, digits, &none, IMAGE - 1, 1, &error),
                     LENET5_ERROR_ARGUMENT);
    lenet5_dataset_destroy(digits);
}

/* Nothing outside the buffers is touched, however far things move: for the sanitizers. */
TEST(extremes_stay_inside)
{
    memset(image, 255, sizeof(image));
    for (uint32_t i = 0; i < DRAWS; i++)
        distort(&(struct lenet5_augmentation){180, 2, 2, 10, 4096, 4096, 0.6, 1, {0}}, i);
}
