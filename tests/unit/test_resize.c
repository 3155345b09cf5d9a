/*
 * Enlarging, to the byte what Pillow gives (tests/unit/golden/make_presets.py), and the inputs made of it.
 */
#include "data/resize.h"

#include <string.h>

#include "data/batch.h"
#include "golden.h"
#include "network/layer.h"
#include "suite.h"

enum { NOISE_SEED = 0x30000000, SIZES = 7, KINDS = 2, MOST = 16, SIDE = 32 };

static const struct {
    int rows, cols, height, width;
} sizes[SIZES] = {{28, 28, 32, 32}, {28, 28, 28, 28}, {5, 9, 8, 9},   {1, 1, 3, 4},
                  {20, 28, 32, 32}, {27, 31, 32, 32}, {14, 7, 20, 10}};

/* Of kind 0 noise of all bytes, of kind 1 of the darkest and the brightest. */
static void draw_noise(uint8_t *image, int rows, int cols, int kind)
{
    for (int i = 0; i < rows * cols; i++) {
        const uint32_t h = golden_mix((uint32_t)(NOISE_SEED + i));
        image[i] = (uint8_t)(kind == 0 ? h : (h >> 8 & 1) * 255);
    }
}

/* Pillow's (height, width) bytes. */
static void read_enlarged(uint8_t *enlarged, int size, int kind)
{
    static uint8_t file[2 * SIZES * SIDE * SIDE];
    size_t total = 0, at = 0;
    for (int i = 0; i < SIZES; i++) {
        const size_t area = (size_t)sizes[i].height * (size_t)sizes[i].width;
        at = i == size ? total + (size_t)kind * area : at;
        total += KINDS * area;
    }
    golden_read_bytes(file, total, "resize");
    memcpy(enlarged, file + at, (size_t)sizes[size].height * (size_t)sizes[size].width);
}

TEST_LOOP(bytes_are_those_of_pillow, 0, SIZES)
{
    const int height = sizes[_i].height, width = sizes[_i].width;
    static struct resize resize;
    uint8_t image[SIDE * SIDE], expected[SIDE * SIDE], row[SIDE + 1];
    for (int kind = 0; kind < KINDS; kind++) {
        draw_noise(image, sizes[_i].rows, sizes[_i].cols, kind);
        read_enlarged(expected, _i, kind);
        resize_start(&resize, height, width, sizes[_i].rows, sizes[_i].cols);
        for (int h = 0; h < height; h++) {
            row[width] = 42;
            resize_row(row, image, &resize, h);
            ck_assert_mem_eq(row, expected + h * width, (size_t)width);
            ck_assert_int_eq(row[width], 42);
        }
        if (height == sizes[_i].rows && width == sizes[_i].cols)
            ck_assert_mem_eq(expected, image, (size_t)(height * width));
    }
}

/* The input is that of an image which had its size already: enlarged, then moved, then scaled. */
static void check_load(int size, const struct batch_shift *shifts, int n)
{
    const int height = sizes[size].height, width = sizes[size].width;
    const struct lenet5_architecture architecture = {
        .input = {1, height, width}, .fit = LENET5_FIT_RESIZE, .scale = 0.5f, .shift = -3};
    static uint8_t bytes[KINDS][SIDE * SIDE], enlarged[KINDS][SIDE * SIDE];
    static float x[MOST * SIDE * SIDE];
    const uint8_t *images[MOST];
    for (int kind = 0; kind < KINDS; kind++) {
        draw_noise(bytes[kind], sizes[size].rows, sizes[size].cols, kind);
        read_enlarged(enlarged[kind], size, kind);
    }
    for (int i = 0; i < n; i++)
        images[i] = bytes[i % KINDS];
    memset(x, 0xff, sizeof(x));
    batch_load(x, &architecture, images, sizes[size].rows, sizes[size].cols, shifts, n);
    int wrong = 0;
    for (int i = 0; i < n; i++)
        for (int h = 0; h < height; h++)
            for (int w = 0; w < width; w++) {
                const int row = h - (shifts ? shifts[i].down : 0);
                const int col = w - (shifts ? shifts[i].right : 0);
                const bool inside = row >= 0 && row < height && col >= 0 && col < width;
                const int byte = inside ? enlarged[i % KINDS][row * width + col] : 0;
                const float got = x[shape_at(architecture.input, n, 0, h, w, i)];
                wrong += !(got == 0.5f * (float)byte - 3);
            }
    ck_assert_int_eq(wrong, 0);
}

TEST_LOOP(inputs_are_enlarged, 0, SIZES)
{
    for (int n = 1; n <= MOST; n++)
        check_load(_i, NULL, n);
}

TEST_LOOP(inputs_are_enlarged_and_moved, 0, SIZES)
{
    struct batch_shift shifts[MOST];
    for (int n = 1; n <= MOST; n += 5)
        for (int most = 1; most < 64; most *= 3) {
            for (int i = 0; i < n; i++)
                shifts[i] = (struct batch_shift){(i * 7 + most) % (2 * most + 1) - most,
                                                 (i * 5 + 1) % (2 * most + 1) - most};
            check_load(_i, shifts, n);
        }
}
