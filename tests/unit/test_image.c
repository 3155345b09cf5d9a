/* Pictures: every kind of PGM and PNG is read to the right greys, and becomes the right digit. */
#include <lenet5/image.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_PNG
#include <png.h>
#endif

#include "digit_difference.h"
#include "files.h"
#include "suite.h"

enum { SIDE = LENET5_DIGIT_SIDE };

static void expect_pixels(const char *path, int width, int height, const uint8_t *pixels)
{
    struct lenet5_image image;
    struct lenet5_error error = {LENET5_OK, ""};
    ck_assert_msg(!lenet5_image_read(&image, path, &error), "%s", error.message);
    ck_assert_int_eq(image.width, width);
    ck_assert_int_eq(image.height, height);
    ck_assert_mem_eq(image.pixels, pixels, (size_t)width * (size_t)height);
    lenet5_image_release(&image);
    ck_assert_ptr_null(image.pixels);
    lenet5_image_release(&image);
}

static void expect_refusal(const char *path, enum lenet5_status expected, const char *word)
{
    struct lenet5_image image = {1, 1, (uint8_t *)1};
    struct lenet5_error error = {LENET5_OK, ""};
    enum lenet5_status status = lenet5_image_read(&image, path, &error);
    ck_assert_msg(status == expected && error.status == expected, "status %d, expected %d: %s",
                  status, expected, error.message);
    ck_assert_msg(strstr(error.message, word) != NULL, "\"%s\" lacks \"%s\"", error.message, word);
    ck_assert_ptr_null(image.pixels);
    ck_assert_int_eq(lenet5_image_read(&image, path, NULL), expected);
}

static void expect_bad_text(const char *text, const char *word)
{
    expect_refusal(files_write("bad", text, strlen(text)), LENET5_ERROR_DATA, word);
}

TEST(reads_pgm)
{
    const uint8_t pixels[] = {'\n', ' ', '#', 200, 0, 255};
    const char *headers[] = {"P5\n3 2\n255\n", "P5 3 2 255 ", "P5#c\n# 9 9\r3#w\n\t2\r# #\n255\r"};
    for (int i = 0; i < 3; i++) {
        char file[64];
        size_t size = strlen(headers[i]);
        memcpy(file, headers[i], size);
        memcpy(file + size, pixels, sizeof(pixels));
        expect_pixels(files_write("pgm", file, size + sizeof(pixels)), 3, 2, pixels);
    }
    expect_pixels(files_write("pgm", "P5 2 2 15 \0\1\7\17", 14), 2, 2,
                  (const uint8_t[]){0, 17, 119, 255});
    expect_pixels(files_write("pgm", "P5 2 1 65535 \x80\x80\xff\xff", 17), 2, 1,
                  (const uint8_t[]){128, 255});
    expect_pixels(files_write("pgm", "P5 2 1 1000 \x01\xf4\x03\xe8", 16), 2, 1,
                  (const uint8_t[]){128, 255});
}

TEST(refuses_bad_pgm)
{
    const char good[] = "P5 # c\n2 2 255 abcd";
    for (size_t size = 0; size < sizeof(good) - 1; size++)
        expect_refusal(files_write("bad", good, size), LENET5_ERROR_DATA,
                       !size       ? "empty"
                       : size < 2  ? "unknown"
                       : size < 15 ? "header"
                                   : "found");
    expect_bad_text("P5 2 2 255 abcde", "2x2 PGM pixels need 4 bytes, found 5");
    expect_bad_text("P5 2 2 256 abcd", "need 8 bytes, found 4");
    expect_bad_text("P5 2 2 100 abcz", "above the maxval");
    expect_bad_text("P5 2 2 0 abcd", "maxval 0, expected 1 to 65535");
    expect_bad_text("P5 2 2 65536 abcd", "maxval 65536");
    expect_bad_text("P5 0 2 255 abcd", "0x2 pixels, expected sides of 1 to 4096");
    expect_bad_text("P5 2 0 255 abcd", "2x0 pixels");
    expect_bad_text("P5 2 4097 255 abcd", "2x4097 pixels");
    expect_bad_text("P5 99999999999999999999 2 255 abcd", "header");
    expect_bad_text("P5 -2 2 255 abcd", "header");
    expect_bad_text("P2 2 2 255 1 2 3 4", "this is an ASCII PGM picture");
    expect_bad_text("GIF89a", "this is a GIF picture");
    expect_bad_text("hello", "expected a PNG or a binary PGM");
}

TEST(refuses_what_is_no_file)
{
    expect_refusal(files_path("none"), LENET5_ERROR_NOT_FOUND, "none");
    expect_refusal(files_path("."), LENET5_ERROR_DATA, "a directory");
    ck_assert(!mkfifo(files_path("fifo"), 0600));
    alarm(10); /* a reader that waits for a writer would wait forever */
    expect_refusal(files_path("fifo"), LENET5_ERROR_DATA, "pipe");
}

TEST(reads_standard_input)
{
    ck_assert(freopen(files_write("pgm", "P5 2 1 255 ab", 13), "r", stdin));
    expect_pixels("-", 2, 1, (const uint8_t *)"ab");
    ck_assert(freopen("/dev/zero", "r", stdin));
    expect_refusal("-", LENET5_ERROR_DATA, "standard input: too large");
}

#ifdef HAVE_PNG

struct png_bytes {
    uint8_t bytes[1 << 16];
    size_t size;
};

static void append(png_structp writer, png_bytep bytes, png_size_t size)
{
    struct png_bytes *png = png_get_io_ptr(writer);
    ck_assert_uint_le(png->size + size, sizeof(png->bytes));
    memcpy(png->bytes + png->size, bytes, size);
    png->size += size;
}

static void flush(png_structp writer)
{
    (void)writer;
}

/* Rows are packed as the file has them; a palette has 3 entries: red, clear black, white. */
static void encode(struct png_bytes *png, const uint8_t *rows, int width, int height, int row_bytes,
                   int type, int depth, int interlace)
{
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(writer);
    png->size = 0;
    png_set_write_fn(writer, png, append, flush);
    png_set_user_limits(writer, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(writer, info, (png_uint_32)width, (png_uint_32)height, depth, type, interlace,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        const png_color palette[] = {{255, 0, 0}, {0, 0, 0}, {255, 255, 255}};
        const png_byte alpha[] = {255, 0, 255};
        png_set_PLTE(writer, info, palette, 3);
        png_set_tRNS(writer, info, alpha, 3, NULL);
    }
    png_write_info(writer, info);
    int passes = png_set_interlace_handling(writer);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++)
            png_write_row(writer, rows + y * row_bytes);
    png_write_end(writer, NULL);
    png_destroy_write_struct(&writer, &info);
}

static const char *write_png(const struct png_bytes *png)
{
    return files_write("png", png->bytes, png->size);
}

TEST(reads_png)
{
    static const struct {
        int type, depth, row_bytes;
        uint8_t rows[2 * 16], pixels[4]; /* 2x2 */
    } cases[] = {
        {PNG_COLOR_TYPE_GRAY, 1, 1, {0x40, 0x80}, {0, 255, 255, 0}},
        {PNG_COLOR_TYPE_GRAY, 2, 1, {0x10, 0xb0}, {0, 85, 170, 255}},
        {PNG_COLOR_TYPE_GRAY, 4, 1, {0x0f, 0x1e}, {0, 255, 17, 238}},
        {PNG_COLOR_TYPE_GRAY, 8, 2, {0, 1, 100, 255}, {0, 1, 100, 255}},
        {PNG_COLOR_TYPE_GRAY, 16, 4, {0, 0, 100, 255, 0x80, 0xff, 255, 255}, {0, 101, 128, 255}},
        {PNG_COLOR_TYPE_GRAY_ALPHA, 8, 4, {9, 255, 9, 0, 0, 128, 255, 7}, {9, 255, 127, 255}},
        {PNG_COLOR_TYPE_RGB, 8, 6, {7, 7, 7, 255, 0, 0, 0, 255, 0, 0, 0, 255}, {7, 54, 182, 18}},
        {PNG_COLOR_TYPE_RGBA,
         8,
         8,
         {7, 7, 7, 255, 1, 2, 3, 0, 0, 0, 0, 51, 255, 255, 255, 9},
         {7, 255, 204, 255}},
        {PNG_COLOR_TYPE_RGB,
         16,
         12,
         {7, 7, 7, 7, 7, 7, 255, 255, 255, 255, 255, 255, [18] = 9, 9, 9, 9, 9, 9},
         {7, 255, 0, 9}},
        {PNG_COLOR_TYPE_PALETTE, 8, 2, {0, 1, 2, 0}, {54, 255, 255, 54}},
        {PNG_COLOR_TYPE_PALETTE, 2, 1, {0x10, 0x80}, {54, 255, 255, 54}},
    };
    struct png_bytes png;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        for (int interlace = PNG_INTERLACE_NONE; interlace <= PNG_INTERLACE_ADAM7; interlace++) {
            encode(&png, cases[i].rows, 2, 2, cases[i].row_bytes, cases[i].type, cases[i].depth,
                   interlace);
            expect_pixels(write_png(&png), 2, 2, cases[i].pixels);
        }
}

TEST(refuses_bad_png)
{
    static uint8_t rows[5000];
    struct png_bytes png;
    for (int i = 0; i < 12 * 12; i++)
        rows[i] = (uint8_t)(i * i);
    ck_assert(freopen(files_path("stderr"), "w", stderr));
    for (int interlace = PNG_INTERLACE_NONE; interlace <= PNG_INTERLACE_ADAM7; interlace++) {
        encode(&png, rows, 12, 12, 12, PNG_COLOR_TYPE_GRAY, 8, interlace);
        for (size_t size = 8; size < png.size; size++)
            expect_refusal(files_write("bad", png.bytes, size), LENET5_ERROR_DATA, "ends early");
        for (size_t at = 0; at < png.size;
             at++) { /* all chunks here are critical, all have a CRC */
            png.bytes[at] ^= 0x20;
            expect_refusal(files_write("bad", png.bytes, png.size), LENET5_ERROR_DATA, "bad: ");
            png.bytes[at] ^= 0x20;
        }
    }
    encode(&png, rows, 4097, 1, 4097, PNG_COLOR_TYPE_GRAY, 8, PNG_INTERLACE_NONE);
    expect_refusal(write_png(&png), LENET5_ERROR_DATA,
                   "4097x1 pixels, expected sides of 1 to 4096");
    encode(&png, rows, 1, 5000, 1, PNG_COLOR_TYPE_GRAY, 8, PNG_INTERLACE_NONE);
    expect_refusal(write_png(&png), LENET5_ERROR_DATA, "1x5000 pixels");
    fflush(stderr);
    struct stat printed;
    ck_assert(!stat(files_path("stderr"), &printed));
    ck_assert_int_eq(printed.st_size, 0);
}

/* Every byte, and sides of one pixel. */
TEST(what_is_encoded_is_read_back)
{
    static const struct {
        int width, height;
    } sizes[] = {{1, 1}, {1, 256}, {37, 19}, {256, 3}};
    uint8_t pixels[37 * 256];
    struct lenet5_error error;
    for (size_t i = 0; i < sizeof(pixels); i++)
        pixels[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        const struct lenet5_image image = {sizes[i].width, sizes[i].height, pixels};
        uint8_t *bytes;
        size_t size;
        ck_assert(!lenet5_image_encode_png(&bytes, &size, &image, &error));
        expect_pixels(files_write("encoded.png", bytes, size), image.width, image.height, pixels);
        ck_assert_mem_eq(bytes + 24, "\x8\0", 2); /* depth 8, grey */
        free(bytes);
    }
    const struct lenet5_image bad[] = {{0}, {3, 3, NULL}, {0, 3, pixels}, {3, -1, pixels}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        uint8_t *bytes = pixels;
        size_t size = 1;
        ck_assert_int_eq(lenet5_image_encode_png(&bytes, &size, &bad[i], &error),
                         LENET5_ERROR_ARGUMENT);
        ck_assert_ptr_null(bytes);
        ck_assert_uint_eq(size, 0);
    }
}

#else

TEST(png_is_unsupported)
{
    const uint8_t pixel = 0;
    const struct lenet5_image image = {1, 1, (uint8_t *)(uintptr_t)&pixel};
    uint8_t *bytes;
    size_t size;
    ck_assert_int_eq(lenet5_image_encode_png(&bytes, &size, &image, NULL),
                     LENET5_ERROR_UNSUPPORTED);
    ck_assert_ptr_null(bytes);
    expect_refusal(files_write("png", "\x89PNG\r\n\x1a\n", 8), LENET5_ERROR_UNSUPPORTED,
                   "this build lacks libpng; PGM pictures work");
}

#endif

/* A page of paper with the digit on it, each of its pixels a square of scale x scale. */
static struct lenet5_image page(const uint8_t *digit, int width, int height, int left, int top,
                                int scale, int paper, int ink)
{
    struct lenet5_image image = {width, height, malloc((size_t)(width * height))};
    memset(image.pixels, paper, (size_t)(width * height));
    for (int y = 0; y < SIDE * scale; y++)
        for (int x = 0; x < SIDE * scale; x++) {
            int share = digit[y / scale * SIDE + x / scale];
            image.pixels[(top + y) * width + left + x] = (uint8_t)(paper +
                                                                   (ink - paper) * share / 255);
        }
    return image;
}

TEST(digits_come_back_from_a_page)
{
    enum { DIGITS = 100 };
    int changed = 0;
    struct lenet5_dataset *dataset;
    ck_assert(!lenet5_dataset_draw_digits(&dataset, DIGITS, 1, LENET5_SPLIT_TEST, NULL));
    for (size_t i = 0; i < DIGITS; i++) {
        const uint8_t *drawn = lenet5_dataset_image(dataset, i);
        uint8_t dark[SIDE * SIDE], light[SIDE * SIDE];
        struct lenet5_image image = page(drawn, 500, 400, 190, 30, 11, 240, 30);
        ck_assert(!lenet5_image_to_digit(dark, &image, NULL));
        for (int j = 0; j < 500 * 400; j++)
            image.pixels[j] = (uint8_t)(255 - image.pixels[j]);
        ck_assert(!lenet5_image_to_digit(light, &image, NULL));
        free(image.pixels);
        ck_assert_mem_eq(dark, light, sizeof(dark));
        ck_assert_msg(digit_difference(drawn, dark) < 0.5, "digit %zu differs by %.3f of its ink",
                      i, digit_difference(drawn, dark));
        changed += digit_difference(drawn, dark) > 0.03;
    }
    ck_assert_msg(changed <= 25, "%d digits changed", changed); /* thin ones are thickened */
    lenet5_dataset_destroy(dataset);
}

TEST(mnist_images_pass)
{
    struct lenet5_dataset *dataset;
    uint8_t digit[SIDE * SIDE], inverse[SIDE * SIDE];
    ck_assert(!lenet5_dataset_draw_digits(&dataset, 10, 1, LENET5_SPLIT_TEST, NULL));
    for (size_t i = 0; i < 10; i++) {
        const uint8_t *drawn = lenet5_dataset_image(dataset, i);
        struct lenet5_image image = page(drawn, SIDE, SIDE, 0, 0, 1, 0, 255);
        ck_assert(!lenet5_image_to_digit(digit, &image, NULL));
        ck_assert_mem_eq(digit, drawn, sizeof(digit));
        free(image.pixels);
        for (int j = 0; j < SIDE * SIDE; j++)
            inverse[j] = (uint8_t)(255 - drawn[j]);
        ck_assert(!lenet5_image_to_digit(digit, &(struct lenet5_image){SIDE, SIDE, inverse}, NULL));
        ck_assert_mem_eq(digit, drawn, sizeof(digit));
    }
    lenet5_dataset_destroy(dataset);
}

/* A square ring of ink alone on a page: where it ends up, and that a dot is not blown up to a blot. */
TEST(ink_is_boxed_and_centred)
{
    static const struct {
        int left, top, side, low, high;
    } cases[] = {{0, 0, 40, 5, 24}, {17, 33, 60, 5, 24}, {80, 80, 20, 5, 24}, {50, 3, 5, 10, 19}};
    for (int i = 0; i < 4; i++) {
        uint8_t pixels[100 * 100], digit[SIDE * SIDE];
        int side = cases[i].side, stroke = (side + 4) / 5;
        memset(pixels, 250, sizeof(pixels));
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                if (y < stroke || x < stroke || y >= side - stroke || x >= side - stroke)
                    pixels[(cases[i].top + y) * 100 + cases[i].left + x] = 30;
        ck_assert(!lenet5_image_to_digit(digit, &(struct lenet5_image){100, 100, pixels}, NULL));
        int wide = (cases[i].high - cases[i].low + 1) / 5;
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                int in_y = y - cases[i].low, out_y = cases[i].high - y;
                int in_x = x - cases[i].low, out_x = cases[i].high - x;
                bool inside = in_y >= 0 && out_y >= 0 && in_x >= 0 && out_x >= 0;
                bool ink = inside && (in_y < wide || out_y < wide || in_x < wide || out_x < wide);
                ck_assert_int_eq(digit[y * SIDE + x], ink ? 255 : 0);
            }
    }
}

TEST(blank_pictures_are_refused)
{
    static const struct {
        int width, height, paper;
    } cases[] = {{100, 80, 255}, {100, 80, 0}, {100, 80, 128}, {28, 28, 255}, {1, 1, 0}, {1, 9, 7}};
    uint8_t pixels[100 * 80], digit[SIDE * SIDE];
    struct lenet5_error error;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        memset(pixels, cases[i].paper, sizeof(pixels));
        pixels[0] ^= 8; /* a speck is not ink */
        struct lenet5_image image = {cases[i].width, cases[i].height, pixels};
        ck_assert_int_eq(lenet5_image_to_digit(digit, &image, &error), LENET5_ERROR_DATA);
        ck_assert(strstr(error.message, "no ink: the picture is blank"));
    }
    ck_assert_int_eq(lenet5_image_to_digit(digit, &(struct lenet5_image){0}, &error),
                     LENET5_ERROR_ARGUMENT);
}

void add_fixtures(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, files_setup, files_teardown);
}
