/*
 * Digits on all kinds of pages: what is found there is what was drawn there, and a page without a
 * digit is refused by saying why.
 */
#include <lenet5/image.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "digit_difference.h"
#include "suite.h"

enum { SIDE = LENET5_DIGIT_SIDE, DIGITS = 20 };

/* A page in the making, greys as they may come; page_take() rounds them into the picture. */
struct page {
    int width, height;
    float *grey; /* (height, width) */
    struct lenet5_image image;
};

static struct lenet5_dataset *digits;
static uint8_t plain[DIGITS][SIDE * SIDE]; /* what is seen of each on a clean page */
static uint32_t noise_state;

static struct page page_create(int width, int height, float paper)
{
    size_t count = (size_t)width * (size_t)height;
    struct page page = {
        width, height, malloc(count * sizeof(float)), {width, height, malloc(count)}};
    for (size_t i = 0; i < count; i++)
        page.grey[i] = paper;
    return page;
}

static void page_destroy(struct page *page)
{
    free(page->grey);
    free(page->image.pixels);
}

static const struct lenet5_image *page_take(struct page *page)
{
    for (size_t i = 0; i < (size_t)page->width * (size_t)page->height; i++)
        page->image.pixels[i] = (uint8_t)lroundf(fminf(fmaxf(page->grey[i], 0), 255));
    return &page->image;
}

/* Draws digit i with the ink's grey, its 28x28 pixels enlarged bilinearly `scale` times. */
static void page_write(struct page *page, size_t i, int left, int top, float scale, float ink)
{
    const uint8_t *digit = lenet5_dataset_image(digits, i);
    for (int y = 0; y < page->height; y++)
        for (int x = 0; x < page->width; x++) {
            float v = ((float)(y - top) + 0.5f) / scale - 0.5f;
            float u = ((float)(x - left) + 0.5f) / scale - 0.5f;
            if (u < 0 || v < 0 || u >= SIDE - 1 || v >= SIDE - 1)
                continue;
            const uint8_t *at = digit + (int)v * SIDE + (int)u;
            u -= floorf(u);
            v -= floorf(v);
            float share = ((1 - v) * ((1 - u) * at[0] + u * at[1]) +
                           v * ((1 - u) * at[SIDE] + u * at[SIDE + 1])) /
                          255;
            float *grey = page->grey + (size_t)y * (size_t)page->width + x;
            *grey += share * (ink - *grey);
        }
}

static void page_fill(struct page *page, int left, int top, int width, int height, float grey)
{
    for (int y = top; y < top + height; y++)
        for (int x = left; x < left + width; x++)
            page->grey[(size_t)y * (size_t)page->width + (size_t)x] = grey;
}

/* Light falls off from the upper left to the lower right, down to what is left there. */
static void page_shade(struct page *page, float left_over)
{
    for (int y = 0; y < page->height; y++)
        for (int x = 0; x < page->width; x++) {
            float way = ((float)x / (float)page->width + (float)y / (float)page->height) / 2;
            page->grey[(size_t)y * (size_t)page->width + (size_t)x] *= 1 - (1 - left_over) * way;
        }
}

static float uniform(void)
{
    noise_state = noise_state * 1664525 + 1013904223;
    return (float)(noise_state >> 8) / (float)(1 << 24);
}

static void page_noise(struct page *page, float deviation)
{
    for (size_t i = 0; i < (size_t)page->width * (size_t)page->height; i++)
        page->grey[i] += deviation * 2 * (uniform() + uniform() + uniform() - 1.5f);
}

static void setup(void)
{
    ck_assert(!lenet5_dataset_draw_digits(&digits, DIGITS, 1, LENET5_SPLIT_TEST, NULL));
    noise_state = 1;
    for (size_t i = 0; i < DIGITS; i++) {
        struct page page = page_create(300, 300, 255);
        page_write(&page, i, 10, 10, 10, 0);
        ck_assert(!lenet5_image_to_digit(plain[i], page_take(&page), NULL));
        ck_assert_msg(digit_difference(lenet5_dataset_image(digits, i), plain[i]) < 0.4,
                      "digit %zu", i);
        page_destroy(&page);
    }
}

static void teardown(void)
{
    lenet5_dataset_destroy(digits);
}

static void expect_like(const uint8_t *seen, size_t i, double most, const char *where)
{
    double off = digit_difference(plain[i], seen);
    ck_assert_msg(off < most, "%s: digit %zu differs by %.3f of its ink", where, i, off);
}

/* The picture is one digit, number i, and what is seen of it differs by less than `most`. */
static void expect_digit(struct page *page, size_t i, double most, const char *where)
{
    uint8_t seen[SIDE * SIDE];
    struct lenet5_error error;
    ck_assert_msg(!lenet5_image_to_digit(seen, page_take(page), &error), "%s: digit %zu: %s", where,
                  i, error.message);
    expect_like(seen, i, most, where);
}

static void expect_refused(struct page *page, const char *sentence)
{
    uint8_t seen[SIDE * SIDE];
    struct lenet5_error error = {LENET5_OK, ""};
    struct lenet5_found_digit *found = (struct lenet5_found_digit *)seen;
    size_t count = 7;
    ck_assert_int_eq(lenet5_image_to_digit(seen, page_take(page), &error), LENET5_ERROR_DATA);
    ck_assert_msg(strstr(error.message, sentence), "\"%s\" lacks \"%s\"", error.message, sentence);
    ck_assert_int_eq(lenet5_image_find_digits(&found, &count, &page->image, &error),
                     LENET5_ERROR_DATA);
    ck_assert_msg(strstr(error.message, sentence), "\"%s\" lacks \"%s\"", error.message, sentence);
    ck_assert_ptr_null(found);
    ck_assert_uint_eq(count, 0);
    page_destroy(page);
}

TEST(dark_on_light_and_light_on_dark)
{
    static const float greys[][2] = {{255, 0},  {0, 255},  {200, 120},
                                     {60, 140}, {128, 20}, {128, 240}};
    for (size_t i = 0; i < 20; i++)
        for (int k = 0; k < 6; k++) {
            struct page page = page_create(400, 300, greys[k][0]);
            page_write(&page, i, 150, 40, 7, greys[k][1]);
            expect_digit(&page, i, 0.15, "greys");
            page_destroy(&page);
        }
}

TEST(light_may_be_uneven)
{
    for (size_t i = 0; i < 20; i++) {
        struct page page = page_create(500, 400, 220);
        page_write(&page, i, 30 + 10 * (int)i, 100, 8, 90);
        page_shade(&page, 0.5f);
        page_noise(&page, 6);
        expect_digit(&page, i, 0.25, "shade");
        page_destroy(&page);
    }
}

/* The shadow of a hand or a phone, with a soft edge, right through the digit. */
TEST(shadows_may_have_edges)
{
    for (size_t i = 0; i < 20; i++) {
        struct page page = page_create(600, 500, 220);
        page_write(&page, i, 200, 120, 8, 60);
        for (int y = 0; y < 500; y++)
            for (int x = 0; x < 600; x++)
                page.grey[y * 600 + x] *= 0.8f + 0.2f * tanhf((float)(x - y / 2 - 200) / 40);
        expect_digit(&page, i, 0.35, "shadow");
        page_destroy(&page);
    }
}

TEST(tables_lines_and_specks_do_not_matter)
{
    for (size_t i = 0; i < 20; i++) {
        struct page page = page_create(600, 500, 210);
        for (int y = 20; y < 500; y += 40)
            page_fill(&page, 0, y, 600, 2, 170);
        for (int x = 20; x < 600; x += 40)
            page_fill(&page, x, 0, 2, 500, 170);
        page_write(&page, i, 200, 100, 8, 50);
        for (int speck = 0; speck < 30; speck++)
            page_fill(&page, (int)(590 * uniform()), (int)(490 * uniform()), 3, 3, 60);
        page_fill(&page, 0, 0, 50, 500, 30);
        page_fill(&page, 0, 460, 600, 40, 30);
        page_noise(&page, 4);
        expect_digit(&page, i, 0.3, "table");
        page_destroy(&page);
    }
}

TEST(pictures_may_be_tiny)
{
    for (size_t i = 0; i < 10; i++) {
        struct page page = page_create(12, 12, 230);
        page_write(&page, i, -1, -1, 0.5f, 20);
        expect_digit(&page, i, 0.6, "tiny");
        page_destroy(&page);
    }
}

TEST(pictures_may_be_huge)
{
    struct page page = page_create(4000, 3000, 200);
    page_write(&page, 3, 2500, 1000, 20, 60);
    page_shade(&page, 0.6f);
    page_noise(&page, 8);
    page_take(&page);
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    expect_digit(&page, 3, 0.2, "huge");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) +
                     1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    ck_assert_msg(seconds < 1, "%g s for 12 megapixels", seconds);
    page_destroy(&page);
}

/* Cut out so tightly that the ink touches all that it can of the border. */
TEST(digits_may_touch_the_border)
{
    for (size_t i = 0; i < 20; i++) {
        const uint8_t *digit = lenet5_dataset_image(digits, i);
        int top = SIDE, left = SIDE, bottom = 0, right = 0;
        for (int j = 0; j < SIDE * SIDE; j++)
            if (digit[j] > 127) {
                top = top < j / SIDE ? top : j / SIDE;
                bottom = bottom > j / SIDE ? bottom : j / SIDE;
                left = left < j % SIDE ? left : j % SIDE;
                right = right > j % SIDE ? right : j % SIDE;
            }
        struct page page = page_create(10 * (right - left + 1), 10 * (bottom - top + 1), 240);
        page_write(&page, i, -10 * left, -10 * top, 10, 30);
        expect_digit(&page, i, 0.35, "border");
        page_destroy(&page);
    }
}

TEST(digits_are_read_in_order)
{
    struct page page = page_create(900, 700, 220);
    struct lenet5_found_digit *found;
    struct lenet5_error error;
    size_t count;
    for (int i = 0; i < 20; i++)
        page_write(&page, (size_t)i, 20 + 85 * (i % 10), 60 + 260 * (i / 10) + 8 * (i % 10), 3.5f,
                   70);
    page_shade(&page, 0.6f);
    page_noise(&page, 4);
    ck_assert_msg(!lenet5_image_find_digits(&found, &count, page_take(&page), &error), "%s",
                  error.message);
    ck_assert_uint_eq(count, 20);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(found[i].line, i / 10);
        ck_assert_int_ge(found[i].left, 20 + 85 * (i % 10));
        ck_assert_int_le(found[i].left + found[i].width, 20 + 85 * (i % 10) + 98);
        ck_assert_int_le(
            abs(2 * found[i].top + found[i].height - 2 * (60 + 260 * (i / 10) + 8 * (i % 10) + 49)),
            40);
        expect_like(found[i].pixels, (size_t)i, 0.25, "many");
    }
    free(found);
    uint8_t seen[SIDE * SIDE];
    ck_assert_int_eq(lenet5_image_to_digit(seen, &page.image, &error), LENET5_ERROR_DATA);
    ck_assert(strstr(error.message, " digits side by side, expected one in the picture"));
    page_destroy(&page);
}

/* A 5 whose bar floats above it, between two other digits; a 4 of two strokes. */
TEST(digits_may_fall_apart)
{
    struct page page = page_create(600, 300, 230);
    struct lenet5_found_digit *found;
    size_t count;
    page_write(&page, 0, 0, 60, 6, 40);
    page_fill(&page, 240, 90, 12, 50, 40); /* the 5's left side and belly, */
    page_fill(&page, 240, 130, 50, 10, 40);
    page_fill(&page, 280, 130, 10, 60, 40);
    page_fill(&page, 235, 190, 55, 10, 40);
    page_fill(&page, 256, 76, 50, 10, 40); /* and its bar */
    page_fill(&page, 390, 80, 10, 60, 40); /* the 4's angle, */
    page_fill(&page, 390, 130, 50, 10, 40);
    page_fill(&page, 445, 80, 10, 120, 40); /* and its stem */
    ck_assert(!lenet5_image_find_digits(&found, &count, page_take(&page), NULL));
    ck_assert_uint_eq(count, 3);
    ck_assert_int_le(abs(found[1].left - 235) + abs(found[1].top - 76), 2);
    ck_assert_int_le(abs(found[1].width - 71) + abs(found[1].height - 124), 2);
    ck_assert_int_le(abs(found[2].left - 390) + abs(found[2].width - 65), 2);
    free(found);
    page_destroy(&page);
}

TEST(results_repeat)
{
    uint8_t first[SIDE * SIDE], second[SIDE * SIDE];
    struct page page = page_create(300, 300, 200);
    page_write(&page, 8, 30, 20, 8, 90);
    page_noise(&page, 8);
    memset(second, 1, sizeof(second));
    ck_assert(!lenet5_image_to_digit(first, page_take(&page), NULL));
    ck_assert(!lenet5_image_to_digit(second, &page.image, NULL));
    ck_assert_mem_eq(first, second, sizeof(first));
    page_destroy(&page);
}

TEST(blank_pages_are_refused)
{
    static const char blank[] = "no ink: the picture is blank";
    struct page page = page_create(500, 400, 220);
    expect_refused(&page, blank);
    page = page_create(500, 400, 200);
    page_shade(&page, 0.5f);
    page_noise(&page, 6);
    expect_refused(&page, blank);
    page = page_create(500, 400, 128); /* nothing but noise */
    page_noise(&page, 200);
    expect_refused(&page, blank);
    page = page_create(40, 30, 128);
    page_noise(&page, 40);
    expect_refused(&page, blank);
}

TEST(dirt_is_refused)
{
    struct page page = page_create(500, 400, 220);
    page_fill(&page, 200, 100, 5, 5, 20);
    expect_refused(&page, "only specks");
    page = page_create(500, 400, 220); /* salt and pepper */
    for (int i = 0; i < 500 * 400; i++)
        page.grey[i] = uniform() < 0.1f ? 0 : 220;
    expect_refused(&page, "no digit: ");
    page = page_create(40, 30, 128); /* as much black as white */
    page_noise(&page, 200);
    expect_refused(&page, "no digit: ");
    page = page_create(300, 300, 220); /* a scribble */
    for (int x = 30; x < 270; x += 12) {
        page_fill(&page, x, 30, 3, 240, 20);
        page_fill(&page, 30, x, 240, 3, 20);
    }
    expect_refused(&page, "scribble");
}

TEST(filled_areas_are_refused)
{
    static const int sizes[][2] = {{480, 380}, {400, 300}, {300, 300}, {200, 120}, {60, 60}};
    for (int i = 0; i < 5; i++)
        for (int light = 0; light < 2; light++) {
            int width = sizes[i][0], height = sizes[i][1];
            struct page page = page_create(500, 400, light ? 20 : 230);
            page_fill(&page, (500 - width) / 2, (400 - height) / 2, width, height,
                      light ? 230 : 20);
            expect_refused(&page, "no digit: a filled area");
        }
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
}
