/*
 * The one table of training settings. A new setting needs a field in struct lenet5_training, a row
 * here, and its default in the presets: the range check, the command line, checkpoints and reports
 * follow.
 */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/near_miss.h"
#include "files/json.h"
#include "network/names.h"

/* clang-format off */

#define AT(field) .offset = offsetof(struct lenet5_training, field)
#define BOOL(field) .kind = LENET5_SETTING_BOOL, AT(field), .least = 0, .most = 1
#define INT(field, low, high) .kind = LENET5_SETTING_INT, AT(field), .least = low, .most = high
#define REAL(field, low, high) .kind = LENET5_SETTING_REAL, AT(field), .least = low, .most = high
#define CHOICE(field, list) .kind = LENET5_SETTING_CHOICE, AT(field), .words = list
#define INPUT .group = "Input"
#define AUGMENTATION .group = "Augmentation of training images"
#define SAMPLES .group = "Validation"
#define TRAINING .group = "Training"
#define OPTIMIZER .group = "Optimizer"
#define SCHEDULE .group = "Learning-rate schedule"
#define MACHINE .group = "Machine"

/* The keys are those of all checkpoints since version 0.1.0; so random_shift's is "shift". */
static const struct lenet5_setting settings[] = {
    {"centring", "centring", "centre", INPUT, CHOICE(centring, names_centrings), .rare = true,
     .help = "subtract the mean of the training images, or of each split, from the input"},

    {"shift", "random shift", "shift", AUGMENTATION, INT(random_shift, 0, LENET5_MAX_SIDE), .unit = "pixels", .rare = true,
     .help = "move each training image by up to N whole pixels, at random"},
    {"rotation", "rotation", "rotate", AUGMENTATION, REAL(augmentation.rotation, 0, 180), .unit = "degrees", .rare = true,
     .help = "rotate by up to X degrees"},
    {"scale", "scale", "scale", AUGMENTATION, REAL(augmentation.scale, 0, 2), .unit = "", .rare = true,
     .help = "change the size by a factor of up to exp(X): 0.1 = 0.9 to 1.1 times"},
    {"stretch", "stretch", "stretch", AUGMENTATION, REAL(augmentation.stretch, 0, 2), .unit = "", .rare = true,
     .help = "widen and flatten, or the reverse, by a factor of up to exp(X)"},
    {"shear", "shear", "shear", AUGMENTATION, REAL(augmentation.shear, 0, 10), .unit = "pixels per pixel", .rare = true,
     .help = "slant by up to X pixels sideways for each pixel up"},
    {"translate", "translation", "translate", AUGMENTATION, REAL(augmentation.translate, 0, LENET5_MAX_SIDE), .unit = "pixels", .rare = true,
     .help = "move by up to X pixels in both directions"},
    {"elastic", "elastic displacement", "elastic", AUGMENTATION, REAL(augmentation.elastic, 0, LENET5_MAX_SIDE), .unit = "pixels", .rare = true,
     .help = "bend smoothly: standard deviation of the displacement, in pixels"},
    {"elastic_sigma", "elastic smoothness", "elastic-sigma", AUGMENTATION, REAL(augmentation.elastic_sigma, 0, LENET5_MAX_SIDE), .unit = "pixels", .rare = true,
     .help = "smoothness of --elastic: standard deviation of its Gaussian filter, in pixels"},
    {"erase", "share of erased images", "erase", AUGMENTATION, REAL(augmentation.erase, 0, 1), .unit = "of the images", .rare = true,
     .help = "share of images in which a random rectangle is erased"},

    {"validation", "validation", "val-split", SAMPLES, REAL(validation, 0, 1e9), .unit = "",
     .help = "training images held out for validation: a share below 1, or a whole number of images"},
    {"holdout", "holdout", "holdout", SAMPLES, CHOICE(holdout, names_holdouts), .rare = true,
     .help = "which images are held out for validation"},

    {"epochs", "epochs", "epochs", .letter = 'e', TRAINING, INT(epochs, 1, 1e6), .unit = "epochs",
     .help = "number of passes over the training images"},
    {"batch_size", "batch size", "batch-size", .letter = 'b', TRAINING, INT(batch_size, 1, 1 << 20), .unit = "images",
     .help = "number of images per optimizer step"},
    {"loss", "loss", "loss", TRAINING, CHOICE(loss, names_losses),
     .help = "training loss, averaged over the batch (cross-entropy for most uses)"},
    {"map_j", "j of the loss", "map-j", TRAINING, REAL(map_j, -1e6, 1e6), .unit = "", .rare = true,
     .help = "constant j of the loss map: the penalty of belonging to no class (preset lecun1998)"},
    {"label_smoothing", "label smoothing", "label-smoothing", TRAINING, REAL(label_smoothing, 0, 1), .unit = "", .rare = true,
     .help = "share of the target that is spread evenly over all classes"},
    {"keep", "keep", "keep", TRAINING, CHOICE(keep, names_keeps), .rare = true,
     .help = "which epoch's weights to save: best by validation, or last"},
    {"patience", "patience", "patience", TRAINING, INT(patience, 0, 1e6), .unit = "epochs", .rare = true,
     .help = "stop after N epochs without a better validation result; 0 = never"},
    {"seed", "seed", "seed", .letter = 's', TRAINING, .kind = LENET5_SETTING_SEED, AT(seed),
     .help = "seed of all random numbers"},

    {"optimizer", "optimizer", "optimizer", OPTIMIZER, CHOICE(optimizer, names_optimizers),
     .help = "rule that updates the weights (sdlm: the 1998 paper's method)"},
    {"rate", "learning rate", "lr", .letter = 'l', OPTIMIZER, REAL(rate, 0, 1e30), .unit = "",
     .help = "peak learning rate; default 0.001 with --optimizer adam, adamw or sdlm"},
    {"momentum", "momentum", "momentum", OPTIMIZER, REAL(momentum, 0, 1), .below = true, .unit = "", .rare = true,
     .help = "momentum of sgd"},
    {"nesterov", "Nesterov momentum", "nesterov", OPTIMIZER, BOOL(nesterov), .rare = true,
     .help = "use Nesterov momentum in sgd"},
    {"beta1", "beta1", "beta1", OPTIMIZER, REAL(beta1, 0, 1), .below = true, .unit = "", .rare = true,
     .help = "decay of the mean of the gradients in adam and adamw"},
    {"beta2", "beta2", "beta2", OPTIMIZER, REAL(beta2, 0, 1), .below = true, .unit = "", .rare = true,
     .help = "decay of the mean of the squared gradients in adam and adamw"},
    {"epsilon", "epsilon", "epsilon", OPTIMIZER, REAL(epsilon, 0, 1), .unit = "", .rare = true,
     .help = "added to the denominator in adam and adamw"},
    {"epsilon_hat", "epsilon hat", "epsilon-hat", OPTIMIZER, BOOL(epsilon_hat), .rare = true,
     .help = "add epsilon before the bias correction, as Keras does, and not after, as PyTorch"},
    {"mu", "mu", "mu", OPTIMIZER, REAL(mu, 0, 1e12), .unit = "", .rare = true,
     .help = "mu of sdlm: each weight's learning rate is lr / (mu + its curvature) (preset lecun1998)"},
    {"curvature_samples", "curvature samples", "curvature-samples", OPTIMIZER, INT(curvature_samples, 0, 1e9), .unit = "images", .rare = true,
     .help = "training images on which sdlm estimates the curvature before each epoch (preset lecun1998)"},
    {"weight_decay", "weight decay", "weight-decay", OPTIMIZER, REAL(weight_decay, 0, 1e30), .unit = "", .rare = true,
     .help = "weight decay: L2 penalty, or decoupled for adamw"},

    {"schedule", "schedule", "schedule", SCHEDULE, CHOICE(schedule, names_schedules),
     .help = "how the learning rate changes during training"},
    {"warmup", "warm-up epochs", "warmup", SCHEDULE, REAL(warmup, 0, 1e6), .unit = "epochs", .rare = true,
     .help = "epochs in which the learning rate first rises linearly from 0"},
    {"step_epochs", "step epochs", "step-epochs", SCHEDULE, INT(step_epochs, 1, 1e6), .unit = "epochs", .rare = true,
     .help = "epochs between the steps of --schedule step"},
    {"step_gamma", "step gamma", "step-gamma", SCHEDULE, REAL(step_gamma, 0, 1e6), .unit = "", .rare = true,
     .help = "factor of the learning rate at each step of --schedule step"},

    {"threads", "threads", "threads", .letter = 't', MACHINE, INT(threads, 0, 64), .unit = "threads", .local = true,
     .help = "number of threads, which does not change the result; 0 = all CPUs"},
    {"backend", "backend", "backend", MACHINE, CHOICE(backend, names_backends),
     .help = "code that computes the layers: plain loops, BLAS, or direct convolution"},
};

/* clang-format on */

enum { SETTINGS = sizeof(settings) / sizeof(*settings) };

const struct lenet5_setting *lenet5_setting_at(int i)
{
    return i >= 0 && i < SETTINGS ? &settings[i] : NULL;
}

const struct lenet5_setting *lenet5_setting(const char *key)
{
    for (int i = 0; i < SETTINGS; i++)
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

static const void *field(const struct lenet5_setting *setting,
                         const struct lenet5_training *training)
{
    return (const char *)training + setting->offset;
}

double setting_number(const struct lenet5_setting *setting, const struct lenet5_training *training)
{
    const void *value = field(setting, training);
    switch (setting->kind) {
    case LENET5_SETTING_BOOL:
        return *(const bool *)value;
    case LENET5_SETTING_INT:
        return *(const int *)value;
    case LENET5_SETTING_CHOICE:
        return *(const unsigned *)value;
    case LENET5_SETTING_REAL:
        return *(const double *)value;
    case LENET5_SETTING_SEED:
        break;
    }
    return 0;
}

/* NULL for numbers. */
static const char *const *words_of(const struct lenet5_setting *setting)
{
    static const char *const switches[] = {"false", "true", NULL};
    return setting->kind == LENET5_SETTING_BOOL ? switches : setting->words;
}

static int word_count(const struct lenet5_setting *setting)
{
    int count = 0;
    while (setting->words[count])
        count++;
    return count;
}

/* NaN is out of every range. Betas are used as floats, and must be below 1 as such. */
static bool in_range(const struct lenet5_setting *setting, double value)
{
    if (setting->kind == LENET5_SETTING_CHOICE)
        return value < word_count(setting);
    return value >= setting->least && value <= setting->most &&
           !(setting->below && (float)value >= (float)setting->most);
}

/* "a number from 0 to below 1" or "one of sgd, adam" */
enum { EXPECTED_SIZE = 200 };
static void write_expected(char expected[EXPECTED_SIZE], const struct lenet5_setting *setting)
{
    const char *const *words = words_of(setting);
    int used = snprintf(expected, EXPECTED_SIZE, "one of ");
    if (setting->kind == LENET5_SETTING_SEED)
        snprintf(expected, EXPECTED_SIZE, "a whole number from 0 to %" PRIu64, UINT64_MAX);
    else if (!words)
        snprintf(expected, EXPECTED_SIZE, "a %snumber from %.10g to %s%.10g",
                 setting->kind == LENET5_SETTING_INT ? "whole " : "", setting->least,
                 setting->below ? "below " : "", setting->most);
    for (int i = 0; words && words[i] && used < EXPECTED_SIZE; i++)
        used += snprintf(expected + used, (size_t)(EXPECTED_SIZE - used), "%s%s", i ? ", " : "",
                         words[i]);
}

static enum lenet5_status check(const struct lenet5_setting *setting, double value,
                                struct lenet5_error *error)
{
    if (setting->kind == LENET5_SETTING_SEED)
        return LENET5_OK;
    char expected[EXPECTED_SIZE];
    write_expected(expected, setting);
    if (!in_range(setting, value))
        return fail(error, LENET5_ERROR_ARGUMENT, "%s is %.9g, expected %s", setting->name, value,
                    expected);
    if (value > 1 && value != trunc(value) && strcmp(setting->key, "validation") == 0)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "validation is %.9g, expected a share below 1 or a whole number of images",
                    value);
    return LENET5_OK;
}

/* The ranges that depend on other settings. */
static enum lenet5_status check_together(const struct lenet5_training *t,
                                         struct lenet5_error *error)
{
    const bool sdlm = t->optimizer == LENET5_OPTIMIZER_SDLM;
    if (t->warmup > t->epochs)
        return fail(error, LENET5_ERROR_ARGUMENT, "warm-up epochs are %g, expected 0 to %d epochs",
                    t->warmup, t->epochs);
    if (t->augmentation.elastic > 0 && t->augmentation.elastic_sigma < 0.6)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "elastic smoothness is %g, expected 0.6 or more with elastic displacement",
                    t->augmentation.elastic_sigma);
    if (sdlm && t->mu < 1e-12)
        return fail(error, LENET5_ERROR_ARGUMENT, "mu is %g, expected 1e-12 or more with sdlm",
                    t->mu);
    if (sdlm && t->curvature_samples < 1)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "curvature samples are %d, expected 1 or more with sdlm", t->curvature_samples);
    if (t->patience > 0 && t->validation == 0)
        return fail(error, LENET5_ERROR_ARGUMENT, "patience needs validation samples");
    return LENET5_OK;
}

enum lenet5_status settings_check(const struct lenet5_training *training,
                                  struct lenet5_error *error)
{
    enum lenet5_status status;
    if (!(status = check_reserved(training->reserved, "lenet5_training", error)))
        status = check_reserved(training->augmentation.reserved, "lenet5_augmentation", error);
    for (int i = 0; !status && i < SETTINGS; i++)
        status = check(&settings[i], setting_number(&settings[i], training), error);
    return status ? status : check_together(training, error);
}

/* As JSON writes it, so that the locale's decimal comma makes no difference. */
static bool parse_number(double *number, const char *text)
{
    char object[LENET5_SETTING_TEXT + 16];
    cJSON *json;
    const int length = snprintf(object, sizeof(object), "{\"value\":%s}", text);
    if (length >= (int)sizeof(object) ||
        json_parse(&json, object, (size_t)length, "", "setting", NULL))
        return false;
    const cJSON *value = json->child;
    const bool found = cJSON_GetArraySize(json) == 1 && cJSON_IsNumber(value);
    *number = found ? value->valuedouble : 0;
    cJSON_Delete(json);
    return found;
}

static bool parse(double *number, const struct lenet5_setting *setting, const char *text)
{
    const char *const *words = words_of(setting);
    if (words)
        return (*number = names_index(words, text)) >= 0;
    return parse_number(number, text) &&
           (setting->kind == LENET5_SETTING_REAL || *number == trunc(*number));
}

static bool parse_seed(uint64_t *seed, const char *text)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && !*end && !errno;
}

static void store(void *value, enum lenet5_setting_kind kind, double number)
{
    if (kind == LENET5_SETTING_BOOL)
        *(bool *)value = number != 0;
    else if (kind == LENET5_SETTING_REAL)
        *(double *)value = number;
    else
        *(int *)value = (int)number; /* enums are ints here */
}

/* The key of that option's setting, or the nearest key. */
static enum lenet5_status refuse_key(const char *key, struct lenet5_error *error)
{
    const char *keys[SETTINGS + 1] = {NULL};
    char hint[NEAR_MISS_SIZE];
    for (int i = 0; i < SETTINGS; i++)
        keys[i] = settings[i].key;
    near_miss_hint(hint, key, keys);
    for (int i = 0; i < SETTINGS; i++)
        if (strcmp(settings[i].option, key) == 0)
            near_miss_hint(hint, keys[i], (const char *const[]){keys[i], NULL});
    return fail(error, LENET5_ERROR_ARGUMENT, "there is no setting '%s'%s", key, hint);
}

enum lenet5_status lenet5_setting_set(struct lenet5_training *training, const char *key,
                                      const char *text, struct lenet5_error *error)
{
    const struct lenet5_setting *setting = lenet5_setting(key);
    double number = 0;
    uint64_t seed;
    if (!setting)
        return refuse_key(key, error);
    void *value = (char *)training + setting->offset;
    const bool is_seed = setting->kind == LENET5_SETTING_SEED;
    if (is_seed ? !parse_seed(&seed, text) : !parse(&number, setting, text)) {
        char expected[EXPECTED_SIZE];
        write_expected(expected, setting);
        return fail(error, LENET5_ERROR_ARGUMENT, "%s is '%s', expected %s", setting->name, text,
                    expected);
    }
    enum lenet5_status status = check(setting, number, error);
    if (status)
        return status;
    if (is_seed)
        *(uint64_t *)value = seed;
    else
        store(value, setting->kind, number);
    return LENET5_OK;
}

enum lenet5_status lenet5_setting_get(const struct lenet5_training *training, const char *key,
                                      char text[LENET5_SETTING_TEXT], struct lenet5_error *error)
{
    const struct lenet5_setting *setting = lenet5_setting(key);
    if (!setting)
        return refuse_key(key, error);
    const double number = setting_number(setting, training);
    if (setting->kind == LENET5_SETTING_CHOICE && !in_range(setting, number))
        return check(setting, number, error);
    if (setting->kind == LENET5_SETTING_SEED) {
        snprintf(text, LENET5_SETTING_TEXT, "%" PRIu64,
                 *(const uint64_t *)field(setting, training));
    } else if (setting->kind == LENET5_SETTING_INT || setting->kind == LENET5_SETTING_REAL) {
        cJSON *json = json_double(number);
        if (!json)
            return fail(error, LENET5_ERROR_MEMORY, "out of memory");
        snprintf(text, LENET5_SETTING_TEXT, "%s", json->valuestring);
        cJSON_Delete(json);
    } else {
        snprintf(text, LENET5_SETTING_TEXT, "%s", words_of(setting)[(int)number]);
    }
    return LENET5_OK;
}
