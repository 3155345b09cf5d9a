/* Model files: what is saved comes back bit for bit; a save that fails leaves nothing behind. */
#include <fcntl.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/little_endian.h"
#include "formats/safetensors.h"
#include <lenet5/preset.h>

#include "files.h"
#include "network/network_internal.h"
#include "small_model.h"

static void check_same_text(const char *a, const char *b)
{
    if (a || b)
        ck_assert_str_eq(a, b);
}

static void check_same_architecture(const struct lenet5_architecture *a,
                                    const struct lenet5_architecture *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_mem_eq(&a->input, &b->input, sizeof(a->input));
    ck_assert_int_eq(a->fit, b->fit);
    ck_assert_mem_eq(&a->scale, &b->scale, sizeof(a->scale));
    ck_assert_mem_eq(&a->shift, &b->shift, sizeof(a->shift));
    ck_assert_int_eq(a->class_count, b->class_count);
    for (int i = 0; i < a->class_count; i++)
        ck_assert_str_eq(a->classes[i], b->classes[i]);
    ck_assert_int_eq(a->layer_count, b->layer_count);
    int maps = a->input.c;
    for (int i = 0; i < a->layer_count; i++) {
        const struct lenet5_layer *x = &a->layers[i], *y = &b->layers[i];
        ck_assert_int_eq(x->kind, y->kind);
        check_same_text(x->name, y->name);
        ck_assert_int_eq(x->outputs, y->outputs);
        ck_assert_mem_eq(&x->kernel, &y->kernel, sizeof(x->kernel));
        ck_assert_mem_eq(&x->stride, &y->stride, sizeof(x->stride));
        ck_assert_mem_eq(&x->padding, &y->padding, sizeof(x->padding));
        ck_assert_mem_eq(&x->rate, &y->rate, sizeof(x->rate));
        ck_assert_int_eq(!x->connections, !y->connections);
        if (x->connections)
            ck_assert_mem_eq(x->connections, y->connections, (size_t)x->outputs * (size_t)maps);
        maps = x->kind == LENET5_LAYER_CONV ? x->outputs : maps;
    }
}

static void check_round_trip(const struct lenet5_architecture *architecture)
{
    struct lenet5_network *network = make(architecture), *loaded;
    save(network, model_path);
    ck_assert_msg(!lenet5_model_load(&loaded, model_path, &error), "%s", error.message);
    check_same_architecture(lenet5_network_architecture(network),
                            lenet5_network_architecture(loaded));
    size_t count = lenet5_network_parameter_count(network);
    ck_assert_uint_eq(count, lenet5_network_parameter_count(loaded));
    ck_assert(!memcmp(lenet5_network_weights(network), lenet5_network_weights(loaded),
                      count * sizeof(float)));
    char hex[65], loaded_hex[65];
    lenet5_network_sha256(network, hex);
    lenet5_network_sha256(loaded, loaded_hex);
    ck_assert_str_eq(hex, loaded_hex);

    save(loaded, other_path);
    read_bytes(&file, model_path);
    read_bytes(&second, other_path);
    ck_assert_uint_eq(file.size, second.size);
    ck_assert(!memcmp(file.at, second.at, file.size));
    lenet5_network_destroy(network);
    lenet5_network_destroy(loaded);
}

TEST(round_trip_is_bit_for_bit)
{
    check_round_trip(&small);
    check_round_trip(&lenet5_preset("lenet5")->architecture);
}

/* A file says how images become as large as the input only where they are enlarged. */
TEST(fit_is_kept)
{
    static const char field[] = "\\\"fit\\\"", resize[] = "\\\"fit\\\":\\\"resize\\\",";
    struct lenet5_architecture architecture = small;
    save_small();
    ck_assert_ptr_null(memmem(file.at, file.size, field, sizeof(field) - 1));
    architecture.fit = LENET5_FIT_RESIZE;
    check_round_trip(&architecture);
    ck_assert_ptr_nonnull(memmem(file.at, file.size, resize, sizeof(resize) - 1));
    check_round_trip(&lenet5_preset("torch-sigmoid")->architecture);
}

static const float numbers[] = {
    0,        -0.0f, 1 / 3.0f, 16777217.0f,    FLT_TRUE_MIN, FLT_MIN,
    -FLT_MAX, 1e-5f, 0.1f,     0x1.fffffep-3f, 12.5710125f /* which takes nine digits */};

TEST_LOOP(scale_comes_back_exactly, 0, ARRAY_SIZE(numbers))
{
    struct lenet5_architecture architecture = small;
    architecture.scale = numbers[_i];
    architecture.shift = -numbers[_i];
    check_round_trip(&architecture);
}

/* A locale with a decimal comma: an installed one, or one made for the test; false without both. */
static bool set_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (setlocale(LC_ALL, names[i]))
            return true;
    char command[PATH_MAX + 64];
    snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' 2>&-",
             directory);
    int result = system(command);
    setenv("LOCPATH", directory, 1);
    return result == 0 && setlocale(LC_ALL, "de_DE.UTF-8");
}

TEST(locale_of_the_host_does_not_matter)
{
    save_small();
    if (!set_comma_locale())
        return;
    struct lenet5_network *network = make(&small);
    save(network, other_path);
    read_bytes(&second, other_path);
    ck_assert(file.size == second.size && !memcmp(file.at, second.at, file.size));
    lenet5_network_destroy(network);
    check_round_trip(&small);
    ck_assert_str_eq(localeconv()->decimal_point, ",");
}

/* From Python: hashlib.sha256(struct.pack("<61706f", *[i / 2 for i in range(61706)])). */
TEST(sha256_is_of_little_endian_floats)
{
    struct lenet5_network *network = make(&lenet5_preset("lenet5")->architecture);
    size_t count = lenet5_network_parameter_count(network);
    ck_assert_uint_eq(count, 61706);
    for (size_t i = 0; i < count; i++)
        lenet5_network_parameters(network)[i] = 0.5f * (float)i;
    char hex[65];
    lenet5_network_sha256(network, hex);
    ck_assert_str_eq(hex, "587d3d121bee17c62e4c60da7e5e9f2fbceb00f52377963df9ebcd989290500b");
    lenet5_network_destroy(network);
}

/* What docs/model-file.md promises to readers in other languages. */
TEST(layout_is_safetensors)
{
    save_small();
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | file.at[i];
    ck_assert_uint_eq(length % 8, 0);
    ck_assert_uint_eq(file.size, 8 + length + 4 * (SMALL_PARAMETERS + 2 * 4));
    const char *header = (const char *)file.at + 8;
    static const char start[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"lenet5\":\"{\\\"version\\\":1,";
    static const char tensors[] =
        "\"c1.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"c1.weight\":{\"dtype\":\"F32\",\"shape\":[2,1,3,3],\"data_offsets\":[8,80]},"
        "\"c2.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[80,92]},"
        "\"c2.weight\":{\"dtype\":\"F32\",\"shape\":[3,2,2,2],\"data_offsets\":[92,188]},"
        "\"fc.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[188,200]},"
        "\"fc.weight\":{\"dtype\":\"F32\",\"shape\":[3,9],\"data_offsets\":[200,308]}}";
    ck_assert_mem_eq(header, start, sizeof(start) - 1);
    ck_assert_ptr_nonnull(memmem(header, length, tensors, sizeof(tensors) - 1));

    /* A kernel that the table leaves out is zero in the file and no parameter in memory. */
    struct lenet5_network *network;
    ck_assert(!lenet5_model_load(&network, model_path, &error));
    const unsigned char *kernels = file.at + 8 + length + 92;
    const float *w = lenet5_network_weights(network) +
                     lenet5_network_layer(network, 4).weight_offset;
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < 4; i++) {
            float stored = load_float(kernels + 4 * (4 * k + i));
            float expected = small_table[k] ? *w++ : 0;
            ck_assert_mem_eq(&stored, &expected, sizeof(stored));
        }
    lenet5_network_destroy(network);
}

/* Larger types first, so that each is aligned; then by name. */
TEST(tensors_are_put_in_order)
{
    struct safetensors list = {.count = 4};
    static const struct safetensors_tensor tensors[] = {
        {.name = "d", .dtype = SAFETENSORS_U8, .shape = {1, {3}}},
        {.name = "c", .dtype = SAFETENSORS_F64, .shape = {1, {1}}},
        {.name = "b", .dtype = SAFETENSORS_F32, .shape = {1, {2}}},
        {.name = "a", .dtype = SAFETENSORS_F64, .shape = {2, {2, 1}}}};
    memcpy(list.tensors, tensors, sizeof(tensors));
    ck_assert_uint_eq(safetensors_arrange(&list), 35);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(list.tensors[i].name[0], "acbd"[i]);
    ck_assert_uint_eq(list.tensors[2].begin, 24);
}

TEST(subsampling_has_a_number_for_each_map)
{
    struct lenet5_network *network = make(&lenet5_preset("lecun1998")->architecture);
    save(network, model_path);
    read_bytes(&file, model_path);
    static const char shape[] = "s2.weight\":{\"dtype\":\"F32\",\"shape\":[6],";
    ck_assert_ptr_nonnull(memmem(file.at, file.size, shape, sizeof(shape) - 1));
    lenet5_network_destroy(network);
}

TEST(stale_temporaries_are_swept)
{
    static const char stale[] = "model.safetensors.0123456789abcdef.tmp";
    struct lenet5_network *network = make(&small);
    files_write(stale, "x", 1);
    save(network, model_path);
    ck_assert_int_ne(access(files_path(stale), F_OK), 0);
    lenet5_network_destroy(network);
}

TEST(only_regular_files_are_opened)
{
    struct lenet5_network *network = make(&small);
    check_refused(LENET5_ERROR_NOT_FOUND, model_path, "No such file or directory");
    check_refused(LENET5_ERROR_DATA, directory, "is a directory");
    check_refused(LENET5_ERROR_DATA, "/dev/zero", "expected a regular file");
    ck_assert_int_eq(mkfifo(model_path, 0600), 0);
    check_refused(LENET5_ERROR_DATA, model_path, "expected a regular file");
    const char *const paths[] = {model_path, directory, "/dev/null", "/dev/full", ""};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        ck_assert_int_eq(lenet5_model_save(network, paths[i], &error), LENET5_ERROR_IO);
    struct stat info;
    ck_assert(stat("/dev/full", &info) == 0 && S_ISCHR(info.st_mode));
    ck_assert_int_eq(lenet5_model_save(network, NULL, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_load(&network, NULL, &error), LENET5_ERROR_ARGUMENT);
    lenet5_network_destroy(network);
}

/* Saves that fail */

static void check_not_saved(const struct lenet5_network *network, const char *path,
                            enum lenet5_status status, const char *message)
{
    error.message[0] = '\0';
    ck_assert_int_eq(lenet5_model_save(network, path, &error), status);
    ck_assert_msg(strstr(error.message, message) != NULL, "found \"%s\", expected \"...%s...\"",
                  error.message, message);
}

/* The model file is what it was, and nothing lies beside it. */
static void check_untouched(void)
{
    read_bytes(&second, model_path);
    ck_assert(file.size == second.size && !memcmp(file.at, second.at, file.size));
    ck_assert_int_eq(temporary_files(), 0);
}

TEST(a_full_disk_leaves_the_old_file)
{
    struct lenet5_network *network = make(&lenet5_preset("lenet5")->architecture);
    save_small();
    signal(SIGXFSZ, SIG_IGN);
    static const rlim_t limits[] = {0, 1, 4096, 200000};
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        /* Lifted at once, for Check writes files too. */
        struct rlimit free, full;
        getrlimit(RLIMIT_FSIZE, &free);
        full = (struct rlimit){limits[i], free.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
        enum lenet5_status status = lenet5_model_save(network, model_path, &error);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &free), 0);
        ck_assert_int_eq(status, LENET5_ERROR_IO);
        ck_assert_ptr_nonnull(strstr(error.message, "beside it: File too large"));
        check_untouched();
    }
    lenet5_network_destroy(network);
}

TEST(a_directory_that_cannot_be_written_is_named)
{
    struct lenet5_network *network = make(&small);
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/missing/model", directory);
    check_not_saved(network, path, LENET5_ERROR_IO, "No such file or directory");
    save_small();
    snprintf(path, sizeof(path), "%s/model", model_path);
    check_not_saved(network, path, LENET5_ERROR_IO, "Not a directory");
    snprintf(path, sizeof(path), "%s/", model_path);
    check_not_saved(network, path, LENET5_ERROR_IO, "has no file name");
    ck_assert_int_eq(symlink("nowhere/at/all", other_path), 0);
    check_not_saved(network, other_path, LENET5_ERROR_IO, "cannot follow the symbolic link");
    unlink(other_path);
    check_untouched();
    if (geteuid() != 0) { /* root may write anywhere */
        ck_assert_int_eq(chmod(directory, 0500), 0);
        check_not_saved(network, model_path, LENET5_ERROR_IO, "Permission denied");
        check_untouched();
        ck_assert_int_eq(chmod(directory, 0700), 0);
    }
    lenet5_network_destroy(network);
}

TEST(what_could_not_be_loaded_is_not_saved)
{
    struct lenet5_network *network = make(&small);
    save_small();
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    size_t count = lenet5_network_parameter_count(network);
    for (size_t i = 0; i < 3 * count; i++) {
        float *w = lenet5_network_parameters(network) + i / 3, good = *w;
        *w = bad[i % 3];
        check_not_saved(network, model_path, LENET5_ERROR_DIVERGED, "is not finite");
        *w = good;
    }
    check_untouched();
    lenet5_network_destroy(network);

    char long_name[102];
    memset(long_name, 'n', sizeof(long_name));
    long_name[101] = '\0';
    struct lenet5_layer changed[16];
    memcpy(changed, small.layers, (size_t)small.layer_count * sizeof(*changed));
    struct lenet5_architecture architecture = small;
    architecture.layers = changed;
    changed[0].name = long_name;
    network = make(&architecture);
    check_not_saved(network, model_path, LENET5_ERROR_ARGUMENT, "not a string of 1 to 100 bytes");
    lenet5_network_destroy(network);
    changed[0].name = "c\xff";
    network = make(&architecture);
    check_not_saved(network, model_path, LENET5_ERROR_ARGUMENT, "is not UTF-8");
    lenet5_network_destroy(network);

    char *class_names[] = {"a", "b", calloc(1 << 20, 1)};
    memset(class_names[2], 'c', (1 << 20) - 1);
    architecture = small;
    architecture.classes = (const char *const *)class_names;
    network = make(&architecture);
    check_not_saved(network, model_path, LENET5_ERROR_ARGUMENT, "header of 10");
    lenet5_network_destroy(network);
    free(class_names[2]);

    network = make(&small);
    for (int i = 0; i < 3; i++) {
        network->architecture.scale = bad[i];
        check_not_saved(network, model_path, LENET5_ERROR_ARGUMENT, "expected finite numbers");
        network->architecture.scale = 1;
        network->architecture.shift = bad[i];
        check_not_saved(network, model_path, LENET5_ERROR_ARGUMENT, "expected finite numbers");
        network->architecture.shift = 0;
    }
    lenet5_network_destroy(network);
    check_untouched();
}

TEST(nothing_is_no_argument)
{
    struct lenet5_network *network = make(&small), *loaded;
    ck_assert_int_eq(lenet5_model_save(NULL, model_path, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_save(network, NULL, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_load(NULL, model_path, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_load(&loaded, NULL, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_load_weights(NULL, model_path, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_load_weights(network, NULL, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_model_load_weights(network, model_path, &error),
                     LENET5_ERROR_NOT_FOUND);
    lenet5_network_destroy(network);
    struct lenet5_architecture nameless = small;
    nameless.name = NULL;
    network = make(&nameless);
    save(network, model_path);
    ck_assert(!lenet5_model_load(&loaded, model_path, &error));
    ck_assert_str_eq(lenet5_network_architecture(loaded)->name, "");
    lenet5_network_destroy(loaded);
    lenet5_network_destroy(network);
}

TEST(links_and_permissions_are_those_of_any_new_file)
{
    struct lenet5_network *network = make(&small);
    struct stat info;
    umask(027);
    save(network, model_path);
    ck_assert_int_eq(stat(model_path, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0640);
    umask(0);
    ck_assert_int_eq(symlink("model.safetensors", other_path), 0);
    lenet5_network_parameters(network)[0] = 42;
    save(network, other_path);
    ck_assert(lstat(other_path, &info) == 0 && S_ISLNK(info.st_mode));
    ck_assert(lstat(model_path, &info) == 0 && S_ISREG(info.st_mode));
    ck_assert_int_eq(info.st_mode & 0777, 0666);
    struct lenet5_network *loaded;
    ck_assert_int_eq(lenet5_model_load(&loaded, model_path, &error), LENET5_OK);
    ck_assert(lenet5_network_weights(loaded)[0] == 42);
    lenet5_network_destroy(loaded);

    ck_assert_int_eq(chdir(directory), 0); /* a bare name is in the working directory */
    save(network, "model.safetensors");
    ck_assert_int_eq(chdir("/"), 0);
    lenet5_network_destroy(network);
}

void add_fixtures(TCase *tests)
{
    small_model_fixture(tests);
}
