/*
 * Features: what every row of the table gives is what the naive operations give, one by one. Principal
 * components: of points whose components are known.
 */
#include <lenet5/features.h>
#include <lenet5/preset.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "layers/contract.h"
#include "network/network_internal.h"
#include "suite.h"

enum { COUNT = 21, SIDE = GOLDEN_SIDE, MOST = 6 * 28 * 28 }; /* values of the largest map */

static struct lenet5_error error;

/* y = the input of one image: x = scale * byte + shift, centred. */
static void load_naively(float *y, const struct lenet5_architecture *architecture,
                         const uint8_t *image)
{
    const int height = architecture->input.h, width = architecture->input.w;
    const int top = (height - SIDE) / 2, left = (width - SIDE) / 2;
    for (int i = 0; i < height * width; i++)
        y[i] = architecture->shift;
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++)
            y[(top + r) * width + left + c] += architecture->scale * image[r * SIDE + c];
}

/* values = what the rows up to this one make of the input in values. */
static void run_naively(float *values, const struct lenet5_network *network, int row)
{
    static float y[MOST], saved[4 * MOST], workspace[4 * MOST];
    for (int i = 0; i <= row; i++) {
        const struct layer *layer = &network->layers[i];
        const struct layer_call call = {.n = 1,
                                        .params = network->parameters + network->offsets[i],
                                        .x = values,
                                        .y = y,
                                        .saved = saved,
                                        .workspace = workspace};
        layer_ops(LENET5_BACKEND_NAIVE, layer)->forward(layer, &call);
        memcpy(values, y, shape_size(layer->out) * sizeof(float));
    }
}

static const char *const presets[] = {"lenet5", "keras-dropout", "torch-conv5", "torch-relu"};
enum { PRESETS = ARRAY_SIZE(presets) };

TEST_LOOP(features_are_those_of_the_naive_layers, 0, PRESETS)
{
    static uint8_t images[COUNT * SIDE * SIDE];
    static float features[COUNT * MOST + 1], expected[MOST];
    const struct lenet5_architecture *architecture = &lenet5_preset(presets[_i])->architecture;
    struct lenet5_network *network;
    golden_succeed(lenet5_network_create(&network, architecture, &error), &error);
    golden_weights(network);
    for (int i = 0; i < COUNT; i++)
        golden_image(images + i * SIDE * SIDE, i);
    for (int row = -1; row < architecture->layer_count; row++) {
        const size_t size = row < 0 ? 32 * 32 : shape_size(lenet5_network_layer(network, row).out);
        features[COUNT * size] = 42;
        golden_succeed(lenet5_features(network, features, row, images, COUNT, SIDE, SIDE, &error),
                       &error);
        ck_assert_float_eq(features[COUNT * size], 42);
        for (size_t i = 0; i < COUNT; i++) {
            load_naively(expected, architecture, images + i * SIDE * SIDE);
            run_naively(expected, network, row);
            golden_close(presets[_i], features + i * size, expected, size, 1e-5);
        }
    }
    lenet5_network_destroy(network);
}

TEST(what_is_not_there_is_refused)
{
    static const uint8_t image[33 * 33];
    float features[32 * 32];
    struct lenet5_network *network;
    golden_succeed(lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error),
                   &error);
    ck_assert_int_eq(lenet5_features(network, features, -2, image, 1, SIDE, SIDE, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_features(network, features, 12, image, 1, SIDE, SIDE, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "layer 12, expected -1 to 11"));
    ck_assert_int_eq(lenet5_features(network, features, 0, image, 1, 33, 33, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_features(network, features, 11, image, 0, SIDE, SIDE, &error),
                     LENET5_OK);
    lenet5_network_destroy(network);
}

/*
 * Points far from the origin, on a line along (3, 4, 0) with a little along (-4, 3, 0) and less along
 * (0, 0, 1): every combination of 4 x 2 x 2 places, so that they are uncorrelated.
 */
enum { POINTS = 16 };
static const double along[3][4] = {{-3, -1, 1, 3}, {-0.5, 0.5}, {-0.125, 0.125}};
static const double variances[3] = {5, 0.25, 0.015625};

static void make_points(float points[POINTS * 3], double places[POINTS * 3])
{
    for (int i = 0; i < POINTS; i++) {
        const double a = along[0][i % 4], b = along[1][i / 4 % 2], c = along[2][i / 8];
        points[3 * i] = (float)(100 + (3 * a - 4 * b) / 5);
        points[3 * i + 1] = (float)(-200 + (4 * a + 3 * b) / 5);
        points[3 * i + 2] = (float)(50 + c);
        places[3 * i] = a;
        places[3 * i + 1] = -b; /* the largest entry of its direction, -4, becomes positive */
        places[3 * i + 2] = c;
    }
}

TEST(components_are_the_directions_points_were_laid_along)
{
    float points[POINTS * 3], projected[POINTS * 3 + 1], shares[3];
    double places[POINTS * 3];
    make_points(points, places);
    for (int components = 1; components <= 3; components++) {
        projected[POINTS * components] = 42;
        golden_succeed(
            lenet5_principal_components(projected, shares, components, points, POINTS, 3, &error),
            &error);
        ck_assert_float_eq(projected[POINTS * components], 42);
        for (int k = 0; k < components; k++) {
            ck_assert_double_eq_tol((double)shares[k], variances[k] / 5.265625, 1e-5);
            for (int i = 0; i < POINTS; i++)
                ck_assert_double_eq_tol((double)projected[i * components + k], places[3 * i + k],
                                        1e-4);
        }
    }
}

/* The entry that is largest in size of the direction of component k: the features' share in it. */
static double largest_entry(const float *projected, const float *features, int count, int size,
                            int k)
{
    double largest = 0;
    for (int j = 0; j < size; j++) {
        double product = 0;
        for (int i = 0; i < count; i++)
            product += (double)projected[i * size + k] * (double)features[i * size + j];
        if (fabs(product) > fabs(largest))
            largest = product;
    }
    return largest;
}

/* Of features that depend on each other at random: uncorrelated, in order, and all that there is. */
TEST(components_are_uncorrelated_and_in_order)
{
    enum { SAMPLES = 60, SIZE = 20 };
    float features[SAMPLES * SIZE], projected[SAMPLES * SIZE], shares[SIZE];
    double total = 0, whole = 0;
    for (int i = 0; i < SAMPLES * SIZE; i++)
        features[i] = (float)(golden_mix((uint32_t)i) >> 8) * 0x1p-24f +
                      (i % SIZE ? 0.5f * features[i - 1] : 3);
    golden_succeed(
        lenet5_principal_components(projected, shares, SIZE, features, SAMPLES, SIZE, &error),
        &error);
    for (int k = 0; k < SIZE; k++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < SAMPLES; i++)
            mean += (double)features[i * SIZE + k] / SAMPLES;
        for (int i = 0; i < SAMPLES; i++)
            variance += pow((double)features[i * SIZE + k] - mean, 2) / SAMPLES;
        whole += variance;
    }
    for (int a = 0; a < SIZE; a++) {
        for (int b = 0; b <= a; b++) {
            double product = 0;
            for (int i = 0; i < SAMPLES; i++)
                product += (double)projected[i * SIZE + a] * (double)projected[i * SIZE + b];
            ck_assert_double_eq_tol(product / SAMPLES / whole, a == b ? (double)shares[a] : 0,
                                    1e-6);
        }
        ck_assert(a == 0 || shares[a] <= shares[a - 1]);
        ck_assert_double_gt(largest_entry(projected, features, SAMPLES, SIZE, a), 0);
        total += (double)shares[a];
    }
    ck_assert_double_eq_tol(total, 1, 1e-5);
}

TEST(what_does_not_vary_has_no_share)
{
    float features[5 * 4], projected[5 * 4], shares[4];
    for (int i = 0; i < 5 * 4; i++)
        features[i] = (float)(i % 4) - 1.3f;
    for (size_t count = 1; count <= 5; count += 4) {
        memset(projected, 0xff, sizeof(projected));
        memset(shares, 0xff, sizeof(shares));
        golden_succeed(
            lenet5_principal_components(projected, shares, 4, features, count, 4, &error), &error);
        for (size_t i = 0; i < 4 * count; i++)
            ck_assert_float_eq_tol(projected[i], 0, 1e-6f);
        for (int k = 0; k < 4; k++)
            ck_assert_float_eq(shares[k], 0);
    }
}

TEST(components_that_cannot_be_are_refused)
{
    const float features[6] = {1, 2, 3, 4, 5, 7};
    float projected[6], shares[3];
    static const struct {
        int components, size;
        size_t count;
    } bad[] = {{0, 3, 2}, {-1, 3, 2}, {4, 3, 2}, {1, 0, 2}, {1, 3, 0}};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_int_eq(lenet5_principal_components(projected, shares, bad[i].components, features,
                                                     bad[i].count, bad[i].size, &error),
                         LENET5_ERROR_ARGUMENT);
    ck_assert_int_eq(lenet5_principal_components(projected, shares, 3, features, 2, 3, &error),
                     LENET5_OK);
    ck_assert_float_eq_tol(shares[0], 1, 1e-6f); /* two points lie on a line */
    ck_assert_float_le(shares[1], 1e-6f);
}
