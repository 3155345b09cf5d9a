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

#include "cli.h"
#include "data.h"
#include "progress.h"
#include "report.h"

static struct lenet5_training recipe;

static struct {
    unsigned preset;
    enum lenet5_init init;
    const char *data, *out, *from, *history;
    bool json, rate_given;
} settings = {.init = LENET5_INIT_HE, .out = "lenet5.safetensors"};

static const char *const presets[] = {"lenet5", "lenet5-tanh", NULL};
static const char *const optimizers[] = {"sgd", "adam", "adamw", NULL};
static const char *const schedules[] = {"constant",  "step",       "cosine",
                                        "one-cycle", "triangular", NULL};
static const char *const inits[] = {"glorot", "he", "lecun", "pytorch", "orthogonal", NULL};

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Files"},
    {CLI_TEXT, "data", 'd', "DIR", DATA_HELP, .target = &settings.data},
    {CLI_TEXT, "out", 'o', "FILE", "the model file to write", .target = &settings.out},
    {CLI_TEXT, "from", 'f', "FILE", "start from this model file", .target = &settings.from},
    {CLI_TEXT, "history", 0, "FILE", "write a CSV line per epoch", .target = &settings.history},
    {CLI_SET, "json", 0, NULL, "print the result as JSON", .target = &settings.json},

    {CLI_GROUP, .help = "Training"},
    {CLI_CHOICE, "preset", 'p', "KIND", "the network", &settings.preset, .choices = presets},
    {CLI_INT, "epochs", 'e', "N", "passes over the training images", &recipe.epochs,
     .range = {1, 100000, false}},
    {CLI_INT, "batch-size", 'b', "N", "images per step", &recipe.batch_size,
     .range = {1, 65536, false}},
    {CLI_REAL, "val-split", 0, "X", "held out for validation: below 1 a share, else a number",
     &recipe.validation, .range = {0, 1e9, false}},
    {CLI_INT, "patience", 0, "N", "stop after N epochs without a better validation; 0 = never",
     &recipe.patience, .range = {0, 100000, false}},
    {CLI_REAL, "label-smoothing", 0, "X", "share of the target spread over all classes",
     &recipe.label_smoothing, .range = {0, 1, false}},
    {CLI_INT, "shift", 0, "N", "move training images by up to N pixels", &recipe.shift,
     .range = {0, LENET5_MAX_SIDE, false}},
    {CLI_CHOICE, "init", 0, "KIND", "how the weights start", &settings.init, .choices = inits},
    {CLI_SEED, "seed", 's', "N", "start of all random choices", .target = &recipe.seed},

    {CLI_GROUP, .help = "Optimizer"},
    {CLI_CHOICE, "optimizer", 0, "KIND", "how a step is made", &recipe.optimizer,
     .choices = optimizers},
    {CLI_REAL, "lr", 'l', "X", "the learning rate; for adam and adamw 0.001 if not given",
     &recipe.rate, .range = {0, 1e30, false}, .given = &settings.rate_given},
    {CLI_REAL, "momentum", 0, "X", "of sgd", &recipe.momentum, .range = {0, 1, true}},
    {CLI_SET, "nesterov", 0, NULL, "Nesterov's momentum", .target = &recipe.nesterov},
    {CLI_CLEAR, "no-nesterov", 0, NULL, "plain momentum", .target = &recipe.nesterov},
    {CLI_REAL, "beta1", 0, "X", "of adam and adamw", &recipe.beta1, .range = {0, 1, true}},
    {CLI_REAL, "beta2", 0, "X", "of adam and adamw", &recipe.beta2, .range = {0, 1, true}},
    {CLI_REAL, "epsilon", 0, "X", "of adam and adamw", &recipe.epsilon, .range = {0, 1, false}},
    {CLI_REAL, "weight-decay", 0, "X", "decoupled for adamw", &recipe.weight_decay,
     .range = {0, 1e3, false}},

    {CLI_GROUP, .help = "Learning rate over time"},
    {CLI_CHOICE, "schedule", 0, "KIND", "its course", &recipe.schedule, .choices = schedules},
    {CLI_REAL, "warmup", 0, "X", "epochs of linear rise before it", &recipe.warmup,
     .range = {0, 1e5, false}},
    {CLI_INT, "step-epochs", 0, "N", "step: epochs between drops", &recipe.step_epochs,
     .range = {1, 100000, false}},
    {CLI_REAL, "step-gamma", 0, "X", "step: the factor of a drop", &recipe.step_gamma,
     .range = {0, 1, false}},

    {CLI_GROUP, .help = "Machine"},
    {CLI_INT, "threads", 't', "N", "the result is the same on any number; 0 = all CPUs",
     &recipe.threads, .range = {0, 64, false}},
    {CLI_CHOICE, "backend", 0, "KIND", "who computes", &recipe.backend, .choices = cli_backends},
};

static const struct cli_program program = {
    "lenet5-train", "[OPTION...]",
    "Trains LeNet-5 on MNIST, or on built-in digits where there is none, and writes a model file.",
    options, sizeof(options) / sizeof(options[0])};

/* The course of one run. */
struct job {
    struct data data;
    struct lenet5_dataset *train, *test;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct progress progress;
    FILE *history;
    struct lenet5_result result;
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

    char directory[DATA_PATH_SIZE] = ".";
    if (slash)
        snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1), path);
    if (access(directory, W_OK | X_OK))
        return cli_error(CLI_IO, "--out: cannot write into %s: %s", directory, strerror(errno));
    return CLI_OK;
}

static int open_history(struct job *job)
{
    if (!settings.history)
        return CLI_OK;
    job->history = fopen(settings.history, "w");
    if (job->history)
        fputs("epoch,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,"
              "samples_per_second\n",
              job->history);
    if (!job->history || fflush(job->history))
        return cli_error(CLI_IO, "--history: %s: %s", settings.history, strerror(errno));
    return CLI_OK;
}

static void add_to_history(FILE *history, const struct lenet5_progress *now)
{
    const double columns[] = {now->train_loss,        now->train_accuracy, now->val_loss,
                              now->val_accuracy,      now->rate,           now->seconds,
                              now->samples_per_second};
    fprintf(history, "%d", now->epoch);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        isnan(columns[i]) ? fputs(",", history) : fprintf(history, ",%.9g", columns[i]);
    fputc('\n', history);
    fflush(history); /* an error stays with the stream until it is closed */
}

static int close_history(struct job *job)
{
    bool failed = job->history && (ferror(job->history) | fclose(job->history));
    job->history = NULL;
    return failed ? cli_error(CLI_IO, "--history: %s: could not be written", settings.history)
                  : CLI_OK;
}

static int on_progress(void *user, const struct lenet5_progress *now)
{
    struct job *job = user;
    progress_update(&job->progress, now);
    if (now->epoch_done && job->history)
        add_to_history(job->history, now);
    return signal_caught;
}

static int prepare(struct job *job)
{
    struct lenet5_error error;
    int code;
    if ((code = check_output(settings.out)) ||
        (code = data_read(&job->data, &job->train, LENET5_TRAIN)) ||
        (code = data_read(&job->data, &job->test, LENET5_TEST)))
        return code;
    if (settings.from
            ? lenet5_model_load(&job->network, settings.from, &error)
            : lenet5_network_create(&job->network, lenet5_preset(presets[settings.preset]), &error))
        return cli_fail(&error);
    if (!settings.from &&
        lenet5_network_initialise(job->network, settings.init, recipe.seed, &error))
        return cli_fail(&error);
    if (lenet5_trainer_create(&job->trainer, job->network, job->train, &recipe, &error))
        return cli_fail(&error);
    return open_history(job);
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
    int best = job->result.best_epoch;
    char kept[32] = "the weights as they were";
    if (best)
        snprintf(kept, sizeof(kept), "epoch %d's weights", best);
    cli_note("interrupted after %d epoch%s; saved %s with %s", job->result.epochs,
             job->result.epochs == 1 ? "" : "s", settings.out, kept);
    if (!cli_quiet) {
        fputs("To go on:", stderr);
        for (int i = 0; argv[i]; i++)
            print_quoted(argv[i]);
        fputs(" --from", stderr);
        print_quoted(settings.out);
        fputc('\n', stderr);
    }
    return CLI_SIGNAL + signal_caught;
}

/* Trains and saves. */
static int train(struct job *job, char **argv)
{
    struct lenet5_error error;
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    progress_start(&job->progress);
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
    return close_history(job);
}

static int evaluate(struct job *job)
{
    struct lenet5_error error;
    struct lenet5_classifier *classifier = NULL;
    int code = CLI_OK;
    if (lenet5_classifier_create(&classifier, job->network, recipe.backend, recipe.threads,
                                 &error) ||
        lenet5_evaluate(classifier, &job->evaluation, job->test, &error))
        code = cli_fail(&error);
    lenet5_classifier_destroy(classifier);
    return code;
}

static void print_json(const struct job *job)
{
    const struct lenet5_evaluation *test = &job->evaluation;
    size_t wrong = test->samples - test->correct;
    char hex[65];
    lenet5_network_sha256(job->network, hex);

    struct cJSON *json = report_object(NULL, NULL);
    report_text(json, "model", lenet5_network_architecture(job->network)->name);
    report_count(json, "parameters", lenet5_network_parameter_count(job->network));
    report_text(json, "backend", lenet5_backend_string(recipe.backend));
    report_count(json, "threads", (uint64_t)recipe.threads);
    report_count(json, "seed", recipe.seed);
    report_text(json, "data", data_name(&job->data));
    report_count(json, "epochs", (uint64_t)job->result.epochs);
    report_count(json, "best_epoch", (uint64_t)job->result.best_epoch);
    report_count(json, "train_samples", lenet5_trainer_train_samples(job->trainer));
    report_real(json, "train_seconds", job->result.train_seconds);
    report_real(json, "samples_per_second", job->result.samples_per_second);
    report_real(json, "train_loss", job->result.train_loss);
    report_real(json, "val_accuracy", job->result.val_accuracy);
    report_real(json, "test_accuracy", test->accuracy);
    report_real(json, "test_error", (double)wrong / (double)test->samples);
    report_real(json, "test_loss", test->loss);
    report_text(json, "weights_sha256", hex);
    report_text(json, "out", settings.out);
    report_print(json);
}

static void print_summary(const struct job *job)
{
    const struct lenet5_evaluation *test = &job->evaluation;
    printf("test accuracy  %.2f %%\n", 100 * test->accuracy);
    printf("test error     %.2f %% (%zu of %zu)\n", 100 * (1 - test->accuracy),
           test->samples - test->correct, test->samples);
    printf("test loss      %.4f\n", test->loss);
    printf("speed          %.0f samples/s in training (%s, threads: %d)\n",
           job->result.samples_per_second, lenet5_backend_string(recipe.backend), recipe.threads);
    printf("data           %s\n", data_name(&job->data));
    printf("model          %s\n", settings.out);
}

int main(int argc, char **argv)
{
    static struct job job;
    recipe = lenet5_training_defaults();
    int first = cli_start(&program, argc, argv);
    if (first < argc)
        return cli_error(CLI_USAGE, "expected options only, found '%s'", argv[first]);
    if (recipe.optimizer != LENET5_SGD && !settings.rate_given)
        recipe.rate = 0.001;
    recipe.threads = cli_threads(recipe.threads);
    job.data.directory = settings.data;

    int code;
    if (!(code = prepare(&job)) && !(code = train(&job, argv)) && !(code = evaluate(&job)))
        settings.json ? print_json(&job) : print_summary(&job);

    if (job.history)
        fclose(job.history);
    lenet5_trainer_destroy(job.trainer);
    lenet5_network_destroy(job.network);
    lenet5_dataset_destroy(job.test);
    lenet5_dataset_destroy(job.train);
    return code;
}
