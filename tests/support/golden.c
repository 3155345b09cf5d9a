#include "golden.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

#ifndef GOLDEN_DIR
#define GOLDEN_DIR "tests/unit/golden/"
#endif

enum { SIDE = GOLDEN_SIDE };
enum { IMAGE_SEED = 0x10000000, WEIGHT_SEED = 0x20000000 };

uint32_t golden_mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352d;
    x ^= x >> 15;
    x *= 0x846ca68b;
    return x ^ x >> 16;
}

void golden_image(uint8_t *image, int i)
{
    memset(image, 0, SIDE * SIDE);
    for (int blob = 0; blob < 3; blob++) {
        uint32_t h = golden_mix((uint32_t)(IMAGE_SEED + 3 * i + blob));
        int row = 7 + (int)(h % 14), col = 7 + (int)((h >> 8) % 14);
        int radius = 3 + (int)((h >> 16) % 5), square = radius * radius;
        for (int r = 0; r < SIDE; r++)
            for (int c = 0; c < SIDE; c++) {
                int distance = (r - row) * (r - row) + (c - col) * (c - col);
                int value = distance < square ? 255 * (square - distance) / square : 0;
                if (value > image[r * SIDE + c])
                    image[r * SIDE + c] = (uint8_t)value;
            }
    }
}

void golden_weights(struct lenet5_network *network)
{
    float *w = lenet5_network_parameters(network);
    uint32_t i = 0;
    int layers = lenet5_network_architecture(network)->layer_count;
    for (int l = 0; l < layers; l++) {
        struct lenet5_layer_info info = lenet5_network_layer(network, l);
        if (!info.parameters)
            continue;
        size_t fan_in = info.weight_count / info.bias_count;
        float limit = 1.5f / sqrtf((float)fan_in);
        for (size_t end = i + info.parameters; i < end; i++)
            w[i] = ((float)(golden_mix(WEIGHT_SEED + i) >> 8) * 0x1p-23f - 1.0f) * limit;
    }
    ck_assert_uint_eq(i, lenet5_network_parameter_count(network));
}

static void read_file(void *values, size_t size, size_t count, const char *name, const char *ending)
{
    const char *directory = getenv("LENET5_GOLDEN");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s", directory ? directory : GOLDEN_DIR, name, ending);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "%s: cannot open (LENET5_GOLDEN names the directory)", path);
    size_t read = fread(values, size, count, file);
    ck_assert_msg(read == count && fgetc(file) == EOF, "%s: not %zu values", path, count);
    fclose(file);
}

void golden_read(float *values, size_t count, const char *name)
{
    read_file(values, sizeof(*values), count, name, "f32");
}

void golden_read_bytes(uint8_t *bytes, size_t count, const char *name)
{
    read_file(bytes, 1, count, name, "u8");
}

void golden_close(const char *what, const float *got, const float *golden, size_t count,
                  double tolerance)
{
    size_t worst = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)got[i] - (double)golden[i]);
        if (!(difference <= largest)) {
            largest = difference;
            worst = i;
            if (isnan(difference))
                break;
        }
    }
    if (getenv("LENET5_GOLDEN_VERBOSE"))
        printf("%s: largest difference %.2g\n", what, largest);
    ck_assert_msg(largest <= tolerance,
                  "%s: largest difference %g at %zu of %zu: %.9g, golden %.9g", what, largest,
                  worst, count, (double)got[worst], (double)golden[worst]);
}

void golden_succeed(enum lenet5_status status, const struct lenet5_error *error)
{
    ck_assert_msg(status == LENET5_OK, "%s", error->message);
}
