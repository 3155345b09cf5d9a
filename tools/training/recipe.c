#include "recipe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "dataset/augment_strengths.h"
#include "network/names.h"

enum { MAX_LAYERS = 32 };

const char *recipe_presets[RECIPE_PRESETS + 1];
const char *const recipe_activations[] = {"preset", "tanh", "sigmoid", "relu", "scaled-tanh", NULL};
const char *const recipe_poolings[] = {"preset", "avg", "max", "subsample", NULL};
const char *const recipe_f6s[] = {"preset", "off", "on", NULL};
const char *const recipe_scalings[] = {"preset", "unit", "standard", NULL};

/* What the places in the lists stand for; the first is never looked up. */
static const enum lenet5_layer_kind activations[] = {0, LENET5_LAYER_TANH, LENET5_LAYER_SIGMOID,
                                                     LENET5_LAYER_RELU, LENET5_LAYER_SCALED_TANH};
static const enum lenet5_layer_kind poolings[] = {0, LENET5_LAYER_AVG_POOL, LENET5_LAYER_MAX_POOL,
                                                  LENET5_LAYER_SUBSAMPLE};
enum { F6_OFF = 1, F6_ON };
static const struct {
    float scale, shift;
} scalings[] = {{0, 0}, {1.0f / 255, 0}, {1.0f / (255 * 0.3081f), -0.1307f / 0.3081f}};

void recipe_start(struct recipe *recipe)
{
    for (int i = 0; i < RECIPE_PRESETS && lenet5_preset_at(i); i++)
        recipe_presets[i] = lenet5_preset_at(i)->name;
    *recipe = (struct recipe){.dropout = -1};
    recipe_take_preset(recipe);
}

void recipe_take_preset(struct recipe *recipe)
{
    const struct lenet5_preset *preset = lenet5_preset_at((int)recipe->preset);
    recipe->init = preset->init;
    recipe->training = preset->training;
    recipe->with_test = preset->with_test;
    recipe->fit = preset->architecture.fit;
    if (recipe->augment)
        recipe->training.augmentation = augment_strength(recipe->augment);
}

static bool is_activation(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_TANH || kind == LENET5_LAYER_SIGMOID || kind == LENET5_LAYER_RELU ||
           kind == LENET5_LAYER_SCALED_TANH;
}

static bool is_pooling(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_AVG_POOL || kind == LENET5_LAYER_MAX_POOL ||
           kind == LENET5_LAYER_SUBSAMPLE;
}

/* The row of F6: the last dense one but the output. */
static int f6_row(const struct lenet5_architecture *architecture)
{
    int row = architecture->layer_count - 2;
    while (row > 0 && architecture->layers[row].kind != LENET5_LAYER_DENSE)
        row--;
    return row;
}

/* The preset's layers with the changes of the command line; the result points to rows. An exit code. */
static int change_architecture(struct lenet5_architecture *architecture,
                               struct lenet5_layer rows[MAX_LAYERS], const struct recipe *recipe)
{
    const struct lenet5_preset *preset = lenet5_preset_at((int)recipe->preset);
    const struct lenet5_architecture *from = &preset->architecture;
    const int f6 = f6_row(from);
    enum lenet5_layer_kind activation = from->layers[1].kind;
    int count = 0;
    bool drops = false;
    if (recipe->activation)
        activation = activations[recipe->activation];
    for (int i = 0; i < from->layer_count; i++) {
        struct lenet5_layer row = from->layers[i];
        const bool squashes = is_activation(row.kind);
        if (squashes && i == f6 + 1 && recipe->f6 == F6_OFF)
            continue;
        if (squashes)
            row.kind = activation;
        if (recipe->pooling && is_pooling(row.kind))
            row.kind = poolings[recipe->pooling];
        if (row.kind == LENET5_LAYER_DROPOUT && recipe->dropout >= 0)
            row.rate = (float)recipe->dropout;
        drops |= row.kind == LENET5_LAYER_DROPOUT;
        rows[count++] = row;
        if (i == f6 && recipe->f6 == F6_ON && !is_activation(from->layers[i + 1].kind))
            rows[count++] = (struct lenet5_layer){.kind = activation};
    }
    if (recipe->dropout > 0 && !drops)
        return cli_error(CLI_USAGE, "--dropout: the preset %s has no dropout layer", preset->name);
    *architecture = *from;
    architecture->layers = rows;
    architecture->layer_count = count;
    architecture->fit = recipe->fit;
    if (recipe->scaling) {
        architecture->scale = scalings[recipe->scaling].scale;
        architecture->shift = scalings[recipe->scaling].shift;
    }
    return CLI_OK;
}

/* The last row, and so the outputs, fitted to the data. */
static int fit_classes(struct lenet5_architecture *architecture,
                       struct lenet5_layer rows[MAX_LAYERS], int count, const char *const *names)
{
    struct lenet5_layer *last = &rows[architecture->layer_count - 1];
    if (names)
        architecture->classes = names;
    if (count == architecture->class_count)
        return CLI_OK;
    if (last->kind != LENET5_LAYER_DENSE)
        return cli_error(CLI_USAGE, "this preset tells %d classes apart, the data has %d",
                         architecture->class_count, count);
    last->outputs = architecture->class_count = count;
    return CLI_OK;
}

int recipe_network(struct lenet5_network **network, const struct recipe *recipe, int classes,
                   const char *const *names)
{
    struct lenet5_error error;
    struct lenet5_architecture architecture;
    struct lenet5_layer rows[MAX_LAYERS];
    int code = change_architecture(&architecture, rows, recipe);
    if (!code)
        code = fit_classes(&architecture, rows, classes, names);
    if (code)
        return code;
    return lenet5_network_create(network, &architecture, &error) ||
                   lenet5_network_initialise(*network, recipe->init, recipe->training.seed, &error)
               ? cli_fail(&error)
               : CLI_OK;
}

struct facts {
    struct report_fact *list;
    int count;
};

__attribute__((format(printf, 3, 4))) static void add(struct facts *facts, const char *name,
                                                      const char *format, ...)
{
    va_list arguments;
    if (facts->count == REPORT_MOST_FACTS)
        return;
    struct report_fact *fact = &facts->list[facts->count++];
    snprintf(fact->name, sizeof(fact->name), "%s", name);
    va_start(arguments, format);
    vsnprintf(fact->value, sizeof(fact->value), format, arguments);
    va_end(arguments);
}

/* Whether training uses the setting: some belong to one choice of another setting. */
static bool is_used(const struct lenet5_setting *setting, const struct lenet5_training *t)
{
    static const struct {
        const char *key, *of, *choice; /* the beginning of the choice: "adam" is adamw, too */
    } parts[] = {{"momentum", "optimizer", "sgd"},  {"nesterov", "optimizer", "sgd"},
                 {"beta1", "optimizer", "adam"},    {"beta2", "optimizer", "adam"},
                 {"epsilon", "optimizer", "adam"},  {"epsilon_hat", "optimizer", "adam"},
                 {"mu", "optimizer", "sdlm"},       {"curvature_samples", "optimizer", "sdlm"},
                 {"map_j", "loss", "map"},          {"step_epochs", "schedule", "step"},
                 {"step_gamma", "schedule", "step"}};
    char value[LENET5_SETTING_TEXT];
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (strcmp(setting->key, parts[i].key) == 0)
            return !lenet5_setting_get(t, parts[i].of, value, NULL) &&
                   strncmp(value, parts[i].choice, strlen(parts[i].choice)) == 0;
    return strcmp(setting->key, "elastic_sigma") != 0 || t->augmentation.elastic > 0;
}

/* Settings that are 0 are off and left out. */
int recipe_facts(struct report_fact list[REPORT_MOST_FACTS], const struct recipe *recipe,
                 const char *from, const struct lenet5_result *result)
{
    const struct lenet5_training *t = &recipe->training;
    const struct lenet5_setting *setting;
    struct facts facts = {.list = list};
    if (from) {
        add(&facts, "initial weights", "of %s", from);
    } else {
        add(&facts, "preset", "%s", recipe_presets[recipe->preset]);
        add(&facts, "initial weights", "%s", names_inits[recipe->init]);
    }
    add(&facts, "epochs trained", "%d of %d, weights of epoch %d kept", result->epochs, t->epochs,
        result->kept_epoch);
    add(&facts, "training time", "%.1f s, %.0f samples/s", result->train_seconds,
        result->samples_per_second);
    if (recipe->with_test)
        add(&facts, "test images", "among the training images, and held out for validation");
    for (int i = 0; (setting = lenet5_setting_at(i)); i++) {
        char value[LENET5_SETTING_TEXT];
        if (is_used(setting, t) && !lenet5_setting_get(t, setting->key, value, NULL) &&
            (strcmp(value, "0") != 0 || setting->kind == LENET5_SETTING_SEED))
            add(&facts, setting->name, setting->unit && *setting->unit ? "%s %s" : "%s", value,
                setting->unit);
    }
    return facts.count;
}

static void print_held_out(const struct lenet5_preset *preset)
{
    const struct lenet5_training *t = &preset->training;
    if (t->validation < 1)
        printf("%g %% held out (%s)", 100 * t->validation, names_holdouts[t->holdout]);
    else
        printf("%g held out (%s)", t->validation, names_holdouts[t->holdout]);
}

int recipe_list_presets(void)
{
    const struct lenet5_preset *preset;
    for (int i = 0; (preset = lenet5_preset_at(i)); i++) {
        const struct lenet5_training *t = &preset->training;
        printf("%s%s (%s)\n    %s\n", i ? "\n" : "", preset->name, preset->source, preset->summary);
        printf("    %s, %s %g, batch %d, %d epochs, initial weights %s, ", names_losses[t->loss],
               names_optimizers[t->optimizer], t->rate, t->batch_size, t->epochs,
               names_inits[preset->init]);
        print_held_out(preset);
        putchar('\n');
    }
    exit(CLI_OK);
}
