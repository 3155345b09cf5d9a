/* ONNX and NumPy archives: everything comes back, and no damage does harm. */
#include <formats.h>
#include <string.h>

#include "files.h"
#include "small_model.h"

enum format { ONNX, NPZ };

static enum lenet5_status write_format(enum format format, const struct lenet5_network *network,
                                       const char *path)
{
    return format == ONNX ? onnx_save(network, path, false, &error)
                          : npz_save(network, path, &error);
}

/* From an archive into a network like the little one. */
static enum lenet5_status read_format(enum format format, struct lenet5_network **network,
                                      const char *path)
{
    if (format == ONNX)
        return onnx_load(network, path, &error);
    ck_assert(!lenet5_network_create(network, &small, &error));
    const enum lenet5_status status = npz_load(*network, path, &error);
    for (int i = 0; status && i < SMALL_PARAMETERS; i++)
        ck_assert_msg(lenet5_network_weights(*network)[i] == 0, "half read");
    if (status) {
        lenet5_network_destroy(*network);
        *network = NULL;
    }
    return status;
}

/* The little network as that format, in file; leaves the test if this build has no such format. */
static bool write_small(enum format format)
{
    struct lenet5_network *network = make(&small);
    const enum lenet5_status status = write_format(format, network, other_path);
    lenet5_network_destroy(network);
    if (status == LENET5_ERROR_UNSUPPORTED) {
        ck_assert_ptr_nonnull(strstr(error.message, "missing when it was configured"));
        return false;
    }
    ck_assert_msg(!status, "%s", error.message);
    read_bytes(&file, other_path);
    return true;
}

/* With its table of connections, dropout, class names, padding, and odd bit patterns. */
TEST_LOOP(everything_comes_back, ONNX, NPZ + 1)
{
    struct lenet5_network *network;
    save_small();
    read_bytes(&second, model_path);
    if (!write_small((enum format)_i))
        return;
    ck_assert_msg(!read_format((enum format)_i, &network, other_path), "%s", error.message);
    save(network, model_path);
    lenet5_network_destroy(network);
    read_bytes(&file, model_path);
    ck_assert_uint_eq(file.size, second.size);
    ck_assert_mem_eq(file.at, second.at, file.size);
}

/* Refused, or a network that can be used; nothing between. */
static void check_harmless(enum format format, const char *what, size_t at)
{
    struct lenet5_network *network;
    files_write("other", file.at, file.size);
    const enum lenet5_status status = read_format(format, &network, other_path);
    ck_assert_msg(status == LENET5_OK || status == LENET5_ERROR_DATA, "%s %zu: %s", what, at,
                  error.message);
    if (status)
        ck_assert_msg(!strncmp(error.message, other_path, strlen(other_path)), "%s", error.message);
    lenet5_network_destroy(network);
}

TEST_LOOP(flipped_bits_do_no_harm, ONNX, NPZ + 1)
{
    if (!write_small((enum format)_i))
        return;
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        check_harmless((enum format)_i, "bit", bit);
        file.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

TEST_LOOP(every_prefix_is_refused, ONNX, NPZ + 1)
{
    if (!write_small((enum format)_i))
        return;
    for (size_t size = file.size; size-- > 0;) {
        struct lenet5_network *network;
        files_write("other", file.at, size);
        const enum lenet5_status status = read_format((enum format)_i, &network, other_path);
        if (status == LENET5_OK) /* an ONNX file without its metadata, which come last, is one */
            ck_assert(_i == ONNX && lenet5_network_parameter_count(network) >= SMALL_PARAMETERS);
        else
            ck_assert_int_eq(status, LENET5_ERROR_DATA);
        lenet5_network_destroy(network);
    }
}

/* A promise of much in a file of little: refused by what the network is, not by what memory there is. */
TEST(large_promises_are_refused)
{
    if (!write_small(ONNX))
        return;
    static const char name[] = "fc.weight";
    unsigned char *at = memmem(file.at, file.size, name, sizeof(name) - 1);
    ck_assert_ptr_nonnull(at);
    /* dims 3 and 9 stand before: [1: packed][2 bytes][3][9] */
    static const unsigned char dims[] = {0x0a, 0x02, 0x03, 0x09};
    unsigned char *place = memmem(file.at, file.size, dims, sizeof(dims));
    ck_assert_ptr_nonnull(place);
    place[3] = 0x7f;
    files_write("other", file.at, file.size);
    struct lenet5_network *network;
    ck_assert_int_eq(onnx_load(&network, other_path, &error), LENET5_ERROR_DATA);
    ck_assert_msg(strstr(error.message, "node 'fc' (Gemm): tensor 'fc.weight' has 27 values, its "
                                        "dimensions 381"),
                  "%s", error.message);
}

TEST(c_names_are_checked)
{
    struct lenet5_network *network = make(&small);
    struct c_source source = {.name = "a-b", .rows = 8, .cols = 8};
    ck_assert_int_eq(c_source_save(network, other_path, &source, &error), LENET5_ERROR_ARGUMENT);
    source.name = "a_b";
    source.cols = 9;
    ck_assert_int_eq(c_source_save(network, other_path, &source, &error), LENET5_ERROR_ARGUMENT);
    source.cols = 8;
    ck_assert_int_eq(c_source_save(network, other_path, &source, &error), LENET5_OK);
    lenet5_network_destroy(network);
}

void add_fixtures(TCase *tests)
{
    small_model_fixture(tests);
}
