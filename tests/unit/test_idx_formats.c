/* IDX files beside MNIST's own: other classes, labels from 1, transposed images, QMNIST's rows of labels. */
#include <lenet5/dataset.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "suite.h"

enum { COUNT = 2, SIDE = 3, AREA = SIDE * SIDE };

static const uint8_t images[16 + COUNT * AREA] = {
    0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, SIDE, 0, 0, 0, SIDE, /* then pixels */
    1, 2, 3, 4, 5, 6, 7, 8,     9,                            /* and the second image */
    0, 0, 5, 0, 0, 0, 0, 0,     9,
};
static const uint8_t swapped[COUNT * AREA] = {1, 4, 7, 2, 5, 8, 3, 6, 9, 0, 0, 0, 0, 0, 0, 5, 0, 9};
static const uint8_t labels[8 + COUNT] = {0, 0, 8, 1, 0, 0, 0, COUNT, 1, 26};
/* Rows of three 32-bit numbers: class, source, writer. */
static const uint8_t extended[12 + COUNT * 12] = {
    0, 0, 12, 2, 0, 0, 0, COUNT, 0, 0, 0, 3, /* then labels */
    0, 0, 0,  7, 0, 0, 0, 1,     0, 0, 9, 9, /* and the second one's */
    0, 0, 0,  2, 0, 0, 1, 2,     0, 0, 0, 0,
};
enum { EXTENDED_LABEL = 12 + 3, EXTENDED_COLUMNS = 11 };

static enum lenet5_status read_files(struct lenet5_dataset **dataset,
                                     struct lenet5_idx_format format, struct lenet5_error *error)
{
    return lenet5_dataset_read_files(dataset, files_path("."), "some-images-idx3-ubyte",
                                     "some-labels-idx1-ubyte", &format, error);
}

static void write_images(void)
{
    files_write("some-images-idx3-ubyte", images, sizeof(images));
}

static void write_labels(const void *bytes, size_t size)
{
    files_write("some-labels-idx1-ubyte", bytes, size);
}

static void expect_refusal(struct lenet5_idx_format format, enum lenet5_status expected,
                           const char *word)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    ck_assert_int_eq(read_files(&dataset, format, &error), expected);
    ck_assert_msg(strstr(error.message, word) != NULL, "\"%s\" lacks \"%s\"", error.message, word);
    ck_assert_ptr_null(dataset);
}

TEST(counts_labels_from_one)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    write_images();
    write_labels(labels, sizeof(labels));
    ck_assert_int_eq(read_files(&dataset, (struct lenet5_idx_format){26, 1, false, {0}}, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_dataset_classes(dataset), 26);
    ck_assert_int_eq(lenet5_dataset_label(dataset, 0), 0);
    ck_assert_int_eq(lenet5_dataset_label(dataset, 1), 25);
    ck_assert_mem_eq(lenet5_dataset_image(dataset, 0), images + 16, COUNT * AREA);
    lenet5_dataset_destroy(dataset);
    expect_refusal((struct lenet5_idx_format){25, 1, false, {0}}, LENET5_ERROR_DATA,
                   "label 26 of image 1, expected 1 to 25");
    expect_refusal((struct lenet5_idx_format){26, 2, false, {0}}, LENET5_ERROR_DATA,
                   "label 1 of image 0, expected 2 to 27");
}

TEST(turns_transposed_images)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    uint8_t oblong[sizeof(images)];
    write_images();
    write_labels(labels, sizeof(labels));
    ck_assert_int_eq(read_files(&dataset, (struct lenet5_idx_format){26, 1, true, {0}}, &error),
                     LENET5_OK);
    ck_assert_mem_eq(lenet5_dataset_image(dataset, 0), swapped, COUNT * AREA);
    lenet5_dataset_destroy(dataset);
    memcpy(oblong, images, sizeof(images));
    oblong[11] = 1;
    oblong[15] = AREA;
    files_write("some-images-idx3-ubyte", oblong, sizeof(oblong));
    expect_refusal((struct lenet5_idx_format){26, 1, true, {0}}, LENET5_ERROR_DATA,
                   "1 rows and 9 columns, expected square ones");
}

TEST(reads_rows_of_labels)
{
    const struct lenet5_idx_format digits = {10, 0, false, {0}};
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    write_images();
    write_labels(extended, sizeof(extended));
    ck_assert_int_eq(read_files(&dataset, digits, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_dataset_label(dataset, 0), 7);
    ck_assert_int_eq(lenet5_dataset_label(dataset, 1), 2);
    lenet5_dataset_destroy(dataset);

    for (size_t size = 0; size < sizeof(extended); size++) {
        write_labels(extended, size);
        expect_refusal(digits, LENET5_ERROR_DATA,
                       !size       ? "empty"
                       : size < 12 ? "header"
                                   : "ends early");
    }
    uint8_t bad[sizeof(extended)];
    memcpy(bad, extended, sizeof(bad));
    bad[EXTENDED_LABEL - 2] = 1;
    write_labels(bad, sizeof(bad));
    expect_refusal(digits, LENET5_ERROR_DATA, "label 65543 of image 0, expected 0 to 9");
    bad[EXTENDED_LABEL - 3] = 0xff;
    write_labels(bad, sizeof(bad));
    expect_refusal(digits, LENET5_ERROR_DATA, "label -");
    memcpy(bad, extended, sizeof(bad));
    bad[EXTENDED_COLUMNS] = 0;
    write_labels(bad, sizeof(bad));
    expect_refusal(digits, LENET5_ERROR_DATA, "0 columns, expected 1 to 64");
    bad[EXTENDED_COLUMNS] = 65;
    write_labels(bad, sizeof(bad));
    expect_refusal(digits, LENET5_ERROR_DATA, "65 columns, expected 1 to 64");
}

TEST(checks_the_format)
{
    expect_refusal((struct lenet5_idx_format){0, 0, false, {0}}, LENET5_ERROR_ARGUMENT,
                   "0 classes");
    expect_refusal((struct lenet5_idx_format){65, 0, false, {0}}, LENET5_ERROR_ARGUMENT,
                   "65 classes");
    expect_refusal((struct lenet5_idx_format){10, -1, false, {0}}, LENET5_ERROR_ARGUMENT,
                   "label -1");
    expect_refusal((struct lenet5_idx_format){10, 256, false, {0}}, LENET5_ERROR_ARGUMENT,
                   "label 256");
}

/* More rows, and wider ones, than are read at once. */
TEST(reads_many_rows_of_labels)
{
    enum { ROWS = 1000, COLUMNS = 64, ROW = 4 * COLUMNS };
    static uint8_t pictures[16 + ROWS], rows[12 + ROWS * ROW];
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    memcpy(pictures, "\0\0\x08\3\0\0\x03\xe8\0\0\0\1\0\0\0\1", 16);
    memcpy(rows, "\0\0\x0c\2\0\0\x03\xe8\0\0\0\x40", 12);
    for (int i = 0; i < ROWS; i++) {
        memset(rows + 12 + i * ROW, 0xee, ROW);
        memcpy(rows + 12 + i * ROW, (const uint8_t[]){0, 0, 0, (uint8_t)(i % 10)}, 4);
    }
    files_write("some-images-idx3-ubyte", pictures, sizeof(pictures));
    write_labels(rows, sizeof(rows));
    ck_assert_msg(!read_files(&dataset, (struct lenet5_idx_format){10, 0, false, {0}}, &error),
                  "%s", error.message);
    for (int i = 0; i < ROWS; i++)
        ck_assert_int_eq(lenet5_dataset_label(dataset, (size_t)i), i % 10);
    lenet5_dataset_destroy(dataset);
    write_labels(rows, sizeof(rows) - ROW / 2);
    expect_refusal((struct lenet5_idx_format){10, 0, false, {0}}, LENET5_ERROR_DATA, "ends early");
}

/* Names that are not MNIST's, which have one form; and a folder too far away for any name. */
TEST(other_names_will_do)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    char far[PATH_MAX];
    write_images();
    write_labels(labels, sizeof(labels));
    ck_assert(!rename(files_path("some-images-idx3-ubyte"), files_path("pixels")));
    ck_assert(!rename(files_path("some-labels-idx1-ubyte"), files_path("letters")));
    const struct lenet5_idx_format format = {26, 1, false, {0}};
    ck_assert_msg(
        !lenet5_dataset_read_files(&dataset, files_path("."), "pixels", "letters", &format, &error),
        "%s", error.message);
    lenet5_dataset_destroy(dataset);
    memset(far, 'd', sizeof(far));
    far[PATH_MAX - 4] = '\0';
    ck_assert_int_eq(lenet5_dataset_read_files(&dataset, far, "pixels", "letters", &format, &error),
                     LENET5_ERROR_NOT_FOUND);
    ck_assert_ptr_null(dataset);
}

void add_fixtures(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, files_setup, files_teardown);
}
