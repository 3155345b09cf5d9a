/*
 * Damaged datasets in the thousands: every prefix of a small IDX pair and of the same packed, every bit
 * of the headers, every bit of the packed file. Each is refused with a sentence, or reads as what it was.
 * (tests/unit/test_model_damage.c does it to a model file.)
 */
#include <lenet5/dataset.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "files.h"
#include "suite.h"

enum { COUNT = 4, MOST = 1 << 14 };

struct bytes {
    size_t size;
    uint8_t at[MOST];
};

static struct bytes images, labels, packed_images, packed_labels;
static struct lenet5_dataset *digits;
static struct lenet5_error error;

static void set_up(void)
{
    ck_assert(!lenet5_dataset_draw_digits(&digits, COUNT, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(!lenet5_dataset_write_idx(digits, files_path("i"), files_path("l"), &error));
    images.size = files_read(images.at, MOST, files_path("i"));
    labels.size = files_read(labels.at, MOST, files_path("l"));
    ck_assert_uint_eq(images.size, 16 + COUNT * 28 * 28);
    packed_images.size = files_gzip(packed_images.at, MOST, images.at, images.size);
    packed_labels.size = files_gzip(packed_labels.at, MOST, labels.at, labels.size);
}

static void tear_down(void)
{
    lenet5_dataset_destroy(digits);
}

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Reads a pair of which one file is damaged; false where it was refused as it should be. */
static bool accepts(const struct bytes *damaged, bool is_labels, size_t size)
{
    struct lenet5_dataset *read;
    const char *bad = files_write("bad", damaged->at, size);
    const char *good = files_write("good", is_labels ? images.at : labels.at,
                                   is_labels ? images.size : labels.size);
    const double start = cpu_seconds();
    error.message[0] = '\0';
    enum lenet5_status status = lenet5_dataset_read_idx(&read, is_labels ? good : bad,
                                                        is_labels ? bad : good, &error);
    ck_assert(cpu_seconds() - start < 1);
    if (!status) { /* nothing has changed then */
        ck_assert_uint_eq(lenet5_dataset_count(read), COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            ck_assert_int_eq(lenet5_dataset_label(read, i), lenet5_dataset_label(digits, i));
            ck_assert_mem_eq(lenet5_dataset_image(read, i), lenet5_dataset_image(digits, i),
                             28 * 28);
        }
        lenet5_dataset_destroy(read);
        return true;
    }
    ck_assert_msg(status == LENET5_ERROR_DATA && strstr(error.message, "/bad"), "status %d: %s",
                  status, error.message);
    return false;
}

static struct bytes *const files[] = {&images, &labels, &packed_images, &packed_labels};

TEST_LOOP(every_prefix_is_refused, 0, 4)
{
    for (size_t size = 0; size < files[_i]->size; size++)
        ck_assert_msg(!accepts(files[_i], _i % 2, size), "%zu bytes", size);
    ck_assert(accepts(files[_i], _i % 2, files[_i]->size));
}

static void flip(struct bytes *bytes, size_t bit)
{
    bytes->at[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* What an IDX file has behind its header has no checksum: a flipped pixel is another pixel. */
TEST_LOOP(every_flipped_bit_of_a_header_is_refused, 0, 2)
{
    struct bytes *file = files[_i];
    for (size_t bit = 0; bit < 8 * (_i ? 8 : 16); bit++) {
        flip(file, bit);
        ck_assert_msg(!accepts(file, _i, file->size), "bit %zu", bit);
        flip(file, bit);
    }
}

/*
 * A gzip header's time, system, compression level and hint at text mean nothing. Behind it there are some
 * bits whose change unpacks to the same bytes, as a run of zeros copied from elsewhere among zeros.
 */
TEST_LOOP(every_flipped_bit_of_gzip_is_refused_or_changes_nothing, 2, 4)
{
    struct bytes *file = files[_i];
    size_t equal = 0;
    for (size_t bit = 0; bit < 8 * file->size; bit++) {
        const bool meaningless = bit == 8 * 3 || (bit >= 8 * 4 && bit < 8 * 10);
        flip(file, bit);
        const bool accepted = accepts(file, _i % 2, file->size);
        flip(file, bit);
        ck_assert_msg(accepted || !meaningless, "bit %zu", bit);
        equal += accepted && !meaningless;
    }
    ck_assert_msg(equal <= file->size * 8 / 20, "%zu of %zu bits", equal, file->size * 8);
}

void add_fixtures(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, files_setup, files_teardown);
    tcase_add_checked_fixture(tests, set_up, tear_down);
}
