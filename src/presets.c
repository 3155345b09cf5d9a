/* Architectures as tables of rows, each to be read against its figure. */
#include <lenet5/network.h>
#include <stddef.h>
#include <string.h>

/* LeNet-5 after figure 2 of the paper, with today's simplifications: every map of C3 sees all of
 * S2, pooling has no parameters, and the output layer is dense with a softmax in the loss. */
/* clang-format off */
#define LENET5_ROWS(activation)                                                 /* (1, 32, 32) */ \
    {.kind = LENET5_CONV, .name = "conv1", .outputs = 6, .kernel = {5, 5}},  /* C1 (6, 28, 28) */ \
    {.kind = activation},                                                                         \
    {.kind = LENET5_AVG_POOL, .kernel = {2, 2}},                             /* S2 (6, 14, 14) */ \
    {.kind = LENET5_CONV, .name = "conv2", .outputs = 16, .kernel = {5, 5}}, /* C3 (16, 10, 10) */ \
    {.kind = activation},                                                                         \
    {.kind = LENET5_AVG_POOL, .kernel = {2, 2}},                             /* S4 (16, 5, 5) */  \
    {.kind = LENET5_FLATTEN},                                                /* 400 */            \
    {.kind = LENET5_DENSE, .name = "fc1", .outputs = 120},                   /* C5 120 */         \
    {.kind = activation},                                                                         \
    {.kind = LENET5_DENSE, .name = "fc2", .outputs = 84},                    /* F6 84 */          \
    {.kind = activation},                                                                         \
    {.kind = LENET5_DENSE, .name = "fc3", .outputs = 10}                     /* 10 logits */
/* clang-format on */

static const struct lenet5_layer relu_rows[] = {LENET5_ROWS(LENET5_RELU)};
static const struct lenet5_layer tanh_rows[] = {LENET5_ROWS(LENET5_TANH)};

static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

/* The input has mean 0 and variance 1 over MNIST's training pixels, as PyTorch's example has it. */
#define LENET5(named, rows)                                                                  \
    {                                                                                        \
        .name = named, .input = {1, 32, 32}, .scale = 1.0f / (255.0f * 0.3081f),             \
        .shift = -0.1307f / 0.3081f, .layers = rows,                                         \
        .layer_count = sizeof(rows) / sizeof(*(rows)), .classes = digits, .class_count = 10, \
    }

static const struct lenet5_architecture presets[] = {
    LENET5("lenet5", relu_rows),
    LENET5("lenet5-tanh", tanh_rows),
};

const struct lenet5_architecture *lenet5_preset(const char *name)
{
    for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
