/* The little network of the model file tests, and where they keep it. */
#include "small_model.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

char directory[PATH_MAX], model_path[PATH_MAX], other_path[PATH_MAX];
struct lenet5_error error;
struct bytes file, second;

static void setup(void)
{
    files_setup();
    strcpy(directory, files_path("."));
    strcpy(model_path, files_path("model.safetensors"));
    strcpy(other_path, files_path("other"));
}

/* For all tests at once, because a sync may take a tenth of a second. */
static void fill_file(void)
{
    setup();
    save_small();
    files_teardown();
}

int temporary_files(void)
{
    DIR *stream = opendir(directory);
    ck_assert_ptr_nonnull(stream);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(stream));)
        count += strstr(entry->d_name, ".tmp") != NULL;
    closedir(stream);
    return count;
}

static void teardown(void)
{
    int count = temporary_files();
    files_teardown();
    ck_assert_msg(count == 0, "%d temporary files were left", count);
}

void small_model_fixture(TCase *tests)
{
    tcase_add_unchecked_fixture(tests, fill_file, NULL);
    tcase_add_checked_fixture(tests, setup, teardown);
}

void read_bytes(struct bytes *bytes, const char *path)
{
    bytes->size = files_read(bytes->at, FILE_MAX, path);
}

const uint8_t small_table[6] = {1, 0, 1, 1, 0, 1};
static const struct lenet5_layer rows[] = {
    {LENET5_LAYER_CONV, .name = "c1", .outputs = 2, .kernel = {3, 3}, .padding = {0, 1}},
    {.kind = LENET5_LAYER_TANH},
    {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}},
    {.kind = LENET5_LAYER_SIGMOID},
    {LENET5_LAYER_CONV, .name = "c2", .outputs = 3, .kernel = {2, 2}, .connections = small_table},
    {.kind = LENET5_LAYER_RELU},
    {LENET5_LAYER_MAX_POOL, .kernel = {2, 1}, .stride = {1, 1}},
    {.kind = LENET5_LAYER_FLATTEN},
    {LENET5_LAYER_DROPOUT, .rate = 0.3f},
    {LENET5_LAYER_DENSE, .name = "fc", .outputs = 3},
};
static const char *const classes[] = {"a", "\xd0\xb1", "c \"\\\\u0000\"\n\x7f"};
const struct lenet5_architecture small = {
    .name = "small / \xe2\x82\xac",
    .input = {1, 8, 8},
    .scale = 1 / 255.0f,
    .shift = -0.1f,
    .layers = rows,
    .layer_count = sizeof(rows) / sizeof(*rows),
    .classes = classes,
    .class_count = 3,
};

struct lenet5_network *make(const struct lenet5_architecture *architecture)
{
    struct lenet5_network *network;
    ck_assert_msg(!lenet5_network_create(&network, architecture, &error), "%s", error.message);
    float *w = lenet5_network_parameters(network);
    uint32_t state = 1;
    for (size_t i = 0; i < lenet5_network_parameter_count(network); i++) {
        state = state * 1664525 + 1013904223;
        uint32_t bits = state ^ state >> 15;
        memcpy(&w[i], &bits, sizeof(bits));
        if (!isfinite(w[i]) || w[i] == 0)
            w[i] = -0.0f;
    }
    return network;
}

void save(const struct lenet5_network *network, const char *path)
{
    ck_assert_msg(!lenet5_model_save(network, path, &error), "%s", error.message);
}

void save_small(void)
{
    struct lenet5_network *network = make(&small);
    save(network, model_path);
    lenet5_network_destroy(network);
    read_bytes(&file, model_path);
}

void check_refused(enum lenet5_status status, const char *path, const char *message)
{
    struct lenet5_network *network;
    error.message[0] = '\0';
    ck_assert_int_eq(lenet5_model_load(&network, path, &error), status);
    ck_assert_int_eq(error.status, status);
    ck_assert_ptr_null(network);
    ck_assert_msg(!strncmp(error.message, path, strlen(path)) && strstr(error.message, message),
                  "found \"%s\", expected \"...%s...\"", error.message, message);
}
