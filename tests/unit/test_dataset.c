/*
 * Datasets: IDX files that are right are read to the byte, all others are refused with a sentence.
 */
#include <lenet5/dataset.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "files.h"
#include "suite.h"

enum { COUNT = 3, ROWS = 2, COLS = 4, PIXELS = COUNT * ROWS * COLS };
enum { IMAGES_SIZE = 16 + PIXELS, LABELS_SIZE = 8 + COUNT, GZIP_SIZE = 1 << 12 };

static const uint8_t
    good_images[IMAGES_SIZE] = {0,  0,  8,  3,    0,  0,  0,  COUNT, 0,  0,  0,  ROWS,
                                0,  0,  0,  COLS, /* then pixels 16, 17, ... */
                                16, 17, 18, 19,   20, 21, 22, 23,    24, 25, 26, 27,
                                28, 29, 30, 31,   32, 33, 34, 35,    36, 37, 38, 39};
static const uint8_t good_labels[LABELS_SIZE] = {0, 0, 8, 1, 0, 0, 0, COUNT, 7, 0, 9};

static const char *write_gzip(const char *name, const void *bytes, size_t size)
{
    static uint8_t packed[1 << 16];
    return files_write(name, packed, files_gzip(packed, sizeof(packed), bytes, size));
}

static const char *write_images(void)
{
    return files_write("images", good_images, sizeof(good_images));
}

static const char *write_labels(void)
{
    return files_write("labels", good_labels, sizeof(good_labels));
}

static void expect_good(const char *images, const char *labels)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error = {LENET5_OK, ""};
    ck_assert_msg(!lenet5_dataset_read_idx(&dataset, images, labels, &error), "%s", error.message);
    ck_assert_uint_eq(lenet5_dataset_count(dataset), COUNT);
    ck_assert_int_eq(lenet5_dataset_rows(dataset), ROWS);
    ck_assert_int_eq(lenet5_dataset_cols(dataset), COLS);
    ck_assert_int_eq(lenet5_dataset_classes(dataset), 10);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_int_eq(lenet5_dataset_label(dataset, i), good_labels[8 + i]);
        ck_assert_mem_eq(lenet5_dataset_image(dataset, i), good_images + 16 + i * ROWS * COLS,
                         ROWS * COLS);
    }
    lenet5_dataset_destroy(dataset);
}

/* The pair is refused with this status and with all of these words in the message. */
static void expect_refusal(const char *images, const char *labels, enum lenet5_status expected,
                           const char *word, const char *other_word)
{
    struct lenet5_dataset *dataset = (struct lenet5_dataset *)1;
    struct lenet5_error error = {LENET5_OK, ""};
    enum lenet5_status status = lenet5_dataset_read_idx(&dataset, images, labels, &error);
    ck_assert_msg(status == expected && error.status == expected, "status %d, expected %d: %s",
                  status, expected, error.message);
    ck_assert_msg(strstr(error.message, word) && strstr(error.message, other_word),
                  "\"%s\" lacks \"%s\" or \"%s\"", error.message, word, other_word);
    ck_assert_ptr_null(dataset);
    ck_assert_int_eq(lenet5_dataset_read_idx(&dataset, images, labels, NULL), expected);
}

/* The images file holds these bytes, as they are or gzip'ed, and is refused with its name. */
static void expect_bad_images(const void *bytes, size_t size, const char *word)
{
    expect_refusal(files_write("bad", bytes, size), write_labels(), LENET5_ERROR_DATA, "/bad",
                   word);
}

static void expect_bad_header(size_t at, uint8_t byte, const char *word)
{
    uint8_t bytes[IMAGES_SIZE];
    memcpy(bytes, good_images, sizeof(bytes));
    bytes[at] = byte;
    expect_bad_images(bytes, sizeof(bytes), word);
}

TEST(reads_plain_and_gzip)
{
    expect_good(write_images(), write_labels());
    /* The name says nothing: gzip is told by the content. */
    expect_good(write_gzip("a", good_images, sizeof(good_images)), write_labels());
    expect_good(write_images(), write_gzip("b", good_labels, sizeof(good_labels)));
    expect_good(files_write("c.gz", good_images, sizeof(good_images)), write_labels());
}

/* More than is read or unpacked at a time, of bytes that cannot be packed. */
TEST(reads_large_gzip)
{
    enum { LARGE = 40, AREA = 28 * 28 };
    static uint8_t images[16 + LARGE * AREA] = {0, 0, 8, 3,  0, 0, 0, LARGE,
                                                0, 0, 0, 28, 0, 0, 0, 28};
    uint8_t labels[8 + LARGE] = {0, 0, 8, 1, 0, 0, 0, LARGE};
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    uint32_t state = 1;
    for (size_t i = 16; i < sizeof(images); i++)
        images[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    const char *path = write_gzip("large", images, sizeof(images));
    ck_assert_msg(!lenet5_dataset_read_idx(&dataset, path,
                                           files_write("many", labels, sizeof(labels)), &error),
                  "%s", error.message);
    ck_assert_mem_eq(lenet5_dataset_image(dataset, 0), images + 16, sizeof(images) - 16);
    lenet5_dataset_destroy(dataset);
}

TEST(finds_every_name_of_mnist)
{
    static const char *const names[][2] = {
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
        {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
        {"t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"},
    };
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    for (int i = 0; i < 4; i++)
        for (int zipped = 0; zipped < 2; zipped++) {
            char directory[32], path[2][64];
            snprintf(directory, sizeof(directory), "mnist%d%d", i, zipped);
            ck_assert(!mkdir(files_path(directory), 0700));
            for (int j = 0; j < 2; j++)
                snprintf(path[j], sizeof(path[j]), "%s/%s%s", directory, names[i][j],
                         zipped ? ".gz" : "");
            (zipped ? write_gzip : files_write)(path[0], good_images, sizeof(good_images));
            (zipped ? write_gzip : files_write)(path[1], good_labels, sizeof(good_labels));
            enum lenet5_split split = i < 2 ? LENET5_SPLIT_TRAIN : LENET5_SPLIT_TEST;
            enum lenet5_split other = i < 2 ? LENET5_SPLIT_TEST : LENET5_SPLIT_TRAIN;
            ck_assert(!lenet5_dataset_read_mnist(&dataset, files_path(directory), split, &error));
            ck_assert_uint_eq(lenet5_dataset_count(dataset), COUNT);
            lenet5_dataset_destroy(dataset);
            ck_assert_int_eq(
                lenet5_dataset_read_mnist(&dataset, files_path(directory), other, &error),
                LENET5_ERROR_NOT_FOUND);
            ck_assert_ptr_null(dataset);
            ck_assert(strstr(error.message, directory) &&
                      strstr(error.message, names[i < 2 ? 2 : 0][0]));
        }
    /* Plain is preferred, and a directory in the file's place is not the file. */
    files_write("mnist00/train-images-idx3-ubyte.gz", "broken", 6);
    ck_assert(
        !lenet5_dataset_read_mnist(&dataset, files_path("mnist00"), LENET5_SPLIT_TRAIN, &error));
    lenet5_dataset_destroy(dataset);
    ck_assert(!mkdir(files_path("mnist10/train-images-idx3-ubyte"), 0700));
    ck_assert(
        !lenet5_dataset_read_mnist(&dataset, files_path("mnist10"), LENET5_SPLIT_TRAIN, &error));
    lenet5_dataset_destroy(dataset);
}

TEST(refuses_every_prefix)
{
    for (size_t size = 0; size < IMAGES_SIZE; size++)
        expect_bad_images(good_images, size, !size ? "empty" : size < 16 ? "header" : "ends early");
    for (size_t size = 0; size < LABELS_SIZE; size++)
        expect_refusal(write_images(), files_write("bad", good_labels, size), LENET5_ERROR_DATA,
                       "/bad",
                       !size      ? "empty"
                       : size < 8 ? "header"
                                  : "ends early");
    uint8_t packed[GZIP_SIZE];
    size_t packed_size = files_gzip(packed, sizeof(packed), good_images, sizeof(good_images));
    for (size_t size = 2; size < packed_size; size++)
        expect_bad_images(packed, size, "gzip data ends early");
    packed_size = files_gzip(packed, sizeof(packed), good_images, sizeof(good_images) - 1);
    expect_bad_images(packed, packed_size, "ends early, its header promises 24 bytes");
}

TEST(refuses_extra_bytes)
{
    uint8_t bytes[IMAGES_SIZE + 1] = {0}, packed[GZIP_SIZE] = {0};
    memcpy(bytes, good_images, sizeof(good_images));
    expect_bad_images(bytes, sizeof(bytes), "extra bytes, its header promises 40 bytes, found 41");
    size_t size = files_gzip(packed, sizeof(packed), bytes, sizeof(bytes));
    expect_bad_images(packed, size, "more in the file");
    size = files_gzip(packed, sizeof(packed) - 1, good_images, sizeof(good_images));
    expect_bad_images(packed, size + 1, "extra bytes follow");
}

TEST(refuses_damaged_gzip)
{
    uint8_t packed[GZIP_SIZE];
    size_t size = files_gzip(packed, sizeof(packed), good_images, sizeof(good_images));
    for (size_t at = size - 8; at < size; at++) { /* CRC-32, then the length */
        packed[at] ^= 0x10;
        expect_bad_images(packed, size, at < size - 4 ? "incorrect data" : "incorrect length");
        packed[at] ^= 0x10;
    }
    packed[2] = 9;
    expect_bad_images(packed, size, "damaged");
}

TEST(refuses_bombs)
{
    /* 16 MiB of zeros behind a header that promises 24 bytes. */
    size_t size = (size_t)1 << 24;
    uint8_t *bytes = calloc(size, 1);
    memcpy(bytes, good_images, sizeof(good_images));
    expect_refusal(write_gzip("bad", bytes, size), write_labels(), LENET5_ERROR_DATA, "/bad",
                   "more in the file");
    free(bytes);
    /* Headers that promise the world. */
    uint8_t huge[IMAGES_SIZE], packed[GZIP_SIZE];
    memcpy(huge, good_images, sizeof(huge));
    memset(huge + 4, 0xff, 4);
    huge[10] = huge[14] = 0x10, huge[11] = huge[15] = 0;
    expect_bad_images(huge, sizeof(huge), "72057594021150736 bytes, found 40");
    size_t packed_size = files_gzip(packed, sizeof(packed), huge, sizeof(huge));
    expect_bad_images(packed, packed_size, "can hold");
    /* A gigabyte that a file of a megabyte could hold. */
    size = 1100000;
    bytes = calloc(size, 1);
    memcpy(bytes, "\0\0\x08\3\0\x15\xe0\0\0\0\0\x1c\0\0\0\x1c", 16);
    const char *path = files_path("bad");
    gzFile stored = gzopen(path, "wb0");
    ck_assert_int_eq(gzwrite(stored, bytes, (unsigned)size), (int)size);
    gzclose(stored);
    expect_refusal(path, write_labels(), LENET5_ERROR_DATA, "/bad", "unpack it first");
    free(bytes);
}

TEST(refuses_bad_headers)
{
    expect_bad_header(2, 9, "magic 0x00000803, found 0x00000903");
    expect_bad_header(0, 0x1f, "magic 0x00000803, found 0x1f000803"); /* half of gzip's is none */
    expect_bad_header(1, 0x8b, "magic 0x00000803, found 0x008b0803");
    expect_bad_header(3, 1, "this is an IDX label file");
    expect_bad_header(3, 2, "IDX");
    expect_bad_header(7, 0, "has 0 images, expected at least 1");
    expect_bad_header(8, 0x80, "2147483650 rows");
    expect_bad_header(11, 0, "0 rows and 4 columns, expected 1 to 4096");
    expect_bad_header(14, 0x11, "4356 columns");
    expect_bad_images("\x89PNG\r\n\x1a\nxxxx", 12, "this is a PNG picture");
    expect_bad_images("<!DOCTYPE html>", 15, "this is an HTML page");
    expect_bad_images("\n\n  <html>", 10, "this is an HTML page");
    expect_bad_images("version https://git-lfs", 23, "this is a Git LFS pointer");
    expect_bad_images("what is this", 12, "this is of an unknown kind");
    expect_bad_images(" \t\r\n    ", 8, "this is of an unknown kind");
}

TEST(refuses_pairs_that_do_not_fit)
{
    const char *images = write_images(), *labels = write_labels();
    expect_refusal(labels, images, LENET5_ERROR_DATA, "swapped", labels);
    expect_refusal(images, images, LENET5_ERROR_DATA, images, "this is an IDX image file");
    expect_refusal(files_write("extended", "\0\0\x0c\2\0\0\0\1\0\0\0\0", 12), images,
                   LENET5_ERROR_DATA, "swapped", "extended");
    uint8_t bytes[LABELS_SIZE + 1];
    memcpy(bytes, good_labels, LABELS_SIZE);
    bytes[9] = 10;
    expect_refusal(images, files_write("bad", bytes, LABELS_SIZE), LENET5_ERROR_DATA, "/bad",
                   "label 10 of image 1, expected 0 to 9");
    bytes[7] = COUNT + 1, bytes[9] = bytes[LABELS_SIZE] = 0;
    expect_refusal(images, files_write("bad", bytes, sizeof(bytes)), LENET5_ERROR_DATA,
                   "images has 3 images", "bad has 4 labels");
}

TEST(refuses_what_is_no_file)
{
    expect_refusal(files_path("none"), write_labels(), LENET5_ERROR_NOT_FOUND, "/none", "No such");
    expect_refusal(write_images(), files_path("images/none"), LENET5_ERROR_NOT_FOUND, "none", "");
    expect_refusal(files_path("."), write_labels(), LENET5_ERROR_DATA, "a directory", "");
    ck_assert(!mkfifo(files_path("fifo"), 0600));
    alarm(10); /* a reader that waits for a writer would wait forever */
    expect_refusal(files_path("fifo"), write_labels(), LENET5_ERROR_DATA, "pipe", "/fifo");
    expect_refusal(write_images(), files_path("fifo"), LENET5_ERROR_DATA, "pipe", "/fifo");
    expect_refusal("/dev/zero", write_labels(), LENET5_ERROR_DATA, "device", "/dev/zero");
    expect_refusal("no\nfile", write_labels(), LENET5_ERROR_NOT_FOUND, "no?file", "");
}

TEST(creates_copies)
{
    uint8_t images[PIXELS], labels[COUNT] = {0, 4, 2};
    struct lenet5_dataset *dataset;
    memset(images, 5, sizeof(images));
    ck_assert(!lenet5_dataset_create(&dataset, images, labels, COUNT, ROWS, COLS, 5, NULL));
    memset(images, 0, sizeof(images));
    labels[1] = 0;
    ck_assert_int_eq(lenet5_dataset_image(dataset, 2)[0], 5);
    ck_assert_int_eq(lenet5_dataset_label(dataset, 1), 4);
    ck_assert_int_eq(lenet5_dataset_classes(dataset), 5);
    lenet5_dataset_destroy(dataset);
    lenet5_dataset_destroy(NULL);
}

TEST(create_checks_its_arguments)
{
    static const struct {
        size_t count;
        int rows, cols, classes;
        const char *word;
    } cases[] = {
        {0, ROWS, COLS, 10, "none"},
        {COUNT, 0, COLS, 10, "0 rows"},
        {COUNT, ROWS, -1, 10, "-1 columns"},
        {COUNT, LENET5_MAX_SIDE + 1, COLS, 10, "4097 rows"},
        {COUNT, ROWS, COLS, 0, "0 classes"},
        {COUNT, ROWS, COLS, LENET5_MAX_CLASSES + 1, "65 classes"},
        {COUNT, ROWS, COLS, 4, "label 4 of image 1, expected 0 to 3"},
    };
    const uint8_t images[PIXELS] = {0}, labels[COUNT] = {0, 4, 2};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct lenet5_dataset *dataset;
        struct lenet5_error error;
        ck_assert_int_eq(lenet5_dataset_create(&dataset, images, labels, cases[i].count,
                                               cases[i].rows, cases[i].cols, cases[i].classes,
                                               &error),
                         LENET5_ERROR_ARGUMENT);
        ck_assert_msg(strstr(error.message, cases[i].word) != NULL, "%s", error.message);
        ck_assert_ptr_null(dataset);
    }
}

TEST(takes_one_hot_targets)
{
    const float targets[COUNT * 4] = {0, 0, 0, 1, 1, 0, 0, -0.0f, 0, 1, 0, 0};
    const int expected[COUNT] = {3, 0, 1};
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    ck_assert(!lenet5_dataset_create_one_hot(&dataset, good_images + 16, targets, COUNT, ROWS, COLS,
                                             4, &error));
    ck_assert_uint_eq(lenet5_dataset_count(dataset), COUNT);
    ck_assert_int_eq(lenet5_dataset_classes(dataset), 4);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_int_eq(lenet5_dataset_label(dataset, i), expected[i]);
        ck_assert_mem_eq(lenet5_dataset_image(dataset, i), good_images + 16 + i * ROWS * COLS,
                         ROWS * COLS);
    }
    lenet5_dataset_destroy(dataset);
}

static void refuse_one_hot(const float *targets, size_t count, int classes, const char *word)
{
    struct lenet5_dataset *dataset = (struct lenet5_dataset *)1;
    struct lenet5_error error;
    ck_assert_int_eq(lenet5_dataset_create_one_hot(&dataset, good_images + 16, targets, count, ROWS,
                                                   COLS, classes, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_msg(strstr(error.message, word) != NULL, "%s", error.message);
    ck_assert_ptr_null(dataset);
}

TEST(refuses_targets_that_are_not_one_hot)
{
    static const float wrong[][3] = {{0, 0, 0},    {1, 1, 0},   {1, 0, 1},  {0, 0.5f, 0},
                                     {1, 0.5f, 0}, {0, 2, 0},   {0, -1, 0}, {NAN, 0, 0},
                                     {1, NAN, 0},  {0, 0, NAN}, {-1, 1, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        const float targets[2 * 3] = {0, 1, 0, wrong[i][0], wrong[i][1], wrong[i][2]};
        refuse_one_hot(targets, 2, 3, "target 1 is not one-hot: expected one 1 and 2 zeros");
    }
    refuse_one_hot(NULL, 2, 3, "0 samples");
    refuse_one_hot(wrong[0], 0, 3, "0 samples");
    refuse_one_hot(wrong[0], 1, 0, "0 classes");
    refuse_one_hot(wrong[0], 1, LENET5_MAX_CLASSES + 1, "65 classes");
}

TEST(the_first_are_a_copy)
{
    const uint8_t labels[COUNT] = {0, 4, 2};
    struct lenet5_dataset *all, *first;
    struct lenet5_error error;
    ck_assert(!lenet5_dataset_create(&all, good_images + 16, labels, COUNT, ROWS, COLS, 5, &error));
    ck_assert(!lenet5_dataset_first(&first, all, 2, &error));
    ck_assert_uint_eq(lenet5_dataset_count(first), 2);
    ck_assert_int_eq(lenet5_dataset_classes(first), 5);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_mem_eq(lenet5_dataset_image(first, i), lenet5_dataset_image(all, i), ROWS * COLS);
        ck_assert_int_eq(lenet5_dataset_label(first, i), labels[i]);
    }
    lenet5_dataset_destroy(first);
    ck_assert_int_eq(lenet5_dataset_first(&first, all, 0, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_dataset_first(&first, all, COUNT + 1, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_null(first);
    lenet5_dataset_destroy(all);
}

TEST(joins_first_before_second)
{
    const uint8_t labels[COUNT] = {0, 4, 2}, others[2] = {6, 1};
    struct lenet5_dataset *first, *second, *joined, *wide, *flat;
    struct lenet5_error error;
    const size_t area = ROWS * COLS;
    const uint8_t *images = good_images + 16;
    ck_assert(!lenet5_dataset_create(&first, images, labels, COUNT, ROWS, COLS, 5, &error));
    ck_assert(!lenet5_dataset_create(&second, images + area, others, 2, ROWS, COLS, 7, &error));
    ck_assert(!lenet5_dataset_join(&joined, first, second, &error));
    ck_assert_uint_eq(lenet5_dataset_count(joined), COUNT + 2);
    ck_assert_int_eq(lenet5_dataset_rows(joined), ROWS);
    ck_assert_int_eq(lenet5_dataset_cols(joined), COLS);
    ck_assert_int_eq(lenet5_dataset_classes(joined), 7);
    for (size_t i = 0; i < COUNT + 2; i++) {
        const bool of_first = i < COUNT;
        ck_assert_mem_eq(lenet5_dataset_image(joined, i),
                         images + (of_first ? i : i - COUNT + 1) * area, area);
        ck_assert_int_eq(lenet5_dataset_label(joined, i), of_first ? labels[i] : others[i - COUNT]);
    }
    lenet5_dataset_destroy(joined);
    ck_assert(!lenet5_dataset_join(&joined, second, first, &error)); /* the larger of the classes */
    ck_assert_int_eq(lenet5_dataset_classes(joined), 7);
    ck_assert_int_eq(lenet5_dataset_label(joined, 0), others[0]);
    lenet5_dataset_destroy(joined);

    ck_assert(!lenet5_dataset_create(&wide, images, labels, 1, ROWS, COLS + 1, 5, &error));
    ck_assert(!lenet5_dataset_create(&flat, images, labels, 1, ROWS - 1, COLS, 5, &error));
    joined = first;
    ck_assert_int_eq(lenet5_dataset_join(&joined, first, wide, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_null(joined);
    ck_assert_msg(strstr(error.message, "images of 4x2 and of 5x2 cannot be joined") != NULL, "%s",
                  error.message);
    ck_assert_int_eq(lenet5_dataset_join(&joined, first, flat, &error), LENET5_ERROR_ARGUMENT);
    lenet5_dataset_destroy(flat);
    lenet5_dataset_destroy(wide);
    lenet5_dataset_destroy(second);
    lenet5_dataset_destroy(first);
}

static struct lenet5_dataset *draw(size_t count, uint64_t seed, enum lenet5_split split)
{
    struct lenet5_dataset *dataset;
    ck_assert(!lenet5_dataset_draw_digits(&dataset, count, seed, split, NULL));
    return dataset;
}

static int equal_images(const struct lenet5_dataset *a, const struct lenet5_dataset *b,
                        size_t count)
{
    int equal = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            equal += !memcmp(lenet5_dataset_image(a, i), lenet5_dataset_image(b, j), 28 * 28);
    return equal;
}

TEST(draws_the_same_digits_again)
{
    enum { DIGITS = 200 };
    struct lenet5_dataset *train = draw(DIGITS, 1, LENET5_SPLIT_TRAIN),
                          *longer = draw(999, 1, LENET5_SPLIT_TRAIN);
    struct lenet5_dataset *test = draw(DIGITS, 1, LENET5_SPLIT_TEST),
                          *other = draw(DIGITS, 2, LENET5_SPLIT_TRAIN);
    for (size_t i = 0; i < DIGITS; i++)
        ck_assert_mem_eq(lenet5_dataset_image(train, i), lenet5_dataset_image(longer, i), 28 * 28);
    ck_assert_int_eq(equal_images(train, train, DIGITS), DIGITS);
    ck_assert_int_eq(equal_images(train, test, DIGITS), 0);
    ck_assert_int_eq(equal_images(train, other, DIGITS), 0);
    lenet5_dataset_destroy(other);
    lenet5_dataset_destroy(test);
    lenet5_dataset_destroy(longer);
    lenet5_dataset_destroy(train);

    struct lenet5_dataset *none;
    ck_assert_int_eq(lenet5_dataset_draw_digits(&none, 0, 1, LENET5_SPLIT_TRAIN, NULL),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_null(none);
}

/* Balanced, of full contrast, boxed and centred as MNIST's are. */
TEST(draws_like_mnist)
{
    enum { DIGITS = 1000 };
    struct lenet5_dataset *dataset = draw(DIGITS, 3, LENET5_SPLIT_TRAIN);
    int labels[10] = {0};
    for (size_t i = 0; i < DIGITS; i++) {
        const uint8_t *image = lenet5_dataset_image(dataset, i);
        double mass = 0, y_mass = 0, x_mass = 0;
        int most = 0, top = 28, bottom = -1;
        for (int y = 0; y < 28; y++)
            for (int x = 0; x < 28; x++) {
                int ink = image[y * 28 + x];
                mass += ink;
                y_mass += (y + 0.5) * ink;
                x_mass += (x + 0.5) * ink;
                most = ink > most ? ink : most;
                top = ink && y < top ? y : top;
                bottom = ink ? y : bottom;
            }
        labels[lenet5_dataset_label(dataset, i)]++;
        ck_assert_int_ge(most, 200);
        ck_assert_int_le(bottom - top + 1, 20);
        ck_assert(y_mass / mass > 13.99 && y_mass / mass < 15.01);
        ck_assert(x_mass / mass > 13.99 && x_mass / mass < 15.01);
        ck_assert(mass > 20 * 255 && mass < 300 * 255);
    }
    for (int label = 0; label < 10; label++)
        ck_assert_int_eq(labels[label], DIGITS / 10);
    lenet5_dataset_destroy(dataset);
}

/* What is written is what was read, byte for byte, headers included. */
TEST(writes_what_it_reads)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    uint8_t bytes[IMAGES_SIZE + 1];
    char images[4096], labels[4096];
    snprintf(images, sizeof(images), "%s", write_images());
    snprintf(labels, sizeof(labels), "%s", write_labels());
    ck_assert_int_eq(lenet5_dataset_read_idx(&dataset, images, labels, &error), LENET5_OK);
    ck_assert_int_eq(remove(images) | remove(labels), 0);
    ck_assert_int_eq(lenet5_dataset_write_idx(dataset, images, labels, &error), LENET5_OK);
    ck_assert_uint_eq(files_read(bytes, sizeof(bytes), images), IMAGES_SIZE);
    ck_assert_mem_eq(bytes, good_images, IMAGES_SIZE);
    ck_assert_uint_eq(files_read(bytes, sizeof(bytes), labels), LABELS_SIZE);
    ck_assert_mem_eq(bytes, good_labels, LABELS_SIZE);
    ck_assert_int_eq(lenet5_dataset_write_idx(dataset, "/nowhere/images", labels, &error),
                     LENET5_ERROR_IO);
    lenet5_dataset_destroy(dataset);
}

void add_fixtures(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, files_setup, files_teardown);
}
