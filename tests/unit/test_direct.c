/* The direct convolution against plain sums, for every width around its vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/vector.h"
#include "layers/conv_algorithm.h"
#include "layers/direct/direct.h"
#include "suite.h"

static float *fill(size_t count, uint32_t which)
{
    struct rng rng = rng_stream(3, RNG_INIT, which, 0);
    float *x = malloc(count * sizeof(*x));
    for (size_t i = 0; i < count; i++)
        x[i] = 2 * rng_uniform(&rng) - 1;
    return x;
}

/* One product of the sum that (o, c, ky, kx) adds to output (h, w, i). */
static size_t input_at(const struct layer *layer, int n, size_t tap, int h, int w, int i)
{
    const struct lenet5_extent kernel = layer->desc.kernel;
    const int kx = (int)tap % kernel.w, ky = (int)tap / kernel.w % kernel.h;
    return shape_at(layer->in, n, (int)tap / kernel.w / kernel.h, h + ky, w + kx, i);
}

/* All rows of outputs in blocks of `block`; each sum is found once more by its definition. */
static void check(const struct lenet5_layer *row, struct lenet5_shape in, int n, int block)
{
    struct lenet5_error error;
    struct layer layer;
    ck_assert_int_eq(layer_init(&layer, row, in, 0, &error), LENET5_OK);
    const size_t taps = layer.weight_count / (size_t)layer.out.c;
    const size_t width = (size_t)(layer.out.w * n), map = (size_t)block * width + 3;
    const size_t edge = (size_t)((layer.desc.kernel.w - 1) * n), framed = width + 2 * edge;
    const size_t framed_map = (size_t)block * framed, inputs = shape_size(in) * (size_t)n;
    const size_t maps = (size_t)layer.out.c * map, sums_count = layer.weight_count * PARTIAL_SUMS;
    float *x = fill(inputs, 1), *w = fill(layer.weight_count, 2), *wt = fill(layer.weight_count, 3);
    float *z = malloc(maps * sizeof(*z)), *dz = malloc(maps * sizeof(*dz));
    float *dz_framed = fill((size_t)layer.out.c * framed_map + VECTOR_MOST_LANES, 5);
    float *sums = fill(sums_count, 6), *more = fill(sums_count, 9),
          *dw = fill(layer.weight_count, 7), *dx = fill(inputs, 8);
    double *dw_sums = calloc(layer.weight_count, sizeof(*dw_sums));
    double *dx_sums = calloc(inputs, sizeof(*dx_sums));
    direct_transpose_weights(wt, w, &layer);

    for (int h = 0; h < layer.out.h; h += block) {
        const int rows = layer.out.h - h < block ? layer.out.h - h : block;
        float *new_z = fill(maps, 10 + (uint32_t)h), *new_dz = fill(maps, 90 + (uint32_t)h);
        memcpy(z, new_z, maps * sizeof(*z));
        memcpy(dz, new_dz, maps * sizeof(*dz));
        for (int r = 0; r < rows; r++)
            direct_forward(z + (size_t)r * width, map, w, x, &layer, n, h + r);
        for (int o = 0; o < layer.out.c; o++)
            for (int r = 0; r < rows; r++) {
                float *to = dz_framed + (size_t)o * framed_map + (size_t)r * framed;
                memset(to, 0, framed * sizeof(*to));
                memcpy(to + edge, dz + (size_t)o * map + (size_t)r * width, width * sizeof(*to));
            }
        direct_weight_gradient(sums, dz, map, width, x, &layer, n, h, rows);
        direct_weight_gradient(more, dz_framed + edge, framed_map, framed, x, &layer, n, h, rows);
        direct_input_gradient(dx, wt, dz_framed + edge, framed_map, framed, &layer, n, h, rows);
        for (size_t o = 0; o < (size_t)layer.out.c; o++)
            for (size_t j = 0; j < map; j++) {
                const bool outside = j >= (size_t)rows * width; /* stays as it was */
                const int r = (int)(j / width), at = (int)(j % width);
                double sum = outside ? (double)new_z[o * map + j] : 0;
                for (size_t t = 0; t < taps && !outside; t++) {
                    const size_t from = input_at(&layer, n, t, h + r, at / n, at % n);
                    const double d = (double)dz[o * map + j];
                    sum += (double)w[o * taps + t] * (double)x[from];
                    dw_sums[o * taps + t] += d * (double)x[from];
                    dx_sums[from] += d * (double)w[o * taps + t];
                }
                ck_assert_double_eq_tol((double)z[o * map + j], sum, 3e-5);
            }
        free(new_z), free(new_dz);
    }
    ck_assert_mem_eq(sums, more, sums_count * sizeof(*sums));
    direct_reduce_lanes(dw, sums, layer.weight_count);
    for (size_t i = 0; i < layer.weight_count; i++)
        ck_assert_double_eq_tol((double)dw[i], dw_sums[i], 1e-4);
    for (size_t i = 0; i < inputs; i++)
        ck_assert_double_eq_tol((double)dx[i], dx_sums[i], 1e-4);
    layer_finish(&layer);
    free(x), free(w), free(wt), free(z), free(dz), free(dz_framed), free(sums), free(more),
        free(dw), free(dx);
    free(dw_sums), free(dx_sums);
}

TEST(all_widths_around_the_vectors)
{
    for (int outputs = 1; outputs <= 9; outputs += 4)
        for (int inputs = 1; inputs <= 7; inputs += 3)
            for (int kernel = 1; kernel <= 6; kernel++)
                for (int w = 1; w <= 75; w += w < 40 ? 1 : 7)
                    check(&(struct lenet5_layer){LENET5_LAYER_CONV, .outputs = outputs,
                                                 .kernel = {2, kernel}},
                          (struct lenet5_shape){inputs, 4, w + kernel - 1}, 1, 2);
}

TEST(all_sample_counts)
{
    for (int n = 1; n <= 17; n++)
        for (int inputs = 1; inputs <= 7; inputs += 3)
            for (int kernel = 1; kernel <= 7; kernel++) /* the widest see more than all outputs */
                check(
                    &(struct lenet5_layer){LENET5_LAYER_CONV, .outputs = 6, .kernel = {5, kernel}},
                    (struct lenet5_shape){inputs, 9, 4 + kernel}, n, 5);
}

/* Rows whose kernels reach over the ends of blocks, and kernels that see three of them. */
TEST(all_blocks)
{
    for (int block = 1; block <= 8; block++)
        for (int kernel = 1; kernel <= 5; kernel++)
            check(&(struct lenet5_layer){LENET5_LAYER_CONV, .outputs = 16, .kernel = {kernel, 5}},
                  (struct lenet5_shape){6, 12, 9}, 16, block);
}

/* With outputs in the lanes the same comes out as with pixels, which the tests above have checked. */
static void check_outputs(int outputs, struct lenet5_shape in, struct lenet5_extent kernel, int n)
{
    const struct lenet5_layer row = {LENET5_LAYER_CONV, .outputs = outputs, .kernel = kernel};
    struct lenet5_error error;
    struct layer layer;
    ck_assert_int_eq(layer_init(&layer, &row, in, 0, &error), LENET5_OK);
    const size_t taps = layer.weight_count / (size_t)outputs;
    const size_t map = (size_t)(layer.out.w * n) + 3, count = (size_t)outputs * map;
    float *x = fill(shape_size(in) * (size_t)n, 1), *w = fill(layer.weight_count, 2);
    float *wt = fill(layer.weight_count, 3), *found = fill(count, 4), *expected = fill(count, 4);
    vector_transpose(wt, w, taps, outputs, (int)taps);
    for (int h = 0; h < layer.out.h; h++) {
        direct_forward(expected, map, w, x, &layer, n, h);
        direct_forward_outputs(found, map, wt, x, &layer, n, h);
        for (size_t i = 0; i < count; i++)
            ck_assert_float_eq_tol(found[i], expected[i], 2e-5f);
    }
    layer_finish(&layer);
    free(x), free(w), free(wt), free(found), free(expected);
}

TEST(outputs_in_the_lanes)
{
    for (int outputs = 16; outputs <= 48; outputs += 16)
        for (int width = 1; width <= 20; width++)
            for (int n = 1; n <= 3; n++)
                check_outputs(outputs, (struct lenet5_shape){1 + width % 3, 4, width + 2},
                              (struct lenet5_extent){2, 3}, n);
}

TEST(dense_of_any_size)
{
    for (int outputs = 1; outputs <= 60; outputs++)
        for (size_t inputs = 1; inputs <= 40; inputs += 13) {
            const size_t count = (size_t)outputs * MICRO_BATCH, whole = count + MICRO_BATCH;
            float *x = fill(inputs * MICRO_BATCH, 1), *w = fill((size_t)outputs * inputs, 2);
            float *b = fill((size_t)outputs, 3), *y = fill(whole, 4), *before = fill(whole, 4);
            direct_affine(y, b, w, x, inputs, outputs);
            for (size_t i = 0; i < count; i++) {
                double sum = (double)b[i / MICRO_BATCH];
                for (size_t k = 0; k < inputs; k++)
                    sum += (double)w[i / MICRO_BATCH * inputs + k] *
                           (double)x[k * MICRO_BATCH + i % MICRO_BATCH];
                ck_assert_double_eq_tol((double)y[i], sum, 1e-5);
            }
            ck_assert_mem_eq(y + count, before + count, MICRO_BATCH * sizeof(*y));
            free(x), free(w), free(b), free(y), free(before);
        }
}

static const struct conv_algorithm *chosen(enum lenet5_backend backend, const struct layer *layer,
                                           int n, bool training)
{
    const struct layer_call call = {.ops = layer_ops(backend, layer), .n = n, .training = training};
    return convolution_algorithm(layer, &call);
}

/* LeNet-5 on one image: C3 takes outputs, C1 pixels, and whole micro-batches neither. */
TEST(lenet5_takes_both)
{
    const struct lenet5_layer rows[] = {{LENET5_LAYER_CONV, .outputs = 6, .kernel = {5, 5}},
                                        {LENET5_LAYER_CONV, .outputs = 16, .kernel = {5, 5}}};
    const struct lenet5_shape inputs[] = {{1, 32, 32}, {6, 14, 14}};
    for (int i = 0; i < 2; i++) {
        struct lenet5_error error;
        struct layer layer;
        ck_assert_int_eq(layer_init(&layer, &rows[i], inputs[i], 0, &error), LENET5_OK);
        ck_assert_ptr_eq(chosen(LENET5_BACKEND_BLAS, &layer, 1, false), &conv_direct);
        ck_assert_ptr_eq(chosen(LENET5_BACKEND_BLAS, &layer, 16, true),
                         i == 0 ? &conv_direct : &conv_im2col);
        ck_assert_ptr_eq(chosen(LENET5_BACKEND_BLAS, &layer, 1, true), &conv_whole_map);
        ck_assert_ptr_eq(chosen(LENET5_BACKEND_DIRECT, &layer, 16, true), &conv_direct);
        ck_assert_int_eq(direct_wants_outputs(&layer, 1), i == 1);
        ck_assert(!direct_wants_outputs(&layer, 16));
        layer_finish(&layer);
    }
}

/* Layers with padding or strides go by SGEMM, those with a table of connections by whole maps, whatever the sizes. */
TEST(only_plain_layers_are_direct)
{
    const uint8_t connections[] = {1, 0};
    const struct lenet5_layer rows[] = {
        {LENET5_LAYER_CONV, .outputs = 2, .kernel = {3, 3}, .padding = {0, 1}},
        {LENET5_LAYER_CONV, .outputs = 2, .kernel = {3, 3}, .stride = {2, 1}},
        {LENET5_LAYER_CONV, .outputs = 2, .kernel = {3, 3}, .connections = connections},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct lenet5_error error;
        struct layer layer;
        ck_assert_int_eq(layer_init(&layer, &rows[i], (struct lenet5_shape){1, 20, 20}, 0, &error),
                         LENET5_OK);
        for (int n = 1; n <= 16; n += 15)
            for (int training = 0; training < 2; training++)
                ck_assert_ptr_eq(chosen(LENET5_BACKEND_DIRECT, &layer, n, training),
                                 i < 2 ? &conv_im2col : &conv_whole_map);
        layer_finish(&layer);
    }
}
