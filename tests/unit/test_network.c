/* The table: shapes, parameters and multiply-accumulates; what is refused; how weights start. */
#include <lenet5/network.h>
#include <lenet5/preset.h>
#include <math.h>
#include <string.h>

#include "suite.h"

static struct lenet5_error error;

TEST(lenet5_has_61706_parameters)
{
    static const struct {
        int c, h, w;
        size_t parameters, macs;
    } expected[] = {
        {6, 28, 28, 156, 117600},   {6, 28, 28, 0, 0},         {6, 14, 14, 0, 0},
        {16, 10, 10, 2416, 240000}, {16, 10, 10, 0, 0},        {16, 5, 5, 0, 0},
        {400, 1, 1, 0, 0},          {120, 1, 1, 48120, 48000}, {120, 1, 1, 0, 0},
        {84, 1, 1, 10164, 10080},   {84, 1, 1, 0, 0},          {10, 1, 1, 850, 840},
    };
    struct lenet5_network *network;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_architecture(network)->layer_count, 12);
    for (int i = 0; i < 12; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        ck_assert_int_eq(info.out.c, expected[i].c);
        ck_assert_int_eq(info.out.h, expected[i].h);
        ck_assert_int_eq(info.out.w, expected[i].w);
        ck_assert_uint_eq(info.parameters, expected[i].parameters);
        ck_assert_uint_eq(info.macs, expected[i].macs);
    }
    ck_assert_uint_eq(lenet5_network_parameter_count(network), 61706);
    ck_assert_uint_eq(lenet5_network_macs(network), 416520);
    lenet5_network_destroy(network);
}

/* Table I of the paper: C3 with 60 kernels has 1,516 parameters. */
TEST(connection_table_counts_its_kernels)
{
    static uint8_t table[16 * 6];
    for (int o = 0; o < 16; o++) {
        const int seen = o < 6 ? 3 : o < 12 ? 4 : o < 15 ? 4 : 6;
        for (int k = 0; k < seen; k++)
            table[o * 6 + (o + k) % 6] = 1;
    }
    const struct lenet5_layer layers[] = {
        {LENET5_LAYER_CONV, .outputs = 6, .kernel = {5, 5}},
        {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}},
        {LENET5_LAYER_CONV, .outputs = 16, .kernel = {5, 5}, .connections = table},
        {.kind = LENET5_LAYER_FLATTEN},
        {LENET5_LAYER_DENSE, .outputs = 10},
    };
    const struct lenet5_architecture architecture = {
        .input = {1, 32, 32}, .layers = layers, .layer_count = 5, .class_count = 10};
    struct lenet5_network *network;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_OK);
    ck_assert_uint_eq(lenet5_network_layer(network, 2).parameters, 1516);
    ck_assert_str_eq(lenet5_network_layer(network, 2).layer.name, "conv2");
    ck_assert_str_eq(lenet5_network_layer(network, 4).layer.name, "fc1");
    ck_assert_str_eq(lenet5_network_architecture(network)->classes[9], "9");
    lenet5_network_destroy(network);
}

static void check_refused(const struct lenet5_layer *layers, int count, const char *message)
{
    const struct lenet5_architecture architecture = {
        .input = {1, 8, 8}, .layers = layers, .layer_count = count, .class_count = 3};
    struct lenet5_network *network = NULL;
    ck_assert_int_eq(lenet5_network_create(&network, &architecture, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_null(network);
    ck_assert_msg(strstr(error.message, message), "'%s' does not say '%s'", error.message, message);
}

TEST(rows_that_do_not_fit_are_refused)
{
    const struct lenet5_layer flatten = {.kind = LENET5_LAYER_FLATTEN};
    const struct lenet5_layer dense = {LENET5_LAYER_DENSE, .outputs = 3};
    const struct lenet5_layer large = {LENET5_LAYER_CONV, .outputs = 2, .kernel = {9, 1}};
    const struct lenet5_layer none = {LENET5_LAYER_CONV, .outputs = 0, .kernel = {3, 3}};
    const struct lenet5_layer kernel = {LENET5_LAYER_CONV, .outputs = 2};
    const struct lenet5_layer stride = {LENET5_LAYER_AVG_POOL, .kernel = {2, 2}, .stride = {-1, 1}};
    const struct lenet5_layer rate = {LENET5_LAYER_DROPOUT, .rate = 1};
    const struct lenet5_layer nan_rate = {LENET5_LAYER_DROPOUT, .rate = NAN};
    const struct lenet5_layer kind = {.kind = (enum lenet5_layer_kind)99};
    const struct lenet5_layer twins[] = {flatten,
                                         {LENET5_LAYER_DENSE, .name = "a", .outputs = 3},
                                         {LENET5_LAYER_DENSE, .name = "a", .outputs = 3}};
    check_refused(&dense, 1, "put a flatten layer before it");
    check_refused(&large, 1, "a 9x1 kernel does not fit an input of 8x8");
    check_refused(&none, 1, "0 outputs");
    check_refused(&kernel, 1, "kernel 0x0");
    check_refused(&stride, 1, "stride -1x1");
    check_refused(&rate, 1, "rate 1");
    check_refused(&nan_rate, 1, "rate nan");
    check_refused(&kind, 1, "unknown kind 99");
    check_refused(&flatten, 1, "expected a vector of 3 classes");
    check_refused(twins, 3, "the same name");
    check_refused(&flatten, 0, "0 layers");
}

/* Mean and variance of a layer's weights, and whether its biases are all zero. */
static void moments(const struct lenet5_network *network, int i, double *mean, double *variance,
                    double *limit, bool *zero_bias)
{
    const struct lenet5_layer_info info = lenet5_network_layer(network, i);
    const float *weights = lenet5_network_weights(network) + info.weight_offset;
    double sum = 0, squares = 0;
    *limit = 0;
    *zero_bias = true;
    for (size_t k = 0; k < info.weight_count; k++) {
        sum += weights[k];
        squares += (double)weights[k] * weights[k];
        *limit = fmax(*limit, fabs((double)weights[k]));
    }
    for (size_t k = 0; k < info.bias_count; k++)
        if (weights[info.weight_count + k] != 0)
            *zero_bias = false;
    *mean = sum / (double)info.weight_count;
    *variance = squares / (double)info.weight_count - *mean * *mean;
}

/* fc1 has fan-in 400 and fan-out 120; conv2 150 and 400. */
TEST(initialisers_have_their_distribution)
{
    static const struct {
        enum lenet5_init kind;
        double fc1_variance, conv2_variance, fc1_limit, conv2_limit;
        bool zero_bias;
    } expected[] = {
        {LENET5_INIT_GLOROT, 2.0 / 520, 2.0 / 550, 0.107417, 0.104447, true},
        {LENET5_INIT_HE, 2.0 / 400, 2.0 / 150, INFINITY, INFINITY, true},
        {LENET5_INIT_LECUN, 1.0 / 400, 1.0 / 150, INFINITY, INFINITY, true},
        {LENET5_INIT_PYTORCH, 1.0 / 1200, 1.0 / 450, 0.05, 0.0816497, false},
    };
    struct lenet5_network *network;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error), LENET5_OK);
    for (size_t k = 0; k < ARRAY_SIZE(expected); k++) {
        double mean, variance, limit;
        bool zero_bias;
        lenet5_network_initialise(network, expected[k].kind, 1, &error);
        moments(network, 7, &mean, &variance, &limit, &zero_bias);
        ck_assert_double_eq_tol(mean, 0, 5 * sqrt(expected[k].fc1_variance / 48000));
        ck_assert_double_eq_tol(variance / expected[k].fc1_variance, 1, 0.04);
        ck_assert_double_le(limit, expected[k].fc1_limit * 1.00001);
        ck_assert(zero_bias == expected[k].zero_bias);
        moments(network, 3, &mean, &variance, &limit, &zero_bias);
        ck_assert_double_eq_tol(variance / expected[k].conv2_variance, 1, 0.15);
        ck_assert_double_le(limit, expected[k].conv2_limit * 1.00001);
    }
    lenet5_network_destroy(network);
}

/* fc2 (84, 120) has more columns than rows: its rows are orthonormal. */
TEST(orthogonal_rows_are_orthonormal)
{
    struct lenet5_network *network;
    ck_assert_int_eq(
        lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(network, LENET5_INIT_ORTHOGONAL, 3, &error),
                     LENET5_OK);
    static const struct {
        int layer, rows, cols;
    } matrices[] = {{0, 6, 25}, {3, 16, 150}, {9, 84, 120}, {11, 10, 84}};
    for (size_t m = 0; m < ARRAY_SIZE(matrices); m++) {
        const int rows = matrices[m].rows, cols = matrices[m].cols;
        const float *q = lenet5_network_weights(network) +
                         lenet5_network_layer(network, matrices[m].layer).weight_offset;
        for (int a = 0; a < rows; a++)
            for (int b = 0; b <= a; b++) {
                double dot = 0;
                for (int k = 0; k < cols; k++)
                    dot += (double)q[a * cols + k] * q[b * cols + k];
                ck_assert_double_eq_tol(dot, a == b, 1e-5);
            }
    }
    lenet5_network_destroy(network);
}

TEST(seed_decides_the_start)
{
    struct lenet5_network *a, *b;
    char one[65], same[65], other[65];
    ck_assert_int_eq(lenet5_network_create(&a, &lenet5_preset("lenet5")->architecture, &error),
                     LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(a, LENET5_INIT_GLOROT, 1, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_copy(&b, a, &error), LENET5_OK);
    lenet5_network_sha256(a, one);
    lenet5_network_sha256(b, same);
    ck_assert_str_eq(one, same);
    lenet5_network_initialise(b, LENET5_INIT_GLOROT, 2, &error);
    lenet5_network_sha256(b, other);
    ck_assert_str_ne(one, other);
    lenet5_network_initialise(b, LENET5_INIT_GLOROT, 1, &error);
    lenet5_network_sha256(b, same);
    ck_assert_str_eq(one, same);
    lenet5_network_destroy(a);
    lenet5_network_destroy(b);
    lenet5_network_destroy(NULL);
}
