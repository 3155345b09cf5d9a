/* From bytes to the input: scale, shift, place and layout, pixel by pixel. */
#include "data/batch.h"

#include <string.h>

#include "network/layer.h"
#include "suite.h"

enum { MOST = 16 };

static uint8_t byte_at(int i, int row, int col)
{
    return (uint8_t)(1 + (i * 37 + row * 11 + col * 5) % 255); /* never 0: a border is seen */
}

static void check(struct lenet5_extent image, struct lenet5_extent input,
                  const struct batch_shift *shifts, int n)
{
    const struct lenet5_architecture architecture = {
        .input = {1, input.h, input.w}, .scale = 0.5f, .shift = -3};
    uint8_t bytes[MOST][40 * 40];
    const uint8_t *images[MOST] = {NULL};
    static float x[MOST * 40 * 40];
    for (int i = 0; i < n; i++) {
        images[i] = bytes[i];
        for (int k = 0; k < image.h * image.w; k++)
            bytes[i][k] = byte_at(i, k / image.w, k % image.w);
    }
    memset(x, 0xff, sizeof(x));
    batch_load(x, &architecture, images, image.h, image.w, shifts, n);
    for (int i = 0; i < n; i++)
        for (int h = 0; h < input.h; h++)
            for (int w = 0; w < input.w; w++) {
                const int row = h - (input.h - image.h) / 2 - (shifts ? shifts[i].down : 0);
                const int col = w - (input.w - image.w) / 2 - (shifts ? shifts[i].right : 0);
                const bool inside = row >= 0 && row < image.h && col >= 0 && col < image.w;
                const float expected = 0.5f * (float)(inside ? byte_at(i, row, col) : 0) - 3;
                ck_assert_float_eq(x[shape_at(architecture.input, n, 0, h, w, i)], expected);
            }
}

static const struct lenet5_extent sizes[][2] = {
    {{28, 28}, {32, 32}}, {{28, 28}, {28, 28}}, {{5, 9}, {8, 9}}, {{1, 1}, {3, 4}}};

TEST_LOOP(images_are_centred, 0, ARRAY_SIZE(sizes))
{
    for (int n = 1; n <= MOST; n++)
        check(sizes[_i][0], sizes[_i][1], NULL, n);
}

/* Each by its own shift, and cut off where it leaves the input, however far that is. */
TEST_LOOP(images_are_moved, 0, ARRAY_SIZE(sizes))
{
    struct batch_shift shifts[MOST];
    for (int n = 1; n <= MOST; n += 5)
        for (int most = 1; most < 64; most *= 3) {
            for (int i = 0; i < n; i++)
                shifts[i] = (struct batch_shift){(i * 7 + most) % (2 * most + 1) - most,
                                                 (i * 5 + 1) % (2 * most + 1) - most};
            check(sizes[_i][0], sizes[_i][1], shifts, n);
        }
}
