/* TensorBoard's event files, read back byte by byte with a CRC-32C of the test's own. */
#include "report/tensorboard.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "files.h"
#include "suite.h"

static unsigned char bytes[1 << 16];
static size_t size, at;

/* By a table, where the writer goes bit by bit. */
static uint32_t crc32c(const unsigned char *from, size_t length)
{
    static uint32_t table[256];
    uint32_t crc = UINT32_MAX;
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78 : 0);
    }
    for (size_t i = 0; i < length; i++)
        crc = table[(crc ^ from[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}

TEST(crc_is_castagnolis)
{
    ck_assert_uint_eq(crc32c((const unsigned char *)"123456789", 9), 0xe3069283);
}

static uint64_t fixed(int count)
{
    uint64_t value = 0;
    ck_assert_uint_le(at + (size_t)count, size);
    for (int i = 0; i < count; i++)
        value |= (uint64_t)bytes[at++] << 8 * i;
    return value;
}

static void check_crc(const unsigned char *from, size_t length)
{
    const uint32_t crc = crc32c(from, length);
    ck_assert_uint_eq(fixed(4), (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8));
}

/* The only file of the directory. */
static void read_events(const char *directory)
{
    char path[8192] = "";
    DIR *stream = opendir(directory);
    ck_assert_ptr_nonnull(stream);
    for (struct dirent *entry; (entry = readdir(stream));)
        if (strstr(entry->d_name, "tfevents"))
            snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
    closedir(stream);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    at = 0;
}

/* A record's event, up to its third field; returns where the record ends. */
static size_t begin_record(uint64_t step)
{
    const size_t length = (size_t)fixed(8);
    check_crc(bytes + at - 8, 8);
    const size_t end = at + length;
    ck_assert_uint_eq(fixed(1), 0x09); /* wall_time, a double */
    const uint64_t bits = fixed(8);
    double time;
    memcpy(&time, &bits, sizeof(time));
    ck_assert(time > 1.6e9 && time < 1e11);
    ck_assert_uint_eq(fixed(1), 0x10); /* step */
    ck_assert_uint_eq(fixed(1), step);
    return end;
}

static void expect_value(const char *tag, float expected)
{
    ck_assert_uint_eq(fixed(1), 0x0a);
    ck_assert_uint_eq(fixed(1), strlen(tag) + 7);
    ck_assert_uint_eq(fixed(1), 0x0a);
    ck_assert_uint_eq(fixed(1), strlen(tag));
    ck_assert_mem_eq(bytes + at, tag, strlen(tag));
    at += strlen(tag);
    ck_assert_uint_eq(fixed(1), 0x15);
    const uint32_t bits = (uint32_t)fixed(4);
    float value;
    memcpy(&value, &bits, sizeof(value));
    ck_assert(value == expected);
}

static void end_record(size_t end, size_t start)
{
    ck_assert_uint_eq(at, end);
    check_crc(bytes + start, end - start);
}

TEST(epochs_come_back)
{
    static const char version[] = "brain.Event:2";
    const char *directory = files_path("events");
    struct tensorboard tensorboard;
    struct lenet5_progress now = {.epoch = 1,
                                  .train_loss = 0.5,
                                  .train_accuracy = 0.75,
                                  .val_loss = 0.25,
                                  .val_accuracy = 0.875,
                                  .rate = 0.125};
    ck_assert_int_eq(tensorboard_open(&tensorboard, directory), 0);
    tensorboard_add(&tensorboard, &now);
    now.epoch = 2;
    now.val_loss = now.val_accuracy = NAN; /* no validation samples: no such curves */
    tensorboard_add(&tensorboard, &now);

    read_events(directory); /* before it is closed: what happened is there */
    size_t end = begin_record(0);
    ck_assert_uint_eq(fixed(1), 0x1a); /* file_version */
    ck_assert_uint_eq(fixed(1), sizeof(version) - 1);
    ck_assert_mem_eq(bytes + at, version, sizeof(version) - 1);
    at = end;
    end_record(end, 12);

    size_t start = at + 12;
    end = begin_record(1);
    ck_assert_uint_eq(fixed(1), 0x2a); /* summary */
    ck_assert_uint_eq(fixed(1), end - at);
    expect_value("loss/train", 0.5f);
    expect_value("loss/validation", 0.25f);
    expect_value("accuracy/train", 0.75f);
    expect_value("accuracy/validation", 0.875f);
    expect_value("learning rate", 0.125f);
    end_record(end, start);

    start = at + 12;
    end = begin_record(2);
    ck_assert_uint_eq(fixed(1), 0x2a);
    ck_assert_uint_eq(fixed(1), end - at);
    expect_value("loss/train", 0.5f);
    expect_value("accuracy/train", 0.75f);
    expect_value("learning rate", 0.125f);
    end_record(end, start);
    ck_assert_uint_eq(at, size);
    ck_assert_int_eq(tensorboard_close(&tensorboard), 0);
}

TEST(a_directory_is_wanted)
{
    struct tensorboard tensorboard;
    ck_assert_int_ne(tensorboard_open(&tensorboard, files_write("file", "x", 1)), 0);
    ck_assert_int_eq(tensorboard_open(&tensorboard, NULL), 0);
    tensorboard_add(&tensorboard, &(struct lenet5_progress){.epoch = 1});
    ck_assert_int_eq(tensorboard_close(&tensorboard), 0);
}

void add_fixtures(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, files_setup, files_teardown);
}
