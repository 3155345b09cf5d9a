/* The presets: tables of layers, with the sizes of their outputs, and training settings. */
#include <lenet5/preset.h>
#include <stddef.h>
#include <string.h>

#include "tables_1998.h"

/* clang-format off */

/* LeNet-5 after figure 2 of the paper, with today's simplifications: every map of C3 sees all of
 * S2, pooling has no parameters, and the output layer is dense with a softmax in the loss. */
#define FEATURES(c1, c3, activation, pooling)                                   /* (1, 32, 32) */      \
    {.kind = LENET5_LAYER_CONV, .name = c1, .outputs = 6, .kernel = {5, 5}},    /* C1 (6, 28, 28) */   \
    {.kind = activation},                                                                              \
    {.kind = pooling, .kernel = {2, 2}},                                        /* S2 (6, 14, 14) */   \
    {.kind = LENET5_LAYER_CONV, .name = c3, .outputs = 16, .kernel = {5, 5}},   /* C3 (16, 10, 10) */  \
    {.kind = activation},                                                                              \
    {.kind = pooling, .kernel = {2, 2}}                                         /* S4 (16, 5, 5) */

/* C5 as a dense layer, as Keras programs have it */
#define DENSE_C5(activation)                                                                           \
    {.kind = LENET5_LAYER_FLATTEN},                                             /* 400 */              \
    {.kind = LENET5_LAYER_DENSE, .name = "fc1", .outputs = 120},                /* C5 120 */           \
    {.kind = activation}

#define HEAD(f6, output, activation)                                                                   \
    {.kind = LENET5_LAYER_DENSE, .name = f6, .outputs = 84},                    /* F6 84 */            \
    {.kind = activation},                                                                              \
    {.kind = LENET5_LAYER_DENSE, .name = output, .outputs = 10}                 /* 10 logits */

#define LENET5_ROWS(activation, pooling) \
    FEATURES("conv1", "conv2", activation, pooling), DENSE_C5(activation), HEAD("fc2", "fc3", activation)

static const struct lenet5_layer relu_rows[] = {LENET5_ROWS(LENET5_LAYER_RELU, LENET5_LAYER_AVG_POOL)};
static const struct lenet5_layer tanh_rows[] = {LENET5_ROWS(LENET5_LAYER_TANH, LENET5_LAYER_AVG_POOL)};
static const struct lenet5_layer relu_max_rows[] = {LENET5_ROWS(LENET5_LAYER_RELU, LENET5_LAYER_MAX_POOL)};

static const struct lenet5_layer dropout_rows[] = {
    FEATURES("conv1", "conv2", LENET5_LAYER_TANH, LENET5_LAYER_AVG_POOL),
    DENSE_C5(LENET5_LAYER_TANH),
    {.kind = LENET5_LAYER_DROPOUT, .rate = 0.2f},
    {.kind = LENET5_LAYER_DENSE, .name = "fc2", .outputs = 84},                   /* F6 84 */
    {.kind = LENET5_LAYER_TANH},
    {.kind = LENET5_LAYER_DROPOUT, .rate = 0.2f},
    {.kind = LENET5_LAYER_DENSE, .name = "fc3", .outputs = 10},                   /* 10 logits */
};

static const struct lenet5_layer conv5_rows[] = {
    FEATURES("conv1", "conv2", LENET5_LAYER_TANH, LENET5_LAYER_AVG_POOL),
    {.kind = LENET5_LAYER_CONV, .name = "conv3", .outputs = 120, .kernel = {5, 5}}, /* C5 (120, 1, 1) */
    {.kind = LENET5_LAYER_TANH},
    {.kind = LENET5_LAYER_FLATTEN},                                               /* 120 */
    HEAD("fc1", "fc2", LENET5_LAYER_TANH),
};

/* Nothing between F6 and the output, as the document's code has it and its table has not. */
static const struct lenet5_layer sigmoid_rows[] = {
    FEATURES("c1", "c3", LENET5_LAYER_SIGMOID, LENET5_LAYER_AVG_POOL),
    {.kind = LENET5_LAYER_CONV, .name = "c5", .outputs = 120, .kernel = {5, 5}},  /* C5 (120, 1, 1) */
    {.kind = LENET5_LAYER_SIGMOID},
    {.kind = LENET5_LAYER_FLATTEN},                                               /* 120 */
    {.kind = LENET5_LAYER_DENSE, .name = "f6", .outputs = 84},                    /* F6 84 */
    {.kind = LENET5_LAYER_DENSE, .name = "f7", .outputs = 10},                    /* 10 logits */
};

/* The paper itself: figure 2, its Table I, and Euclidean RBF outputs; squashing after every layer. */
static const struct lenet5_layer paper_rows[] = {                           /* (1, 32, 32) */
    {.kind = LENET5_LAYER_CONV, .name = "c1", .outputs = 6, .kernel = {5, 5}},    /* C1 (6, 28, 28) */
    {.kind = LENET5_LAYER_SCALED_TANH},
    {.kind = LENET5_LAYER_SUBSAMPLE, .name = "s2", .kernel = {2, 2}},             /* S2 (6, 14, 14) */
    {.kind = LENET5_LAYER_SCALED_TANH},
    {.kind = LENET5_LAYER_CONV, .name = "c3", .outputs = 16, .kernel = {5, 5},    /* C3 (16, 10, 10) */
     .connections = table_1998_c3_connections},
    {.kind = LENET5_LAYER_SCALED_TANH},
    {.kind = LENET5_LAYER_SUBSAMPLE, .name = "s4", .kernel = {2, 2}},             /* S4 (16, 5, 5) */
    {.kind = LENET5_LAYER_SCALED_TANH},
    {.kind = LENET5_LAYER_CONV, .name = "c5", .outputs = 120, .kernel = {5, 5}},  /* C5 (120, 1, 1) */
    {.kind = LENET5_LAYER_SCALED_TANH},
    {.kind = LENET5_LAYER_FLATTEN},                                               /* 120 */
    {.kind = LENET5_LAYER_DENSE, .name = "f6", .outputs = 84},                    /* F6 84 */
    {.kind = LENET5_LAYER_SCALED_TANH},
    {.kind = LENET5_LAYER_RBF, .outputs = 10, .codes = table_1998_digit_codes},             /* 10 distances */
};

static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

#define UNIT 1.0f / 255.0f, 0                                  /* 0 to 1 */
#define PAPER 1.275f / 255.0f, -0.1f                           /* paper -0.1, ink 1.175 */
#define STANDARD 1.0f / (255.0f * 0.3081f), -0.1307f / 0.3081f /* mean 0, variance 1 over MNIST's pixels */

#define ARCHITECTURE(named, rows, fitted, ...)                                                    \
    {.name = named, .input = {1, 32, 32}, .fit = fitted, SCALED(__VA_ARGS__), .layers = rows,     \
     .layer_count = sizeof(rows) / sizeof(*(rows)), .classes = digits, .class_count = 10}
#define SCALED(...) SCALED_BY(__VA_ARGS__)
#define SCALED_BY(by, moved) .scale = by, .shift = moved

/* Adam with a framework's defaults, and the settings that all presets share. */
#define KERAS_ADAM .optimizer = LENET5_OPTIMIZER_ADAM, .epsilon = 1e-7, .epsilon_hat = true
#define PYTORCH_ADAM .optimizer = LENET5_OPTIMIZER_ADAM, .epsilon = 1e-8
#define COMMON .backend = LENET5_BACKEND_BLAS, .beta1 = 0.9, .beta2 = 0.999, .step_epochs = 1, \
               .step_gamma = 0.5, .augmentation.elastic_sigma = 4, .seed = 1, .mu = 0.1,    \
               .curvature_samples = 500, .map_j = 10

#define LENET5_RECIPE                                                                             \
    {COMMON, .epochs = 2, .batch_size = 32, .optimizer = LENET5_OPTIMIZER_SGD, .rate = 0.07,                \
     .momentum = 0.9, .nesterov = true, .epsilon = 1e-8, .weight_decay = 5e-4,                    \
     .schedule = LENET5_SCHEDULE_TRIANGULAR, .label_smoothing = 0.05, .random_shift = 1, .validation = 0.1}

static const struct lenet5_preset presets[] = {
    {.name = "lenet5",
     .source = "lenet5",
     .summary = "ReLU, average pooling, 2 epochs of SGD to 99 %; the default",
     .architecture = ARCHITECTURE("lenet5", relu_rows, LENET5_FIT_PAD, STANDARD),
     .init = LENET5_INIT_HE,
     .training = LENET5_RECIPE},
    {.name = "lenet5-tanh",
     .source = "lenet5",
     .summary = "the same with tanh, nearer to the paper: what the benchmarks time",
     .architecture = ARCHITECTURE("lenet5-tanh", tanh_rows, LENET5_FIT_PAD, STANDARD),
     .init = LENET5_INIT_HE,
     .training = LENET5_RECIPE},
    {.name = "lenet5-best",
     .source = "lenet5",
     .summary = "the network of lenet5, trained for 60 epochs on distorted images",
     .architecture = ARCHITECTURE("lenet5-best", relu_rows, LENET5_FIT_PAD, STANDARD),
     .init = LENET5_INIT_HE,
     .training = {COMMON, .epochs = 60, .batch_size = 32, .optimizer = LENET5_OPTIMIZER_SGD, .rate = 0.04,
                  .momentum = 0.9, .nesterov = true, .epsilon = 1e-8, .weight_decay = 1e-4,
                  .schedule = LENET5_SCHEDULE_TRIANGULAR, .label_smoothing = 0.05,
                  .augmentation.rotation = 10, .augmentation.scale = 0.1,
                  .augmentation.stretch = 0.1, .augmentation.shear = 0.1,
                  .augmentation.translate = 1.5, .augmentation.elastic = 0.7,
                  .validation = 0.1, .keep = LENET5_KEEP_LAST}},
    {.name = "keras-dropout",
     .source = "published LeNet-5 0, Keras",
     .summary = "tanh, dropout, binary cross-entropy, Adam; trained on 46,899 of MNIST's 70,000",
     .architecture = ARCHITECTURE("keras-dropout", dropout_rows, LENET5_FIT_PAD, UNIT),
     .init = LENET5_INIT_GLOROT,
     .training = {COMMON, KERAS_ADAM, .rate = 0.01, .loss = LENET5_LOSS_BCE_LOGITS, .epochs = 10,
                  .batch_size = 100, .validation = 0.33, .holdout = LENET5_HOLDOUT_LAST,
                  .keep = LENET5_KEEP_LAST},
     .with_test = true},
    {.name = "torch-conv5",
     .source = "published LeNet-5 0, PyTorch",
     .summary = "tanh, C5 as a convolution; the document has no recipe, so Adam for 10 epochs",
     .architecture = ARCHITECTURE("torch-conv5", conv5_rows, LENET5_FIT_PAD, UNIT),
     .init = LENET5_INIT_PYTORCH,
     .training = {COMMON, PYTORCH_ADAM, .rate = 0.001, .epochs = 10, .batch_size = 64,
                  .validation = 0.1, .keep = LENET5_KEEP_LAST}},
    {.name = "keras-adam",
     .source = "published LeNet-5 1, Keras",
     .summary = "tanh, Adam with Keras's defaults; the document has no epochs, so 10",
     .architecture = ARCHITECTURE("keras-adam", tanh_rows, LENET5_FIT_PAD, UNIT),
     .init = LENET5_INIT_GLOROT,
     .training = {COMMON, KERAS_ADAM, .rate = 0.001, .epochs = 10, .batch_size = 32,
                  .validation = 0.1, .holdout = LENET5_HOLDOUT_LAST, .keep = LENET5_KEEP_LAST}},
    {.name = "torch-relu",
     .source = "published LeNet-5 2, PyTorch",
     .summary = "ReLU, max pooling; the document has no recipe, so Adam for 10 epochs",
     .architecture = ARCHITECTURE("torch-relu", relu_max_rows, LENET5_FIT_PAD, UNIT),
     .init = LENET5_INIT_PYTORCH,
     .training = {COMMON, PYTORCH_ADAM, .rate = 0.001, .epochs = 10, .batch_size = 64,
                  .validation = 0.1, .keep = LENET5_KEEP_LAST}},
    {.name = "keras-sgd",
     .source = "published LeNet-5 3, Keras",
     .summary = "tanh, mean subtracted, plain SGD for 20 epochs on 55,000, the last 5,000 held out",
     .architecture = ARCHITECTURE("keras-sgd", tanh_rows, LENET5_FIT_PAD, UNIT),
     .init = LENET5_INIT_GLOROT,
     .training = {COMMON, .optimizer = LENET5_OPTIMIZER_SGD, .rate = 0.01, .epsilon = 1e-7, .epochs = 20,
                  .batch_size = 32, .centring = LENET5_CENTRING_TRAIN, .validation = 5000,
                  .holdout = LENET5_HOLDOUT_LAST, .keep = LENET5_KEEP_LAST}},
    {.name = "torch-sigmoid",
     .source = "published LeNet-5 4, PyTorch",
     .summary = "sigmoid, none after F6, images enlarged to 32x32, 20 epochs of Adam on 80 %",
     .architecture = ARCHITECTURE("torch-sigmoid", sigmoid_rows, LENET5_FIT_RESIZE, UNIT),
     .init = LENET5_INIT_PYTORCH,
     .training = {COMMON, PYTORCH_ADAM, .rate = 0.001, .epochs = 20, .batch_size = 32,
                  .validation = 0.2}},
    {.name = "lecun1998",
     .source = "LeCun et al. 1998",
     .summary = "the paper's own network, loss and training: Table I, RBF outputs, single samples",
     .architecture = ARCHITECTURE("lecun1998", paper_rows, LENET5_FIT_PAD, PAPER),
     .init = LENET5_INIT_HE, /* docs/lecun1998.md says why not appendix A's */
     .training = {COMMON, .optimizer = LENET5_OPTIMIZER_SDLM, .rate = 0.0005, .schedule = LENET5_SCHEDULE_LECUN1998,
                  .weight_decay = 4e-4, .loss = LENET5_LOSS_MAP, .epochs = 20, .batch_size = 1,
                  .keep = LENET5_KEEP_LAST}},
};

/* clang-format on */

const struct lenet5_preset *lenet5_preset_at(int i)
{
    const int count = sizeof(presets) / sizeof(*presets);
    return i >= 0 && i < count ? &presets[i] : NULL;
}

const struct lenet5_preset *lenet5_preset(const char *name)
{
    const struct lenet5_preset *preset;
    for (int i = 0; (preset = lenet5_preset_at(i)); i++)
        if (strcmp(preset->name, name) == 0)
            return preset;
    return NULL;
}

struct lenet5_training lenet5_training_defaults(void)
{
    return presets[0].training;
}
