/* lenet5-train: trains LeNet-5, writes a model file and says how good it is. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/config_file.h"
#include "cli/json_output.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "dataset/augment_strengths.h"
#include "dataset/data.h"
#include "report/history.h"
#include "report/html_report.h"
#include "report/tensorboard.h"
#include "training/checkpoints.h"
#include "training/recipe.h"
#include "training/selftest.h"
#include "training/subsets.h"

static struct recipe recipe;

static struct {
    const char *data, *out, *from, *history, *report, *tensorboard;
    bool json, self_test, watch;
    int halvings;
} settings = {.out = "lenet5.safetensors"};

static struct checkpoints checkpoints = {.every = "1epoch"};

/* Of --preset, and of --augment, which stands for several values too. */
static int apply_preset_values(void)
{
    recipe_take_preset(&recipe);
    return CLI_OK;
}

static int list_presets(void)
{
    recipe_list_presets();
    exit(CLI_OK);
}

static bool listed;

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Files"},
    {CLI_TEXT, "data", 'd', "DIR|NAME", DATA_HELP, .target = &settings.data},
    {CLI_TEXT, "out", 'o', "FILE", "the model file to write", .target = &settings.out,
     .local = true},
    {CLI_CONFIG, "config", 'c', "FILE",
     "take the options of a run, as it is written beside each model; others here change it",
     .local = true},
    {CLI_TEXT, "from", 'f', "FILE", "start from this model file", .target = &settings.from},
    {CLI_TEXT, "history", 0, "FILE",
     "write a line per epoch: CSV, or JSON Lines if it ends in .jsonl; with --from lines are added",
     .target = &settings.history, .local = true},
    {CLI_TEXT, "tensorboard", 0, "DIR", "write the curves for TensorBoard",
     .target = &settings.tensorboard, .local = true},
    {CLI_TEXT, "report", 0, "DIR", "write a page with curves and pictures",
     .target = &settings.report, .local = true},
    {CLI_SET, "watch", 0, NULL,
     "after each epoch, find the errors on all training and test images, for the history and the "
     "report alone",
     .target = &settings.watch, .local = true},
    {CLI_INT, "halvings", 0, "N",
     "first train on fewer images, N times halved, for the error by their number",
     &settings.halvings, .range = {0, SUBSETS_MOST, false}, .local = true},
    {CLI_SET, "json", 0, NULL, "print the result as JSON", .target = &settings.json, .local = true},

    {CLI_GROUP, .help = "Going on after a crash"},
    {CLI_TEXT, "checkpoint", 0, "FILE",
     "keep where training stands in this file, the one before in FILE.previous",
     .target = &checkpoints.path, .local = true},
    {CLI_TEXT, "checkpoint-every", 0, "N[s|steps|epochs]", "how often",
     .target = &checkpoints.every, .local = true},
    {CLI_SET, "resume", 0, NULL, "go on from the checkpoint; all other options as they were",
     .target = &checkpoints.resume, .local = true},

    {CLI_GROUP, .help = "Preset: the network and its recipe, which the options below change"},
    {CLI_CHOICE, "preset", 'p', "NAME", "which", &recipe.preset, .choices = recipe_presets,
     .apply = apply_preset_values},
    {CLI_SET, "list-presets", 0, NULL, "say what they are", .target = &listed, .local = true,
     .apply = list_presets},

    {CLI_GROUP, .help = "Network", .rare = true},
    {CLI_CHOICE, "activation", 0, "KIND", "of all layers", &recipe.activation,
     .choices = recipe_activations},
    {CLI_CHOICE, "f6-activation", 0, "KIND", "after F6, the layer of 84", &recipe.f6,
     .choices = recipe_f6s},
    {CLI_CHOICE, "pooling", 0, "KIND", "of both layers", &recipe.pooling,
     .choices = recipe_poolings},
    {CLI_REAL, "dropout", 0, "X",
     "share of units dropped, where the preset has dropout; -1 = its own", &recipe.dropout,
     .range = {-1, 1, true}},
    {CLI_CHOICE, "init", 0, "KIND", "how the weights start", &recipe.init, .choices = names_inits},

    {CLI_GROUP, .help = "Input", .rare = true},
    {CLI_CHOICE, "fit", 0, "KIND", "how 28x28 pixels become 32x32", &recipe.fit,
     .choices = names_fits},
    {CLI_CHOICE, "scaling", 0, "KIND", "0 to 1, or mean 0 and variance 1 over MNIST's pixels",
     &recipe.scaling, .choices = recipe_scalings},
    {CLI_CHOICE, "centre", 0, "KIND", "subtract the training samples' mean, or each split's own",
     &recipe.training.centring, .choices = names_centrings},
    {CLI_INT, "shift", 0, "N", "move training images by up to N pixels", &recipe.training.shift,
     .range = {0, LENET5_MAX_SIDE, false}},

    {CLI_GROUP, .help = "Distortion of training images: the largest values", .rare = true},
    {CLI_CHOICE, "augment", 0, "KIND", "all of the values below at once", &recipe.augment,
     .choices = augment_names, .apply = apply_preset_values},
    {CLI_REAL, "rotate", 0, "X", "degrees", &recipe.training.augmentation.rotation,
     .range = {0, 180, false}},
    {CLI_REAL, "scale", 0, "X", "logarithm of the size: 0.1 = 0.9 to 1.1 times",
     &recipe.training.augmentation.scale, .range = {0, 2, false}},
    {CLI_REAL, "stretch", 0, "X", "likewise, wider and lower or the other way round",
     &recipe.training.augmentation.stretch, .range = {0, 2, false}},
    {CLI_REAL, "shear", 0, "X", "pixels to the side for a pixel up",
     &recipe.training.augmentation.shear, .range = {0, 10, false}},
    {CLI_REAL, "translate", 0, "X", "pixels", &recipe.training.augmentation.translate,
     .range = {0, LENET5_MAX_SIDE, false}},
    {CLI_REAL, "elastic", 0, "X", "standard deviation of a smooth displacement, pixels",
     &recipe.training.augmentation.elastic, .range = {0, LENET5_MAX_SIDE, false}},
    {CLI_REAL, "elastic-sigma", 0, "X", "how smooth, pixels",
     &recipe.training.augmentation.elastic_sigma, .range = {0.6, LENET5_MAX_SIDE, false}},
    {CLI_REAL, "erase", 0, "X", "share of images that lose a rectangle",
     &recipe.training.augmentation.erase, .range = {0, 1, false}},

    {CLI_GROUP, .help = "Samples", .rare = true},
    {CLI_REAL, "val-split", 0, "X", "held out for validation: below 1 a share, else a number",
     &recipe.training.validation, .range = {0, 1e9, false}},
    {CLI_CHOICE, "holdout", 0, "KIND", "which of them", &recipe.training.holdout,
     .choices = names_holdouts},
    {CLI_SET, "with-test", 0, NULL, "append the test images before holding out the last ones",
     .target = &recipe.with_test},
    {CLI_CLEAR, "no-with-test", 0, NULL, "do not", .target = &recipe.with_test},

    {CLI_GROUP, .help = "Training"},
    {CLI_INT, "epochs", 'e', "N", "passes over the training images", &recipe.training.epochs,
     .range = {1, 100000, false}},
    {CLI_INT, "batch-size", 'b', "N", "images per step", &recipe.training.batch_size,
     .range = {1, 65536, false}},
    {CLI_CHOICE, "loss", 0, "KIND", "what is made small", &recipe.training.loss,
     .choices = names_losses},
    {CLI_REAL, "map-j", 0, "X", "of the loss map: the penalty of belonging to no class",
     &recipe.training.map_j, .range = {-1e6, 1e6, false}},
    {CLI_REAL, "label-smoothing", 0, "X", "share of the target spread over all classes",
     &recipe.training.label_smoothing, .range = {0, 1, false}},
    {CLI_CHOICE, "keep", 0, "KIND", "which epoch's weights: the best by validation, or the last",
     &recipe.training.keep, .choices = names_keeps},
    {CLI_INT, "patience", 0, "N", "stop after N epochs without a better validation; 0 = never",
     &recipe.training.patience, .range = {0, 100000, false}},
    {CLI_SEED, "seed", 's', "N", "start of all random choices", .target = &recipe.training.seed},

    {CLI_GROUP, .help = "Optimizer"},
    {CLI_CHOICE, "optimizer", 0, "KIND", "how a step is made", &recipe.training.optimizer,
     .choices = names_optimizers, .given = &recipe.optimizer_given},
    {CLI_REAL, "lr", 'l', "X",
     "the learning rate; 0.001 if only --optimizer adam, adamw or sdlm is given",
     &recipe.training.rate, .range = {0, 1e30, false}, .given = &recipe.rate_given},
    {CLI_REAL, "momentum", 0, "X", "of sgd", &recipe.training.momentum, .range = {0, 1, true}},
    {CLI_SET, "nesterov", 0, NULL, "Nesterov's momentum", .target = &recipe.training.nesterov},
    {CLI_CLEAR, "no-nesterov", 0, NULL, "plain momentum", .target = &recipe.training.nesterov},
    {CLI_REAL, "beta1", 0, "X", "of adam and adamw", &recipe.training.beta1, .range = {0, 1, true}},
    {CLI_REAL, "beta2", 0, "X", "of adam and adamw", &recipe.training.beta2, .range = {0, 1, true}},
    {CLI_REAL, "epsilon", 0, "X", "of adam and adamw", &recipe.training.epsilon,
     .range = {0, 1, false}},
    {CLI_SET, "epsilon-hat", 0, NULL, "epsilon as in Keras, before the correction",
     .target = &recipe.training.epsilon_hat},
    {CLI_CLEAR, "no-epsilon-hat", 0, NULL, "epsilon as in PyTorch, behind it",
     .target = &recipe.training.epsilon_hat},
    {CLI_REAL, "mu", 0, "X", "of sdlm: rates are lr / (mu + curvature)", &recipe.training.mu,
     .range = {1e-9, 1e9, false}},
    {CLI_INT, "curvature-samples", 0, "N", "of sdlm: images that it is estimated on, each epoch",
     &recipe.training.curvature_samples, .range = {1, 1000000, false}},
    {CLI_REAL, "weight-decay", 0, "X", "decoupled for adamw", &recipe.training.weight_decay,
     .range = {0, 1e3, false}},

    {CLI_GROUP, .help = "Learning rate over time", .rare = true},
    {CLI_CHOICE, "schedule", 0, "KIND", "its course", &recipe.training.schedule,
     .choices = names_schedules},
    {CLI_REAL, "warmup", 0, "X", "epochs of linear rise before it", &recipe.training.warmup,
     .range = {0, 1e5, false}},
    {CLI_INT, "step-epochs", 0, "N", "step: epochs between drops", &recipe.training.step_epochs,
     .range = {1, 100000, false}},
    {CLI_REAL, "step-gamma", 0, "X", "step: the factor of a drop", &recipe.training.step_gamma,
     .range = {0, 1, false}},

    {CLI_GROUP, .help = "Machine"},
    {CLI_INT, "threads", 't', "N", "the result is the same on any number; 0 = all CPUs",
     &recipe.training.threads, .range = {0, 64, false}, .local = true},
    {CLI_CHOICE, "backend", 0, "KIND", "who computes", &recipe.training.backend,
     .choices = names_backends},
    {CLI_SET, "self-test", 0, NULL, "check this machine's BLAS and that training repeats itself",
     .target = &settings.self_test, .local = true},
};

static const struct cli_example examples[] = {
    {"lenet5-train --data mnist --report report",
     "train on MNIST and write an HTML report to the directory report"},
    {"lenet5-train --preset lenet5-tanh --epochs 5 --seed 2 --out tanh.safetensors",
     "train another preset for 5 epochs, with another seed"},
    {"lenet5-train --config tanh.json --epochs 10 --out longer.safetensors",
     "repeat that run for more epochs; its options are beside its model"},
    {NULL, NULL}};

static const struct cli_program program = {
    "lenet5-train",
    "[OPTION...]",
    "Trains LeNet-5 on MNIST, or on built-in digits where there is none, and writes a model file.",
    options,
    sizeof(options) / sizeof(options[0]),
    examples};

/* The course of one run. */
struct job {
    struct data data;
    struct lenet5_dataset *train, *test;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct progress progress;
    struct history history;
    struct tensorboard tensorboard;
    struct lenet5_result result;
    double *measured; /* (2, epochs): loss and accuracy on samples trained on, for the report */
    size_t sample;    /* how many */
    double *errors; /* (2, epochs): on the training and the test images, NaN where nobody looked */
    struct subset subsets[SUBSETS_MOST]; /* settings.halvings of them */
    struct lenet5_classifier *classifier;
    struct lenet5_evaluation evaluation;
};

static volatile sig_atomic_t signal_caught;

/* The first one lets the batch end; the next ends the program. */
static void on_signal(int number)
{
    signal_caught = number;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static void catch_signal(int number)
{
    /* Ignored from the start means that the shell keeps it from a background job. */
    if (signal(number, on_signal) == SIG_IGN)
        signal(number, SIG_IGN);
}

/* Found out now instead of after an hour of training. */
static int check_output(const char *path)
{
    struct stat info;
    if (!stat(path, &info) && !S_ISREG(info.st_mode))
        return cli_error(CLI_IO, "--out: %s is there and is no regular file", path);
    const char *slash = strrchr(path, '/');
    if (slash && !slash[1])
        return cli_error(CLI_USAGE, "--out: expected a file, found '%s'", path);

    char directory[PATHS_SIZE] = ".";
    if (slash)
        snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path);
    if (access(directory, W_OK | X_OK))
        return cli_error(CLI_IO, "--out: cannot write into %s: %s", directory, strerror(errno));
    return CLI_OK;
}

/* Of the weights as they are: nothing is decided by it. NaN where it is not known. */
static double error_on(struct job *job, const struct lenet5_dataset *data)
{
    struct lenet5_error error;
    if (!settings.watch || lenet5_evaluate(job->classifier, &job->evaluation, data, &error))
        return NAN;
    return 1 - job->evaluation.accuracy;
}

/* On as many samples as validation, so that it costs as little. */
static void measure(struct job *job, int epoch)
{
    struct lenet5_error error;
    if (!settings.report ||
        lenet5_trainer_evaluate(job->trainer, &job->evaluation, job->sample, &error))
        return;
    job->measured[epoch - 1] = job->evaluation.loss;
    job->measured[recipe.training.epochs + epoch - 1] = job->evaluation.accuracy;
}

static int on_progress(void *user, const struct lenet5_progress *now)
{
    struct job *job = user;
    progress_update(&job->progress, now);
    if (now->epoch_done) {
        measure(job, now->epoch);
        const double errors[2] = {error_on(job, job->train), error_on(job, job->test)};
        for (int i = 0; i < 2; i++)
            job->errors[i * recipe.training.epochs + now->epoch - 1] = errors[i];
        history_add(&job->history, now, errors);
        tensorboard_add(&job->tensorboard, now);
    }
    const int stop = signal_caught;
    checkpoints_update(&checkpoints, now, stop);
    return stop;
}

/* The test images among those for training, for recipes that hold them out again (seed 0). */
static int append_test(struct job *job)
{
    struct lenet5_error error;
    struct lenet5_dataset *joined;
    const struct lenet5_training *t = &recipe.training;
    const size_t train = lenet5_dataset_count(job->train), test = lenet5_dataset_count(job->test);
    if (lenet5_dataset_join(&joined, job->train, job->test, &error))
        return cli_fail(&error);
    lenet5_dataset_destroy(job->train);
    job->train = joined;
    /* As the trainer counts: floor(all * (1 - share)) are trained on. */
    const double trained = t->validation < 1 ? (double)(train + test) * (1 - t->validation)
                                             : (double)(train + test) - t->validation;
    if (t->holdout != LENET5_HOLDOUT_LAST || floor(trained) > (double)train)
        return cli_error(CLI_USAGE,
                         "--with-test: of %zu + %zu images the %zu test images have to be "
                         "held out, so --holdout last and --val-split %zu at least",
                         train, test, test, test);
    cli_note(
        "the %zu test images are among those held out: validation and test are not independent",
        test);
    return CLI_OK;
}

static int create_network(struct job *job)
{
    struct lenet5_error error;
    if (settings.from)
        return lenet5_model_load(&job->network, settings.from, &error) ? cli_fail(&error) : CLI_OK;
    return recipe_network(&job->network, &recipe, lenet5_dataset_classes(job->train),
                          data_class_names(&job->data));
}

/*
 * Where there are checkpoints the file is this run's alone: what a resumed run writes anew, because the
 * killed one may have got further than its last checkpoint.
 */
static int open_history(struct job *job)
{
    int count;
    const struct lenet5_progress *epochs = lenet5_trainer_epochs(job->trainer, &count);
    const int code = history_open(&job->history, settings.history,
                                  settings.from && !checkpoints.resume, settings.watch);
    if (code)
        return code;
    if (checkpoints.path && job->history.before > 0)
        return cli_error(
            CLI_USAGE,
            "--history: %s has another run's %d epochs; with --checkpoint it has to be "
            "a new file",
            settings.history, job->history.before);
    for (int i = 0; i < count; i++)
        history_add(&job->history, &epochs[i], (const double[2]){NAN, NAN});
    return CLI_OK;
}

static int prepare(struct job *job)
{
    struct lenet5_error error;
    int code;
    if (checkpoints.path && strcmp(checkpoints.path, settings.out) == 0)
        return cli_error(CLI_USAGE, "--checkpoint and --out: expected two files, found '%s' twice",
                         settings.out);
    if ((code = check_output(settings.out)) || (code = checkpoints_check(&checkpoints)) ||
        (settings.report && (code = html_report_check(settings.report))) ||
        (code = data_read(&job->data, &job->train, LENET5_SPLIT_TRAIN)) ||
        (code = data_read(&job->data, &job->test, LENET5_SPLIT_TEST)) ||
        (recipe.with_test && (code = append_test(job))) || (code = create_network(job)))
        return code;
    if (lenet5_trainer_create(&job->trainer, job->network, job->train, &recipe.training, &error))
        return cli_fail(&error);
    if (recipe.training.loss == LENET5_LOSS_CROSS_ENTROPY_TWICE)
        cli_note(
            "--loss cross-entropy-twice takes the softmax of a softmax: the loss stays above 1.46 "
            "for 10 classes and gradients are weak; cross-entropy is what is usually meant");
    const size_t epochs = (size_t)recipe.training.epochs;
    job->errors = malloc(4 * epochs * sizeof(*job->errors));
    if (!job->errors)
        return cli_error(CLI_MEMORY, "out of memory");
    for (size_t i = 0; i < 4 * epochs; i++)
        job->errors[i] = NAN;
    job->measured = job->errors + 2 * epochs;
    const size_t trained = lenet5_trainer_train_samples(job->trainer);
    const size_t held_out = lenet5_trainer_validation_samples(job->trainer);
    job->sample = held_out == 0 ? (trained + 9) / 10 : held_out < trained ? held_out : trained;
    if (lenet5_classifier_create(&job->classifier, job->network, recipe.training.backend,
                                 recipe.training.threads, &error))
        return cli_fail(&error);
    if (!(code = checkpoints_open(&checkpoints, job->trainer)))
        code = tensorboard_open(&job->tensorboard, settings.tensorboard);
    return code ? code : open_history(job);
}

/* So that the shell reads back the same word. */
static void print_quoted(const char *word)
{
    bool plain = *word;
    for (const char *c = word; *c; c++)
        plain &= isalnum((unsigned char)*c) || strchr("%+,-./:=@_", *c);
    if (plain) {
        fprintf(stderr, " %s", word);
        return;
    }
    fputs(" '", stderr);
    for (; *word; word++)
        *word == '\'' ? fputs("'\\''", stderr) : fputc(*word, stderr);
    fputc('\'', stderr);
}

static int report_signal(const struct job *job, char **argv)
{
    char kept[32] = "the weights as they were";
    if (job->result.kept_epoch)
        snprintf(kept, sizeof(kept), "epoch %d's weights", job->result.kept_epoch);
    cli_note("interrupted after %d epoch%s; saved %s with %s", job->result.epochs,
             job->result.epochs == 1 ? "" : "s", settings.out, kept);
    if (!cli_quiet) {
        fputs("To go on:", stderr);
        for (int i = 0; argv[i]; i++)
            print_quoted(argv[i]);
        if (checkpoints.path && !checkpoints.code) {
            fputs(checkpoints.resume ? "" : " --resume", stderr);
        } else {
            fputs(" --from", stderr);
            print_quoted(settings.out);
        }
        fputc('\n', stderr);
    }
    const int code = checkpoints_close(&checkpoints);
    return code ? code : CLI_SIGNAL + signal_caught;
}

/* Beside the model, so that --config can repeat it: where the images were found is part of it. */
static int write_run(const struct job *job)
{
    settings.data = data_name(&job->data);
    return config_file_write(settings.out, &program);
}

/* Trains and saves. */
static int train(struct job *job, char **argv)
{
    struct lenet5_error error;
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    int code = settings.halvings ? subsets_train(job->subsets, settings.halvings, &recipe,
                                                 data_class_names(&job->data), job->train,
                                                 job->test, &signal_caught)
                                 : CLI_OK;
    if (code)
        return code;
    int done;
    lenet5_trainer_epochs(job->trainer, &done);
    if (checkpoints.resume)
        cli_note("%s: going on after %d of %d epochs", checkpoints.path, done,
                 recipe.training.epochs);
    progress_start(&job->progress, (double)done / recipe.training.epochs);
    enum lenet5_status status = lenet5_trainer_run(job->trainer, &job->result, on_progress, job,
                                                   &error);
    progress_clear(&job->progress);
    if (status && status != LENET5_STOPPED) {
        int code = cli_fail(&error);
        cli_note("no model is saved");
        return code;
    }
    if (lenet5_model_save(job->network, settings.out, &error))
        return cli_fail(&error);
    if (signal_caught)
        return report_signal(job, argv);
    code = write_run(job);
    if (!code)
        code = tensorboard_close(&job->tensorboard);
    return code ? code : history_close(&job->history);
}

static int evaluate(struct job *job)
{
    struct lenet5_error error;
    return (recipe.training.centring == LENET5_CENTRING_EACH &&
            lenet5_classifier_centre(job->classifier, job->test, &error)) ||
                   lenet5_evaluate(job->classifier, &job->evaluation, job->test, &error)
               ? cli_fail(&error)
               : CLI_OK;
}

static struct cJSON *make_json(const struct job *job)
{
    const struct lenet5_evaluation *test = &job->evaluation;
    size_t wrong = test->samples - test->correct;
    char hex[65];
    lenet5_network_sha256(job->network, hex);

    struct cJSON *json = json_document("lenet5-train/1");
    json_text(json, "preset", settings.from ? NULL : recipe_presets[recipe.preset]);
    json_text(json, "model", lenet5_network_architecture(job->network)->name);
    json_count(json, "parameters", lenet5_network_parameter_count(job->network));
    json_text(json, "backend", lenet5_backend_string(recipe.training.backend));
    json_count(json, "threads", (uint64_t)recipe.training.threads);
    json_count(json, "seed", recipe.training.seed);
    json_text(json, "data", data_name(&job->data));
    json_count(json, "epochs", (uint64_t)job->result.epochs);
    json_count(json, "best_epoch", (uint64_t)job->result.best_epoch);
    json_count(json, "kept_epoch", (uint64_t)job->result.kept_epoch);
    json_count(json, "train_samples", lenet5_trainer_train_samples(job->trainer));
    json_real(json, "train_seconds", job->result.train_seconds);
    json_real(json, "samples_per_second", job->result.samples_per_second);
    json_real(json, "train_loss", job->result.train_loss);
    json_real(json, "val_accuracy", job->result.val_accuracy);
    json_real(json, "test_accuracy", test->accuracy);
    json_real(json, "test_error", (double)wrong / (double)test->samples);
    json_real(json, "test_loss", test->loss);
    struct cJSON *subsets = json_array(json, "subsets");
    for (int i = 0; i < settings.halvings; i++) {
        struct cJSON *subset = json_object(subsets, NULL);
        json_count(subset, "samples", job->subsets[i].samples);
        json_real(subset, "test_error", job->subsets[i].error);
    }
    config_file_add(json_object(json, "recipe"), &program);
    int count;
    const struct lenet5_progress *epochs = lenet5_trainer_epochs(job->trainer, &count);
    history_json(json_array(json, "curve"), epochs, count);
    json_text(json, "weights_sha256", hex);
    json_text(json, "out", settings.out);
    return json;
}

static int write_report(const struct job *job, const struct cJSON *json, char **argv)
{
    struct report_fact facts[REPORT_MOST_FACTS];
    int count;
    const struct lenet5_progress *epochs = lenet5_trainer_epochs(job->trainer, &count);
    double sizes[SUBSETS_MOST + 1], errors[SUBSETS_MOST + 1];
    for (int i = 0; i < settings.halvings; i++) {
        sizes[i] = (double)job->subsets[i].samples;
        errors[i] = job->subsets[i].error;
    }
    sizes[settings.halvings] = (double)lenet5_dataset_count(job->train);
    errors[settings.halvings] = 1 - job->evaluation.accuracy;
    const struct report_data page = {
        .network = job->network,
        .classifier = job->classifier,
        .evaluation = &job->evaluation,
        .evaluated = job->test,
        .samples = job->train,
        .data_name = data_name(&job->data),
        .split_name = "test",
        .epochs = epochs,
        .epoch_count = count,
        .train_losses = job->measured,
        .train_accuracies = job->measured + recipe.training.epochs,
        .train_samples = job->sample,
        .validation_samples = lenet5_trainer_validation_samples(job->trainer),
        .loss = names_losses[recipe.training.loss],
        .train_errors = settings.watch ? job->errors : NULL,
        .errors = settings.watch ? job->errors + recipe.training.epochs : NULL,
        .sizes = sizes,
        .size_errors = errors,
        .size_count = settings.halvings ? settings.halvings + 1 : 0,
        .facts = facts,
        .fact_count = recipe_facts(facts, &recipe, settings.from, &job->result),
        .arguments = argv,
        .numbers = json};
    return html_report_write(settings.report, &page);
}

static void print_summary(const struct job *job)
{
    const struct lenet5_evaluation *test = &job->evaluation;
    printf("test accuracy  %.2f %%\n", 100 * test->accuracy);
    printf("test error     %.2f %% (%zu of %zu)\n", 100 * (1 - test->accuracy),
           test->samples - test->correct, test->samples);
    printf("test loss      %.4f\n", test->loss);
    printf("speed          %.0f samples/s in training (%s, threads: %d)\n",
           job->result.samples_per_second, lenet5_backend_string(recipe.training.backend),
           recipe.training.threads);
    printf("data           %s\n", data_name(&job->data));
    printf("model          %s\n", settings.out);
    if (settings.report)
        printf("report         %s/report.html\n", settings.report);
}

int main(int argc, char **argv)
{
    static struct job job;
    recipe_start(&recipe);
    int first = cli_start(&program, argc, argv);
    if (first < argc)
        return cli_error(CLI_USAGE, "expected options only, found '%s'", argv[first]);
    if (settings.halvings && (settings.from || recipe.with_test))
        return cli_error(CLI_USAGE, "--halvings: not with --%s",
                         settings.from ? "from" : "with-test");
    if (recipe.optimizer_given && recipe.training.optimizer != LENET5_OPTIMIZER_SGD &&
        !recipe.rate_given)
        recipe.training.rate = 0.001;
    if (settings.self_test)
        return selftest(&recipe, settings.json);
    recipe.training.threads = cli_threads(recipe.training.threads);
    job.data.directory = settings.data;

    int code;
    struct cJSON *json = NULL;
    if ((code = prepare(&job)) || (code = train(&job, argv)) || (code = evaluate(&job)))
        goto out;
    json = make_json(&job);
    if (settings.report && (code = write_report(&job, json, argv)))
        goto out;
    if (settings.json) {
        json_print(json);
        json = NULL;
    } else {
        print_summary(&job);
    }
    code = checkpoints_close(&checkpoints);

out:
    json_free(json);
    history_close(&job.history);
    lenet5_checkpoint_close(checkpoints.file);
    tensorboard_close(&job.tensorboard);
    free(job.errors);
    lenet5_classifier_destroy(job.classifier);
    lenet5_trainer_destroy(job.trainer);
    lenet5_network_destroy(job.network);
    lenet5_dataset_destroy(job.test);
    lenet5_dataset_destroy(job.train);
    return code;
}
