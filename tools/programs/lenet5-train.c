/* lenet5-train: trains LeNet-5, writes a model file and prints its accuracy. */
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
#include "cli/progress.h"
#include "dataset/augment_strengths.h"
#include "dataset/data.h"
#include "network/names.h"
#include "report/history.h"
#include "report/html_report.h"
#include "report/tensorboard.h"
#include "training/checkpoints.h"
#include "training/learning_curve.h"
#include "training/recipe.h"
#include "training/selftest.h"
#include "training/training_options.h"

static struct recipe recipe;

static struct {
    const char *data, *out, *from, *history, *report, *tensorboard;
    bool json, self_test, watch;
    int halvings;
} settings = {.out = "lenet5.safetensors"};

static struct checkpoints checkpoints = {.every = "1epoch"};

/* For --preset, and for --augment, which also sets several values. */
static int apply_preset_values(void)
{
    recipe_take_preset(&recipe);
    return CLI_OK;
}

static bool listed;

/* Those that are not settings of training; training_options adds the settings by their groups. */
static const struct cli_option own_options[] = {
    {CLI_GROUP, .help = "Files"},
    {CLI_TEXT, "data", 'd', "DIR|NAME", DATA_HELP, .target = &settings.data},
    {CLI_TEXT, "out", 'o', "FILE", "model file to write", .target = &settings.out, .local = true},
    {CLI_CONFIG, "config", 'c', "FILE",
     "read options from FILE: training writes one beside each model, with the ending .json; "
     "options on the command line override it",
     .local = true},
    {CLI_TEXT, "from", 'f', "FILE", "start from the weights of this model file",
     .target = &settings.from},
    {CLI_TEXT, "history", 0, "FILE",
     "write one line per epoch: CSV, or JSON Lines if the name ends in .jsonl; train_loss includes "
     "label smoothing, val_loss does not; with --from, append",
     .target = &settings.history, .local = true},
    {CLI_TEXT, "tensorboard", 0, "DIR",
     "write losses and accuracies for TensorBoard; loss/train includes label smoothing, "
     "loss/validation does not",
     .target = &settings.tensorboard, .local = true, .rare = true},
    {CLI_TEXT, "report", 0, "DIR", "write an HTML report with curves and pictures",
     .target = &settings.report, .local = true},
    {CLI_SET, "watch", 0, NULL,
     "after each epoch, also measure the error on all training and test images; --history and "
     "--report show it",
     .target = &settings.watch, .local = true, .rare = true},
    {CLI_INT, "halvings", 0, "N",
     "learning curve: first train on 1/2, 1/4, ... of the images (N sets) and report each test "
     "error",
     &settings.halvings, .range = {0, LEARNING_CURVE_MOST, false}, .local = true, .rare = true},
    {CLI_SET, "json", 0, NULL, "print the result as JSON", .target = &settings.json, .local = true},

    {CLI_GROUP, .help = "Checkpoints"},
    {CLI_TEXT, "checkpoint", 0, "FILE",
     "save the state of training to FILE regularly, and keep the last but one as FILE.previous",
     .target = &checkpoints.path, .local = true},
    {CLI_TEXT, "checkpoint-every", 0, "N[s|steps|epochs]",
     "interval between checkpoints: seconds, steps or epochs", .target = &checkpoints.every,
     .local = true, .rare = true},
    {CLI_SET, "resume", 0, NULL,
     "continue from the file of --checkpoint; all other options must be the same as before",
     .target = &checkpoints.resume, .local = true},

    {CLI_GROUP,
     .help = "Preset: a network with its training settings; other options change single settings"},
    {CLI_CHOICE, "preset", 'p', "NAME", "name of the preset", &recipe.preset,
     .choices = recipe_presets, .apply = apply_preset_values},
    {CLI_SET, "list-presets", 0, NULL, "describe all presets and exit", .target = &listed,
     .local = true, .apply = recipe_list_presets},

    {CLI_GROUP, .help = "Network"},
    {CLI_CHOICE, "activation", 0, "KIND", "activation function of all layers", &recipe.activation,
     .choices = recipe_activations, .rare = true},
    {CLI_CHOICE, "f6-activation", 0, "KIND", "whether F6, the layer of 84 units, has an activation",
     &recipe.f6, .choices = recipe_f6s, .rare = true},
    {CLI_CHOICE, "pooling", 0, "KIND", "pooling of S2 and S4", &recipe.pooling,
     .choices = recipe_poolings, .rare = true},
    {CLI_REAL, "dropout", 0, "X",
     "fraction of units dropped, in presets with dropout layers; -1 = as in the preset",
     &recipe.dropout, .range = {-1, 1, true}, .rare = true},
    {CLI_CHOICE, "init", 0, "KIND", "weight initialisation", &recipe.init, .choices = names_inits,
     .rare = true},

    {CLI_GROUP, .help = "Input"},
    {CLI_CHOICE, "fit", 0, "KIND", "how 28x28 images become 32x32: pad with 0, or enlarge",
     &recipe.fit, .choices = names_fits, .rare = true},
    {CLI_CHOICE, "scaling", 0, "KIND",
     "range of the input (unit = 0 to 1; standard = mean 0, variance 1 over MNIST)",
     &recipe.scaling, .choices = recipe_scalings, .rare = true},

    {CLI_GROUP, .help = "Augmentation of training images"},
    {CLI_CHOICE, "augment", 0, "KIND", "strength of random rotation, scaling, shear and bending",
     &recipe.augment, .choices = augment_names, .apply = apply_preset_values},

    {CLI_GROUP, .help = "Validation"},
    {CLI_SET, "with-test", 0, NULL,
     "append the test images to the training images before the validation split",
     .target = &recipe.with_test, .rare = true},
    {CLI_CLEAR, "no-with-test", 0, NULL, "do not append the test images",
     .target = &recipe.with_test, .rare = true},

    {CLI_GROUP, .help = "Training"},
    {CLI_GROUP, .help = "Optimizer"},
    {CLI_GROUP, .help = "Learning-rate schedule"},
    {CLI_GROUP, .help = "Machine"},
    {CLI_SET, "self-test", 0, NULL,
     "check this machine's BLAS, and that training gives the same weights on all numbers of "
     "threads",
     .target = &settings.self_test, .local = true, .rare = true},
};

static const struct cli_example examples[] = {
    {"lenet5-train --report report",
     "train on MNIST and write an HTML report to the directory report"},
    {"lenet5-train --preset lenet5-tanh --epochs 5 --seed 2 --out tanh.safetensors",
     "train another preset for 5 epochs, with another seed"},
    {"lenet5-train --config tanh.json --epochs 10 --out longer.safetensors",
     "repeat that run for more epochs; its options are beside its model"},
    {NULL, NULL}};

static struct cli_program program = {
    .name = "lenet5-train",
    .arguments = "[OPTION...]",
    .summary = "Trains LeNet-5 on MNIST, or on built-in digits if MNIST is not found, and writes a "
               "model file.",
    .examples = examples};

/* Everything that one training uses. */
struct job {
    struct data data;
    struct lenet5_dataset *train, *test;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct progress progress;
    struct history history;
    struct tensorboard tensorboard;
    struct lenet5_result result;
    bool announced;   /* where a resumed run continues */
    double *measured; /* (2, epochs): loss and accuracy on samples trained on, for the report */
    size_t sample;    /* how many */
    double *errors; /* (2, epochs): on the training and the test images, NaN where nobody looked */
    struct learning_point points[LEARNING_CURVE_MOST]; /* settings.halvings of them */
    struct lenet5_classifier *classifier;
    struct lenet5_evaluation evaluation;
};

static volatile sig_atomic_t signal_caught;

/* The first signal stops training after the batch; the second ends the program. */
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

/* Checked before training, which may take an hour. */
static int check_output(const char *path)
{
    struct stat info;
    if (!stat(path, &info) && !S_ISREG(info.st_mode))
        return cli_error(CLI_IO, "--out: %s is %s", path,
                         S_ISDIR(info.st_mode) ? "a directory" : "not a regular file");
    const char *slash = strrchr(path, '/');
    if (slash && !slash[1])
        return cli_error(CLI_USAGE, "--out: expected a file, found '%s'", path);

    char directory[FILE_PATH_SIZE] = ".";
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

/* Says once where a resumed run continues; only its first progress tells the batch. */
static void announce(struct job *job, const struct lenet5_progress *now)
{
    const int batches = now ? now->batch - !now->epoch_done : 0;
    if (!checkpoints.resume || job->announced)
        return;
    job->announced = true;
    if (batches)
        cli_note("%s: continuing after batch %d of %d of epoch %d", checkpoints.path, batches,
                 now->batches, now->epoch);
    else
        cli_note("%s: continuing after %d of %d epochs", checkpoints.path,
                 now ? now->epoch - 1 : recipe.training.epochs, recipe.training.epochs);
}

static int on_progress(void *user, const struct lenet5_progress *now)
{
    struct job *job = user;
    announce(job, now);
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
    char kept[32] = "the current weights";
    if (job->result.kept_epoch)
        snprintf(kept, sizeof(kept), "epoch %d's weights", job->result.kept_epoch);
    cli_note("interrupted after %d epoch%s; saved %s with %s", job->result.epochs,
             cli_plural(job->result.epochs), settings.out, kept);
    if (!cli_quiet) {
        const bool resumes = checkpoints.path && !checkpoints.code;
        fputs(resumes ? "To continue:"
              : checkpoints.path
                  ? "To train further from these weights:"
                  : "Without --checkpoint a run cannot be resumed. To train further from these "
                    "weights:",
              stderr);
        for (int i = 0; argv[i]; i++)
            print_quoted(argv[i]);
        if (resumes) {
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

/* Trains and saves. */
static int train(struct job *job, char **argv)
{
    struct lenet5_error error;
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    int code = settings.halvings ? learning_curve_train(job->points, settings.halvings, &recipe,
                                                        data_class_names(&job->data), job->train,
                                                        job->test, &signal_caught)
                                 : CLI_OK;
    if (code)
        return code;
    int done;
    lenet5_trainer_epochs(job->trainer, &done);
    progress_start(&job->progress, (double)done / recipe.training.epochs);
    enum lenet5_status status = lenet5_trainer_run(job->trainer, &job->result, on_progress, job,
                                                   &error);
    progress_clear(&job->progress);
    if (!status)
        announce(job, NULL); /* all epochs were done before */
    if (status && status != LENET5_STOPPED) {
        int code = cli_fail(&error);
        cli_note("no model is saved");
        return code;
    }
    if (lenet5_model_save(job->network, settings.out, &error))
        return cli_fail(&error);
    if (signal_caught)
        return report_signal(job, argv);
    settings.data = data_name(&job->data); /* where the images were found is part of the options */
    code = config_file_write(settings.out, &program);
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
        json_count(subset, "samples", job->points[i].samples);
        json_real(subset, "test_error", job->points[i].error);
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
    double sizes[LEARNING_CURVE_MOST + 1], errors[LEARNING_CURVE_MOST + 1];
    for (int i = 0; i < settings.halvings; i++) {
        sizes[i] = (double)job->points[i].samples;
        errors[i] = job->points[i].error;
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
    program.options = training_options(own_options, sizeof(own_options) / sizeof(*own_options),
                                       &recipe, &program.option_count);
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
