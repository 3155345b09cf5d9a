/* Damaged and hostile checkpoints: none does worse than be refused with a sentence. */
#include <inttypes.h>
#include <lenet5/lenet5.h>
#include <limits.h>
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "suite.h"

enum { SIDE = 4, COUNT = 30, FILE_MAX = 1 << 16, DIGEST = 32 };

static struct lenet5_error error;
static struct lenet5_dataset *dataset;
static struct lenet5_network *network;
static struct lenet5_trainer *trainer;
static struct lenet5_checkpoint *checkpoint;
static unsigned char good[FILE_MAX], bad[FILE_MAX];
static size_t good_size;
static char path[PATH_MAX], before[65];

static const struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                           {.kind = LENET5_LAYER_DENSE, .outputs = 2}};
static const struct lenet5_architecture tiny = {.name = "tiny",
                                                .input = {1, SIDE, SIDE},
                                                .scale = 1 / 255.0f,
                                                .layers = rows,
                                                .layer_count = 2,
                                                .class_count = 2};

static int save_and_stop(void *user, const struct lenet5_progress *now)
{
    (void)user;
    if (now->epoch != 3 || now->batch != 2)
        return 0;
    ck_assert_msg(!lenet5_checkpoint_save(checkpoint, &error), "%s", error.message);
    return 1;
}

static void read_good(void)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    good_size = fread(good, 1, sizeof(good), file);
    fclose(file);
    ck_assert_uint_lt(good_size, sizeof(good));
}

/* A trainer that has gone two epochs and two batches, and is then somewhere else. */
static void setup(void)
{
    uint8_t images[COUNT * SIDE * SIDE], labels[COUNT];
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_result result;
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        images[i] = (uint8_t)(37 * i * i);
    for (int i = 0; i < COUNT; i++)
        labels[i] = (uint8_t)(i / 3 % 2);
    training.threads = 1;
    training.epochs = 3;
    training.batch_size = 8;
    training.random_shift = 0;
    training.validation = 6;
    training.optimizer = LENET5_OPTIMIZER_ADAM;
    snprintf(path, sizeof(path), "%s", files_path("run.checkpoint"));
    ck_assert(!lenet5_dataset_create(&dataset, images, labels, COUNT, SIDE, SIDE, 2, &error));
    ck_assert(!lenet5_network_create(&network, &tiny, &error));
    ck_assert(!lenet5_trainer_create(&trainer, network, dataset, &training, &error));
    ck_assert(!lenet5_checkpoint_open(&checkpoint, trainer, path, &error));
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, save_and_stop, NULL, &error),
                     LENET5_STOPPED);
    read_good();
    lenet5_network_parameters(network)[0] += 1;
    lenet5_network_sha256(network, before);
}

static void teardown(void)
{
    lenet5_checkpoint_close(checkpoint);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(dataset);
}

static enum lenet5_status resume(const unsigned char *bytes, size_t size)
{
    files_write("run.checkpoint", bytes, size);
    return lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error);
}

/* Refused, with a message about this file, and nothing has changed. */
static void check_refused(const unsigned char *bytes, size_t size, enum lenet5_status status,
                          const char *message)
{
    char after[65];
    const enum lenet5_status found = resume(bytes, size);
    lenet5_network_sha256(network, after);
    ck_assert_msg(found == status && strstr(error.message, message) &&
                      strncmp(error.message, path, strlen(path)) == 0,
                  "expected \"%s\", found status %d: %s", message, found,
                  found ? error.message : "accepted");
    ck_assert_str_eq(before, after);
}

TEST(the_good_one_is_good)
{
    ck_assert_msg(!resume(good, good_size), "%s", error.message);
}

/* Any bit of the whole file. */
TEST(no_flipped_bit_gets_in)
{
    memcpy(bad, good, good_size);
    for (size_t bit = 0; bit < 8 * good_size; bit++) {
        bad[bit / 8] ^= (unsigned char)(1 << bit % 8);
        check_refused(bad, good_size, LENET5_ERROR_DATA, "damaged, or not a checkpoint");
        bad[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

TEST(no_part_of_a_file_gets_in)
{
    for (size_t size = 0; size < good_size; size++)
        check_refused(good, size, LENET5_ERROR_DATA,
                      size < 8 + DIGEST ? "bytes, expected" : "damaged");
    memcpy(bad, good, good_size);
    bad[good_size] = 0;
    check_refused(bad, good_size + 1, LENET5_ERROR_DATA, "damaged");
}

/* The right checksum for wrong contents. */
static void seal(unsigned char *bytes, size_t size)
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, size - DIGEST);
    SHA256Final(bytes + size - DIGEST, &context);
}

static size_t header_length(const unsigned char *bytes)
{
    size_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    return length;
}

/* One thing changed in the header and the sentence about it; ' stands for ", and ` for \". */
static const struct edit {
    const char *old, *new;
    enum lenet5_status status;
    const char *message;
} edits[] = {
    {"{'__m", " {'__m", LENET5_ERROR_DATA, "does not begin with '{'"},
    {"'lenet5':", "'lenet6':", LENET5_ERROR_DATA, "no metadata entry"},
    {"`checkpoint`:1", "`checkpoint`:2", LENET5_ERROR_DATA, "version 2, expected 1"},
    {"`checkpoint`:1", "`checkpoint`:`1`", LENET5_ERROR_DATA, "not a checkpoint"},
    {"`checkpoint`:1", "`check_point`:1", LENET5_ERROR_DATA, "not a checkpoint"},
    {"{`checkpoint`", "[`checkpoint`", LENET5_ERROR_DATA, "does not begin with '{'"},
    {"`checkpoint`:1", "`checkpoint`:1,`more`:1", LENET5_ERROR_ARGUMENT,
     "more is 1 in the checkpoint and none"},
    {"`architecture`:", "`architectural`:", LENET5_ERROR_DATA, "no architecture"},
    {":[1,4,4]", ":[1,4,4,4]", LENET5_ERROR_ARGUMENT, "architecture.input is [1,4,4,4] in the"},
    {":[1,4,4]", ":[1,4]", LENET5_ERROR_ARGUMENT, "architecture.input is [1,4] in the"},
    {"outputs", "outputz", LENET5_ERROR_ARGUMENT, "architecture.layers is"},
    {"`data`:{", "`date`:{", LENET5_ERROR_DATA, "no data"},
    {"`training`:{", "`trains`:{", LENET5_ERROR_DATA, "no training"},
    {"`training`:{", "`training`:[],`x`:{", LENET5_ERROR_DATA, "no training"},
    {"`momentum`", "`momentun`", LENET5_ERROR_ARGUMENT,
     "training.momentum is none in the checkpoint and"},
    {"`momentum`", "`extra`:[[1]],`momentum`", LENET5_ERROR_ARGUMENT,
     "training.extra is [[1]] in the"},
    {"`optimizer`:`adam`", "`optimizer`:`adagrad`", LENET5_ERROR_ARGUMENT,
     "training.optimizer is \"adagrad\" in the"},
    {"`momentum`:0.9", "`momentum`:1e9", LENET5_ERROR_ARGUMENT,
     "training.momentum is 1000000000 in the"},
    {"`kernels`", "`kernel`", LENET5_ERROR_ARGUMENT, "kernels is none in the checkpoint"},
    {"`place`:{", "`places`:{", LENET5_ERROR_DATA, "place is not a step"},
    {"`batch`:2", "`batch`:-1", LENET5_ERROR_DATA, "place is not a step"},
    {"`batch`:2", "`batch`:4", LENET5_ERROR_DATA, "place is not a step"},
    {"`batch`:2", "`batch`:1.5", LENET5_ERROR_DATA, "place is not a step"},
    {"`batch`:2", "`batch`:1e300", LENET5_ERROR_DATA, "place is not a step"},
    {"`batch`:2", "`batch`:2,`more`:1", LENET5_ERROR_DATA, "place is not a step"},
    {"`step`:8", "`step`:-1", LENET5_ERROR_DATA, "place is not a step"},
    {"`step`:8", "`step`:1e16", LENET5_ERROR_DATA, "place is not a step"},
    {"`correct`:", "`correct`:1000", LENET5_ERROR_DATA, "place is not a step"},
    {"'moment1'", "'moment3'", LENET5_ERROR_DATA, "'moment1' is missing"},
    {"'epochs':{'dtype':'F64','shape':[2,7]", "'epochs':{'dtype':'F64','shape':[14]",
     LENET5_ERROR_DATA, "14 finished epochs, expected at most 3"},
    {"'epochs':{'dtype':'F64','shape':[2,7]", "'epochs':{'dtype':'F64','shape':[2,7,1]",
     LENET5_ERROR_DATA, "'epochs' has shape [2, 7, 1], expected [2, 7]"},
    {"'epochs':{'dtype':'F64','shape':[2,7]", "'epochs':{'dtype':'F64','shape':[]",
     LENET5_ERROR_DATA, "does not fill its 112 bytes"},
    {"'initial':{'dtype':'F32','shape':[34]", "'initial':{'dtype':'F64','shape':[17]",
     LENET5_ERROR_DATA, "'initial' has dtype 'F64', expected 'F32'"},
    {"'epochs':{", "'epoch':{", LENET5_ERROR_DATA, "'epochs' is missing"},
    {"`momentum`:", "`momentum`:[1],`momenta`:", LENET5_ERROR_ARGUMENT, "training.momentum is [1]"},
    {"'now':{", "'more':{'dtype':'U8','shape':[0],'data_offsets':[0,0]},'now':{", LENET5_ERROR_DATA,
     "9 tensors, expected 8"},
    {"'sha256':{'dtype':'U8'", "'sha256':{'dtype':'I8'", LENET5_ERROR_DATA, "has dtype 'I8'"},
};

/* Quotes as in the table's; returns where the text ends. */
static char *unquote(char *to, const char *from)
{
    for (; *from; from++) {
        if (*from == '`')
            *to++ = '\\';
        *to++ = *from == '\'' || *from == '`' ? '"' : *from;
    }
    *to = '\0';
    return to;
}

TEST_LOOP(no_other_header_gets_in, 0, sizeof(edits) / sizeof(*edits))
{
    const struct edit *edit = &edits[_i];
    char old[200], new[200], text[8192];
    const size_t length = header_length(good), data = good_size - 8 - length;
    unquote(old, edit->old);
    unquote(new, edit->new);
    memcpy(text, good + 8, length);
    text[length] = '\0';
    const char *place = strstr(text, old);
    ck_assert_msg(place != NULL, "the header has no %s: %s", old, text);
    const size_t head = (size_t)(place - text), size = length - strlen(old) + strlen(new);
    memset(bad, 0, 8);
    bad[0] = (unsigned char)size;
    bad[1] = (unsigned char)(size >> 8);
    memcpy(bad + 8, text, head);
    memcpy(bad + 8 + head, new, strlen(new));
    memcpy(bad + 8 + head + strlen(new), place + strlen(old), length - head - strlen(old));
    memcpy(bad + 8 + size, good + 8 + length, data);
    seal(bad, 8 + size + data);
    check_refused(bad, 8 + size + data, edit->status, edit->message);
}

/* Lengths that would reach behind the file or take memory that it does not have. */
TEST(no_other_length_gets_in)
{
    const uint64_t lengths[] = {
        0,          header_length(good) + 8, good_size - 8 + 1, 1 << 20, (1 << 20) + 1,
        UINT64_MAX, UINT64_MAX - 7,          (uint64_t)1 << 63};
    for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
        memcpy(bad, good, good_size);
        for (int i = 0; i < 8; i++)
            bad[i] = (unsigned char)(lengths[k] >> 8 * i);
        seal(bad, good_size);
        check_refused(bad, good_size, LENET5_ERROR_DATA, "header");
    }
}

/* Where a tensor's values begin in the file. */
static unsigned char *tensor_at(unsigned char *bytes, const char *name)
{
    char text[8192], key[40];
    const size_t length = header_length(bytes);
    memcpy(text, bytes + 8, length);
    text[length] = '\0';
    snprintf(key, sizeof(key), "\"%s\":{", name);
    const char *entry = strstr(text, key);
    ck_assert_ptr_nonnull(entry);
    const char *offsets = strstr(entry, "\"data_offsets\":[");
    return bytes + 8 + length + atoi(offsets + strlen("\"data_offsets\":["));
}

TEST(no_other_values_get_in)
{
    static const char *const finite[] = {"initial", "kept", "parameters"};
    const float infinity = INFINITY;
    const double bests[] = {0, 2, NAN};
    for (int k = 0; k < 3; k++) {
        memcpy(bad, good, good_size);
        memcpy(tensor_at(bad, finite[k]) + 33 * sizeof(float), &infinity, sizeof(infinity));
        seal(bad, good_size);
        check_refused(bad, good_size, LENET5_ERROR_DATA, "not finite");
        memcpy(bad, good, good_size);
        memcpy(tensor_at(bad, "epochs") + 6 * sizeof(double), &bests[k], sizeof(double));
        seal(bad, good_size);
        check_refused(bad, good_size, LENET5_ERROR_DATA, "epoch 1 is best");
    }
    memcpy(bad, good, good_size);
    memcpy(tensor_at(bad, "epochs") + (7 + 6) * sizeof(double), &bests[1], sizeof(double));
    seal(bad, good_size);
    check_refused(bad, good_size, LENET5_ERROR_DATA, "epoch 2 is best: 2, expected 0 or 1");
}

/* What is not a regular file, and what is much too large to be read. */
TEST(nothing_else_gets_in)
{
    ck_assert(!remove(path) && !mkdir(path, 0777));
    ck_assert_int_eq(lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                     LENET5_ERROR_DATA);
    ck_assert(!rmdir(path) && !mkfifo(path, 0666));
    ck_assert_int_eq(lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                     LENET5_ERROR_DATA);
    ck_assert(!remove(path));
    files_write("run.checkpoint", good, good_size);
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
    ck_assert_int_eq(lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                     LENET5_ERROR_DATA);
    ck_assert_msg(strstr(error.message, "for a checkpoint of this training run"), "%s",
                  error.message);
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_add_checked_fixture(tests, setup, teardown);
}
