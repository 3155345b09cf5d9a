/* A run that goes on from a checkpoint ends as one that was never interrupted, or is refused. */
#include <fcntl.h>
#include <glob.h>
#include <lenet5/lenet5.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.h"
#include "suite.h"

static struct lenet5_error error;
static struct lenet5_dataset *digits;
static char path[PATH_MAX];

static void setup(void)
{
    snprintf(path, sizeof(path), "%s", files_path("run.checkpoint"));
    ck_assert_int_eq(lenet5_dataset_draw_digits(&digits, 230, 1, LENET5_SPLIT_TRAIN, &error),
                     LENET5_OK);
}

static void teardown(void)
{
    lenet5_dataset_destroy(digits);
}

/* A run: everything that a process has and loses when it ends. */
struct run {
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_checkpoint *checkpoint;
    int calls,
        save_at; /* calls of the progress function; at which one to save and stop, 0 = never */
    struct lenet5_result result;
    char sha256[65];
};

static void begin_with(struct run *run, const struct lenet5_architecture *architecture,
                       const struct lenet5_dataset *data, const struct lenet5_training *training)
{
    *run = (struct run){0};
    ck_assert_int_eq(lenet5_network_create(&run->network, architecture, &error), LENET5_OK);
    ck_assert_int_eq(lenet5_network_initialise(run->network, LENET5_INIT_PYTORCH, 9, &error),
                     LENET5_OK);
    ck_assert_msg(!lenet5_trainer_create(&run->trainer, run->network, data, training, &error), "%s",
                  error.message);
    ck_assert_msg(!lenet5_checkpoint_open(&run->checkpoint, run->trainer, path, &error), "%s",
                  error.message);
}

static void begin(struct run *run, const char *preset, const struct lenet5_training *training)
{
    begin_with(run, &lenet5_preset(preset)->architecture, digits, training);
}

static void end(struct run *run)
{
    lenet5_network_sha256(run->network, run->sha256);
    lenet5_checkpoint_close(run->checkpoint);
    lenet5_trainer_destroy(run->trainer);
    lenet5_network_destroy(run->network);
}

static int on_progress(void *user, const struct lenet5_progress *now)
{
    struct run *run = user;
    (void)now;
    if (++run->calls != run->save_at)
        return 0;
    ck_assert_msg(!lenet5_checkpoint_save(run->checkpoint, &error), "%s", error.message);
    return 1;
}

static enum lenet5_status train(struct run *run)
{
    return lenet5_trainer_run(run->trainer, &run->result, on_progress, run, &error);
}

static void ck_equal(double a, double b)
{
    ck_assert_msg(a == b || (isnan(a) && isnan(b)), "%.17g and %.17g", a, b);
}

/* 200 trained on in 4 batches, 3 epochs; with the epochs' ends 15 calls of the progress function. */
enum { CALLS = 15 };

static struct lenet5_training recipe(void)
{
    struct lenet5_training training = lenet5_training_defaults();
    training.threads = 1;
    training.epochs = 3;
    training.batch_size = 60;
    training.rate = 0.1;
    training.schedule = LENET5_SCHEDULE_ONE_CYCLE;
    training.validation = 30;
    training.seed = 0xfedcba9876543210; /* more than a double holds */
    return training;
}

/* What the state of a run is made of, one recipe for each part of it. */
static const char *recipe_number(struct lenet5_training *t, int i)
{
    *t = recipe();
    switch (i) {
    case 0:
        t->nesterov = true;
        t->random_shift = 2;
        t->warmup = 0.6;
        t->schedule = LENET5_SCHEDULE_COSINE;
        return "lenet5";
    case 1:
        t->optimizer = LENET5_OPTIMIZER_ADAM;
        t->rate = 1.0 / 300; /* no short decimal number */
        t->augmentation = (struct lenet5_augmentation){.rotation = 10, .erase = 0.5};
        t->centring = LENET5_CENTRING_EACH;
        t->keep = LENET5_KEEP_LAST;
        return "lenet5-tanh";
    case 2:
        t->optimizer = LENET5_OPTIMIZER_ADAMW;
        t->rate = 0.01;
        t->weight_decay = 0.01;
        t->epsilon_hat = true;
        t->schedule = LENET5_SCHEDULE_STEP;
        t->validation = 0;
        return "keras-dropout";
    default: /* the first epoch is the best: stopped after the second by patience */
        t->rate = 0.5;
        t->schedule = LENET5_SCHEDULE_STEP;
        t->step_epochs = 1;
        t->step_gamma = 0;
        t->epochs = 9;
        t->patience = 1;
        t->centring = LENET5_CENTRING_TRAIN;
        return "lenet5";
    }
}

static void check_equal(const struct run *whole, const struct run *resumed, int at)
{
    const struct lenet5_result *a = &whole->result, *b = &resumed->result;
    ck_assert_msg(strcmp(whole->sha256, resumed->sha256) == 0,
                  "resumed after call %d: other weights", at);
    ck_assert_int_eq(a->epochs, b->epochs);
    ck_assert_int_eq(a->best_epoch, b->best_epoch);
    ck_assert_int_eq(a->kept_epoch, b->kept_epoch);
    ck_equal(a->train_loss, b->train_loss);
    ck_equal(a->train_accuracy, b->train_accuracy);
    ck_equal(a->val_loss, b->val_loss);
    ck_equal(a->val_accuracy, b->val_accuracy);
    ck_assert_double_gt(b->train_seconds, 0);
}

static void check_epochs(const struct run *whole, const struct run *resumed)
{
    int count, count_resumed;
    const struct lenet5_progress *a = lenet5_trainer_epochs(whole->trainer, &count);
    const struct lenet5_progress *b = lenet5_trainer_epochs(resumed->trainer, &count_resumed);
    ck_assert_int_eq(count, count_resumed);
    ck_assert_int_eq(count, whole->result.epochs);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(b[i].epoch, i + 1);
        ck_assert_int_eq(b[i].epochs, a[i].epochs);
        ck_assert_int_eq(b[i].batch, a[i].batches);
        ck_assert_uint_eq(b[i].samples, a[i].samples);
        ck_assert_int_eq(b[i].best, a[i].best);
        ck_assert(b[i].epoch_done);
        ck_equal(b[i].rate, a[i].rate);
        ck_equal(b[i].train_loss, a[i].train_loss);
        ck_equal(b[i].train_accuracy, a[i].train_accuracy);
        ck_equal(b[i].val_loss, a[i].val_loss);
        ck_equal(b[i].val_accuracy, a[i].val_accuracy);
        ck_assert_double_gt(b[i].seconds, 0);
        ck_assert_double_gt(b[i].samples_per_second, 0);
    }
}

/* What the finished epochs took; returns how many those are. */
static int copy_seconds(double *seconds, const struct run *run)
{
    int count;
    const struct lenet5_progress *epochs = lenet5_trainer_epochs(run->trainer, &count);
    for (int i = 0; i < count; i++)
        seconds[i] = epochs[i].seconds;
    return count;
}

/* From every place of a run, on another number of threads. */
TEST_LOOP(resumed_runs_end_in_the_same_bits, 0, 4)
{
    struct lenet5_training training;
    const char *preset = recipe_number(&training, _i);
    struct run whole, part;
    begin(&whole, preset, &training);
    ck_assert_msg(!train(&whole), "%s", error.message);
    lenet5_checkpoint_close(whole.checkpoint);
    whole.checkpoint = NULL;
    ck_assert(_i < 3 ? whole.calls == CALLS : whole.result.epochs < 9);
    lenet5_network_sha256(whole.network, whole.sha256);
    for (int at = 1; at <= whole.calls; at += _i == 0 ? 1 : 3) {
        training.threads = 1;
        begin(&part, preset, &training);
        part.save_at = at;
        ck_assert_int_eq(train(&part), LENET5_STOPPED);
        double seconds[9];
        const int finished = copy_seconds(seconds, &part);
        end(&part);
        training.threads = 2 + at % 3;
        begin(&part, preset, &training);
        ck_assert_msg(!lenet5_checkpoint_resume(part.checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                      "%s", error.message);
        ck_assert_msg(!train(&part), "%s", error.message);
        ck_assert_int_eq(part.calls, whole.calls - at);
        lenet5_network_sha256(part.network, part.sha256);
        check_equal(&whole, &part, at);
        check_epochs(&whole, &part);
        double seconds_then[9];
        copy_seconds(seconds_then, &part);
        ck_assert(memcmp(seconds, seconds_then, (size_t)finished * sizeof(double)) == 0);
        end(&part);
    }
    end(&whole);
}

static void save_one(const struct lenet5_training *training, int at)
{
    struct run run;
    begin(&run, "lenet5", training);
    run.save_at = at;
    ck_assert_int_eq(train(&run), LENET5_STOPPED);
    end(&run);
}

/* Time goes on where it stood, and so does the epoch's speed. */
TEST(seconds_go_on)
{
    const struct lenet5_training training = recipe();
    struct run run;
    begin(&run, "lenet5", &training);
    run.save_at = 2;
    ck_assert_int_eq(train(&run), LENET5_STOPPED);
    const double before = run.result.train_seconds;
    end(&run);
    begin(&run, "lenet5", &training);
    ck_assert(!lenet5_checkpoint_resume(run.checkpoint, LENET5_CHECKPOINT_NEWEST, &error));
    run.save_at = 1;
    ck_assert_int_eq(train(&run), LENET5_STOPPED);
    ck_assert_double_gt(run.result.train_seconds, before);
    ck_equal(run.result.samples_per_second, 180 / run.result.train_seconds);
    end(&run);
}

static int make_it_diverge(void *user, const struct lenet5_progress *now)
{
    struct run *run = user;
    (void)now;
    lenet5_network_parameters(run->network)[0] = INFINITY;
    return 0;
}

/* Without a kept epoch the network is left with what the run began with, not with what it resumed. */
TEST(the_beginning_is_remembered)
{
    const struct lenet5_training training = recipe();
    char beginning[65];
    struct run run;
    save_one(&training, 3);
    begin(&run, "lenet5", &training);
    lenet5_network_sha256(run.network, beginning);
    lenet5_network_parameters(run.network)[7] += 1; /* another beginning, which resuming replaces */
    ck_assert(!lenet5_checkpoint_resume(run.checkpoint, LENET5_CHECKPOINT_NEWEST, &error));
    ck_assert_int_eq(lenet5_trainer_run(run.trainer, &run.result, make_it_diverge, &run, &error),
                     LENET5_ERROR_DIVERGED);
    end(&run);
    ck_assert_str_eq(beginning, run.sha256);
}

/* A checkpoint serves one run; the next one of the same trainer has all epochs again. */
TEST(the_next_run_begins_anew)
{
    const struct lenet5_training training = recipe();
    struct run run;
    save_one(&training, 3);
    begin(&run, "lenet5", &training);
    ck_assert(!lenet5_checkpoint_resume(run.checkpoint, LENET5_CHECKPOINT_NEWEST, &error));
    ck_assert_int_eq(train(&run), LENET5_OK);
    ck_assert_int_eq(run.calls, CALLS - 3);
    run.calls = 0;
    ck_assert_int_eq(train(&run), LENET5_OK);
    ck_assert_int_eq(run.calls, CALLS);
    end(&run);
}

/* Saved again and again, resumed again and again: each process does two calls' worth of work. */
TEST(a_run_may_be_resumed_many_times)
{
    const struct lenet5_training training = recipe();
    struct run whole, part;
    begin(&whole, "lenet5", &training);
    ck_assert_int_eq(train(&whole), LENET5_OK);
    end(&whole);
    enum lenet5_status status = LENET5_STOPPED;
    for (int process = 0; status; process++) {
        ck_assert_int_lt(process, CALLS);
        begin(&part, "lenet5", &training);
        if (process > 0)
            ck_assert_int_eq(
                lenet5_checkpoint_resume(part.checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                LENET5_OK);
        part.save_at = 2;
        status = train(&part);
        end(&part);
    }
    check_equal(&whole, &part, 0);
}

/* Expects a refusal that changes nothing, and says so. */
static void check_refused(struct run *run, enum lenet5_status status, const char *message)
{
    char before[65], after[65];
    lenet5_network_sha256(run->network, before);
    const enum lenet5_status found = lenet5_checkpoint_resume(run->checkpoint,
                                                              LENET5_CHECKPOINT_NEWEST, &error);
    lenet5_network_sha256(run->network, after);
    ck_assert_msg(found == status && strstr(error.message, message),
                  "expected \"%s\", found status %d: %s", message, found,
                  found ? error.message : "accepted");
    ck_assert_str_eq(before, after);
}

#define CHANGE(field, value, words)                                    \
    {                                                                  \
        training = recipe();                                           \
        training.field = (value);                                      \
        struct run run;                                                \
        begin(&run, "lenet5", &training);                              \
        check_refused(&run, LENET5_ERROR_ARGUMENT, "training." words); \
        end(&run);                                                     \
    }

TEST(another_setting_is_refused_by_name)
{
    struct lenet5_training training = recipe();
    training.schedule = LENET5_SCHEDULE_STEP;
    save_one(&training, 3);
    training = recipe();
    save_one(&training, 3);
    CHANGE(backend, LENET5_BACKEND_NAIVE,
           "backend is \"blas\" in the checkpoint and \"naive\" in this training run")
    CHANGE(epochs, 4, "epochs is 3 in the checkpoint and 4 in this training run")
    CHANGE(batch_size, 61, "batch_size is 60")
    CHANGE(loss, LENET5_LOSS_MSE, "loss is \"cross-entropy\" in the checkpoint and \"mse\"")
    CHANGE(optimizer, LENET5_OPTIMIZER_ADAM, "optimizer is \"sgd\"")
    CHANGE(rate, 0.1 + 0x1p-56, "rate is 0.1 in the checkpoint and 0.10000000000000002")
    CHANGE(momentum, 0.5, "momentum")
    CHANGE(nesterov, !recipe().nesterov, "nesterov")
    CHANGE(beta1, 0.5, "beta1")
    CHANGE(beta2, 0.5, "beta2")
    CHANGE(epsilon, 0.5, "epsilon")
    CHANGE(epsilon_hat, true, "epsilon_hat")
    CHANGE(weight_decay, 0.5, "weight_decay")
    CHANGE(schedule, LENET5_SCHEDULE_COSINE,
           "schedule is \"one-cycle\" in the checkpoint and \"cosine\"")
    CHANGE(warmup, 0.5, "warmup")
    CHANGE(step_epochs, 77, "step_epochs")
    CHANGE(step_gamma, 0.77, "step_gamma")
    CHANGE(label_smoothing, 0.77, "label_smoothing")
    CHANGE(random_shift, 3, "shift")
    CHANGE(augmentation.rotation, 1, "rotation")
    CHANGE(augmentation.scale, 1, "scale")
    CHANGE(augmentation.stretch, 1, "stretch")
    CHANGE(augmentation.shear, 1, "shear")
    CHANGE(augmentation.translate, 1, "translate")
    CHANGE(augmentation.elastic_sigma, 7, "elastic_sigma")
    CHANGE(augmentation.erase, 1, "erase")
    training = recipe();
    training.augmentation.elastic_sigma = 1;
    save_one(&training, 3);
    training.augmentation.elastic = 1;
    struct run run;
    begin(&run, "lenet5", &training);
    check_refused(&run, LENET5_ERROR_ARGUMENT, "training.elastic is 0 in the");
    end(&run);
    training = recipe();
    save_one(&training, 3);
    CHANGE(seed, 0xfedcba9876543211, "seed is \"18364758544493064720\"")
    CHANGE(centring, LENET5_CENTRING_EACH, "centring")
    CHANGE(validation, 31, "validation is 30")
    CHANGE(holdout, LENET5_HOLDOUT_LAST, "holdout is \"random\"")
    CHANGE(keep, LENET5_KEEP_LAST, "keep is \"best\"")
    CHANGE(patience, 1, "patience is 0")
}

TEST(another_network_is_refused)
{
    struct lenet5_training training = recipe();
    struct lenet5_architecture architecture = lenet5_preset("lenet5")->architecture;
    struct run run;
    save_one(&training, 3);
    begin(&run, "lenet5-tanh", &training);
    check_refused(&run, LENET5_ERROR_ARGUMENT, "architecture.name is \"lenet5\"");
    end(&run);
    architecture.scale *= 2;
    begin_with(&run, &architecture, digits, &training);
    check_refused(&run, LENET5_ERROR_ARGUMENT, "architecture.scale is ");
    end(&run);
    struct lenet5_layer rows[32];
    architecture = lenet5_preset("lenet5")->architecture;
    memcpy(rows, architecture.layers, (size_t)architecture.layer_count * sizeof(*rows));
    architecture.layers = rows;
    rows[1].kind = LENET5_LAYER_TANH;
    begin_with(&run, &architecture, digits, &training);
    check_refused(&run, LENET5_ERROR_ARGUMENT, "architecture.layers is ");
    end(&run);
}

/* One value of one pixel or label, or one image less, whose neighbours stay as they are. */
TEST(another_dataset_is_refused)
{
    enum { SIDE = 28, COUNT = 230, AREA = SIDE * SIDE };
    static uint8_t images[COUNT * AREA], labels[COUNT];
    const struct lenet5_training training = recipe();
    save_one(&training, 3);
    for (int i = 0; i < COUNT; i++) {
        memcpy(images + i * AREA, lenet5_dataset_image(digits, (size_t)i), AREA);
        labels[i] = (uint8_t)lenet5_dataset_label(digits, (size_t)i);
    }
    for (int change = 0; change < 4; change++) {
        struct lenet5_dataset *other;
        struct run run;
        images[100 * AREA + 400] ^= change == 1;
        labels[COUNT - 1] = (uint8_t)((labels[COUNT - 1] + (change == 2)) % 10);
        ck_assert_int_eq(lenet5_dataset_create(&other, images, labels, COUNT - (change == 3), SIDE,
                                               SIDE, 10, &error),
                         LENET5_OK);
        begin_with(&run, &lenet5_preset("lenet5")->architecture, other, &training);
        if (change == 0)
            ck_assert_msg(
                !lenet5_checkpoint_resume(run.checkpoint, LENET5_CHECKPOINT_NEWEST, &error), "%s",
                error.message);
        else
            check_refused(&run, LENET5_ERROR_ARGUMENT,
                          change == 3 ? "data.samples is 230 in the checkpoint and 229"
                                      : "data.sha256 is ");
        end(&run);
        lenet5_dataset_destroy(other);
        images[100 * AREA + 400] ^= change == 1;
        if (change == 2)
            labels[COUNT - 1] = (uint8_t)lenet5_dataset_label(digits, COUNT - 1);
    }
}

TEST(saving_has_its_moment)
{
    const struct lenet5_training training = recipe();
    struct run run;
    begin(&run, "lenet5", &training);
    ck_assert_int_eq(lenet5_checkpoint_save(run.checkpoint, &error), LENET5_ERROR_ARGUMENT);
    ck_assert(strstr(error.message, "in the progress function"));
    ck_assert_int_eq(lenet5_checkpoint_resume(run.checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                     LENET5_ERROR_NOT_FOUND);
    ck_assert_int_eq(train(&run), LENET5_OK);
    ck_assert_int_eq(lenet5_checkpoint_save(run.checkpoint, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_int_ne(access(path, F_OK), 0);
    end(&run);
}

/* A class name that no reader would take. */
static int save_in_vain(void *user, const struct lenet5_progress *now)
{
    struct run *run = user;
    (void)now;
    ck_assert_int_eq(lenet5_checkpoint_save(run->checkpoint, &error), LENET5_ERROR_ARGUMENT);
    ck_assert_msg(strstr(error.message, "could not be resumed") != NULL, "%s", error.message);
    ck_assert_int_eq(lenet5_checkpoint_resume(run->checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                     LENET5_ERROR_ARGUMENT);
    ck_assert_msg(strstr(error.message, "in the progress function") != NULL, "%s", error.message);
    return 1;
}

TEST(what_could_not_be_resumed_is_not_saved)
{
    const struct lenet5_training training = recipe();
    struct lenet5_architecture architecture = lenet5_preset("lenet5")->architecture;
    const char *names[10] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "\xff"};
    struct run run;
    architecture.classes = names;
    begin_with(&run, &architecture, digits, &training);
    ck_assert_int_eq(lenet5_trainer_run(run.trainer, &run.result, save_in_vain, &run, &error),
                     LENET5_STOPPED);
    ck_assert_int_ne(access(path, F_OK), 0);
    end(&run);
}

static int ruin_weights(void *user, const struct lenet5_progress *now)
{
    struct run *run = user;
    if (now->epoch_done || now->batch != 2 || now->epoch != 2)
        return 0;
    lenet5_network_parameters(run->network)[5] = INFINITY;
    ck_assert_int_eq(lenet5_checkpoint_save(run->checkpoint, &error), LENET5_ERROR_DIVERGED);
    ck_assert(strstr(error.message, "parameter 5 is not finite"));
    return 1;
}

TEST(a_good_checkpoint_is_not_replaced_by_infinities)
{
    const struct lenet5_training training = recipe();
    struct run run;
    save_one(&training, 3);
    begin(&run, "lenet5", &training);
    ck_assert_int_eq(lenet5_trainer_run(run.trainer, &run.result, ruin_weights, &run, NULL),
                     LENET5_STOPPED);
    ck_assert_int_eq(lenet5_checkpoint_resume(run.checkpoint, LENET5_CHECKPOINT_NEWEST, &error),
                     LENET5_OK);
    end(&run);
}

static void copy_file(const char *to, const char *from)
{
    static unsigned char bytes[4 << 20];
    FILE *file = fopen(from, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    file = fopen(to, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static bool same_file(const char *a, const char *b)
{
    static unsigned char x[4 << 20], y[4 << 20];
    FILE *first = fopen(a, "rb"), *second = fopen(b, "rb");
    ck_assert(first && second);
    const size_t n = fread(x, 1, sizeof(x), first), m = fread(y, 1, sizeof(y), second);
    fclose(first);
    fclose(second);
    return n == m && memcmp(x, y, n) == 0;
}

TEST(the_previous_one_is_kept)
{
    const struct lenet5_training training = recipe();
    char previous[PATH_MAX], first[PATH_MAX];
    snprintf(previous, sizeof(previous), "%s", files_path("run.checkpoint.previous"));
    snprintf(first, sizeof(first), "%s", files_path("first"));
    struct run whole, part;
    begin(&whole, "lenet5", &training);
    ck_assert_int_eq(train(&whole), LENET5_OK);
    end(&whole);
    save_one(&training, 3);
    ck_assert_int_ne(access(previous, F_OK), 0);
    copy_file(first, path);
    save_one(&training, 8);
    ck_assert(same_file(previous, first));
    ck_assert(!same_file(path, first));
    /* As a process leaves it that is killed before the last of a save's renames. */
    ck_assert(!remove(previous) && !link(path, previous));
    save_one(&training, 9);
    ck_assert(!same_file(path, previous));
    glob_t found;
    ck_assert_int_eq(glob(files_path("*.tmp"), 0, NULL, &found), GLOB_NOMATCH);

    ck_assert_int_eq(truncate(path, 1000), 0);
    begin(&part, "lenet5", &training);
    check_refused(&part, LENET5_ERROR_DATA, "damaged");
    ck_assert_msg(!lenet5_checkpoint_resume(part.checkpoint, LENET5_CHECKPOINT_PREVIOUS, &error),
                  "%s", error.message);
    ck_assert_int_eq(train(&part), LENET5_OK);
    end(&part);
    check_equal(&whole, &part, 8);
}

TEST(one_run_at_a_time)
{
    const struct lenet5_training training = recipe();
    const char *lock = files_path("run.checkpoint.lock");
    struct lenet5_checkpoint *second;
    struct run run;
    char pid[40];
    begin(&run, "lenet5", &training);
    snprintf(pid, sizeof(pid), "in use by process %ld", (long)getpid());
    struct stat info;
    const mode_t mask = umask(0);
    umask(mask);
    ck_assert_int_eq(stat(lock, &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0666 & ~mask); /* as any new file's */
    ck_assert_int_eq(lenet5_checkpoint_open(&second, run.trainer, path, &error), LENET5_ERROR_IO);
    ck_assert_ptr_null(second);
    ck_assert_msg(strstr(error.message, pid) && strstr(error.message, lock), "%s", error.message);
    lenet5_checkpoint_close(run.checkpoint);
    ck_assert_int_ne(access(lock, F_OK), 0);

    /* The lock of a killed process is none, though its file stays. */
    const pid_t child = fork();
    if (child == 0) {
        if (!lenet5_checkpoint_open(&second, run.trainer, path, &error))
            raise(SIGKILL);
        _exit(1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(access(lock, F_OK), 0);
    ck_assert_msg(!lenet5_checkpoint_open(&run.checkpoint, run.trainer, path, &error), "%s",
                  error.message);
    end(&run);
}

TEST(stale_temporaries_are_swept)
{
    static const char *const stay[] = {
        "run.checkpoint.0123456789abcde.tmp",   "run.checkpoint.0123456789abcdeg.tmp",
        "run.checkpoint.0123456789abcdef.tmpx", "run.checkpoint.0123456789ABCDEF.tmp",
        "run.checkpointx0123456789abcdef.tmp",  "Run.checkpoint.0123456789abcdef.tmp",
        "run.checkpoint.0123456789abcdef.tmq"};
    const struct lenet5_training training = recipe();
    struct run run;
    files_write("run.checkpoint.0123456789abcdef.tmp", "x", 1);
    for (size_t i = 0; i < sizeof(stay) / sizeof(*stay); i++)
        files_write(stay[i], "x", 1);
    /* Somebody writes this one now. */
    char live[PATH_MAX];
    snprintf(live, sizeof(live), "%s", files_write("run.checkpoint.00000000000000ff.tmp", "x", 1));
    const int writer = open(live, O_WRONLY);
    ck_assert_int_eq(flock(writer, LOCK_EX), 0);
    begin(&run, "lenet5", &training);
    ck_assert_int_ne(access(files_path("run.checkpoint.0123456789abcdef.tmp"), F_OK), 0);
    for (size_t i = 0; i < sizeof(stay) / sizeof(*stay); i++)
        ck_assert_msg(!remove(files_path(stay[i])), "%s is gone", stay[i]);
    ck_assert_int_eq(access(live, F_OK), 0);
    end(&run);
    close(writer);
    begin(&run, "lenet5", &training);
    ck_assert_int_ne(access(live, F_OK), 0);
    end(&run);
}

TEST(a_link_stays_one)
{
    const struct lenet5_training training = recipe();
    struct stat info;
    ck_assert_int_eq(mkdir(files_path("far"), 0777), 0);
    save_one(&training, 3);
    ck_assert_int_eq(rename(path, files_path("far/real")), 0);
    ck_assert_int_eq(symlink("far/real", path), 0);
    save_one(&training, 4);
    ck_assert(!lstat(path, &info) && S_ISLNK(info.st_mode));
    ck_assert_int_eq(access(files_path("far/real.previous"), F_OK), 0);
    ck_assert_int_ne(access(files_path("run.checkpoint.previous"), F_OK), 0);
}

/* What stands at the path is left alone. */
TEST(only_files_are_places)
{
    const struct lenet5_training training = recipe();
    struct lenet5_checkpoint *checkpoint;
    struct run run;
    begin(&run, "lenet5", &training);
    lenet5_checkpoint_close(run.checkpoint);
    run.checkpoint = NULL;
    const char *const places[] = {files_path(""), files_path("missing/run.checkpoint")};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(lenet5_checkpoint_open(&checkpoint, run.trainer, places[i], &error),
                         LENET5_ERROR_IO);
        ck_assert_ptr_null(checkpoint);
    }
    ck_assert_int_eq(symlink("nowhere", path), 0);
    ck_assert_int_eq(lenet5_checkpoint_open(&checkpoint, run.trainer, path, &error),
                     LENET5_ERROR_IO);
    ck_assert(strstr(error.message, "symbolic link"));
    end(&run);
}

/*
 * golden/checkpoint-0.1.0 was written by version 0.1.0 after 2 of 4 epochs of this training. It resumes,
 * and ends as training without interruption: in the same bits where this CPU and build reached the same
 * bits after 2 epochs, else nearly so.
 */
struct old_run {
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    float middle[382]; /* the parameters after 2 epochs */
};

static int keep_middle(void *user, const struct lenet5_progress *now)
{
    struct old_run *run = user;
    if (now->epoch_done && now->epoch == 2)
        memcpy(run->middle, lenet5_network_weights(run->network), sizeof(run->middle));
    return 0;
}

static void begin_old(struct old_run *run, const struct lenet5_dataset *data)
{
    static const struct lenet5_layer layers[] = {
        {.kind = LENET5_LAYER_CONV, .outputs = 2, .kernel = {5, 5}},
        {.kind = LENET5_LAYER_TANH},
        {.kind = LENET5_LAYER_AVG_POOL, .kernel = {2, 2}},
        {.kind = LENET5_LAYER_FLATTEN},
        {.kind = LENET5_LAYER_DENSE, .outputs = 10}};
    const struct lenet5_architecture architecture = {.name = "small",
                                                     .input = {1, 12, 12},
                                                     .scale = 1.0f / 256,
                                                     .layers = layers,
                                                     .layer_count = 5,
                                                     .class_count = 10};
    struct lenet5_training training = lenet5_training_defaults();
    training.backend = LENET5_BACKEND_NAIVE;
    training.threads = 1;
    training.epochs = 4;
    training.batch_size = 8;
    training.optimizer = LENET5_OPTIMIZER_ADAMW;
    training.rate = 0.01;
    training.beta1 = 0.8;
    training.epsilon_hat = true;
    training.schedule = LENET5_SCHEDULE_COSINE;
    training.warmup = 1.5;
    training.label_smoothing = 0.1;
    training.augmentation.rotation = 5;
    training.seed = 0xfedcba9876543210;
    training.validation = 10;
    training.holdout = LENET5_HOLDOUT_LAST;
    training.keep = LENET5_KEEP_LAST;
    training.centring = LENET5_CENTRING_TRAIN;
    ck_assert(!lenet5_network_create(&run->network, &architecture, &error));
    ck_assert(!lenet5_network_initialise(run->network, LENET5_INIT_PYTORCH, 3, &error));
    ck_assert_int_eq(lenet5_network_parameter_count(run->network), 382);
    ck_assert_msg(!lenet5_trainer_create(&run->trainer, run->network, data, &training, &error),
                  "%s", error.message);
}

static struct lenet5_dataset *old_data(void)
{
    struct lenet5_dataset *data;
    uint8_t images[40][64], labels[40];
    for (int i = 0; i < 40; i++) {
        labels[i] = (uint8_t)(i % 10);
        for (int p = 0; p < 64; p++)
            images[i][p] = (uint8_t)(p % 10 == i % 10 ? 255 : (i * 37 + p * p * 11) % 64);
    }
    ck_assert(!lenet5_dataset_create(&data, images[0], labels, 40, 8, 8, 10, &error));
    return data;
}

TEST(checkpoints_of_the_first_version_resume)
{
    struct old_run whole, resumed;
    struct lenet5_result result;
    struct lenet5_checkpoint *checkpoint;
    uint8_t bytes[16384];
    struct lenet5_dataset *data = old_data();
    begin_old(&whole, data);
    begin_old(&resumed, data);
    ck_assert(!lenet5_trainer_run(whole.trainer, &result, keep_middle, &whole, &error));

    FILE *file = fopen(GOLDEN_DIR "/checkpoint-0.1.0", "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    const char *copy = files_write("old.checkpoint", bytes, size);
    ck_assert(!lenet5_checkpoint_open(&checkpoint, resumed.trainer, copy, &error));
    ck_assert_msg(!lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error), "%s",
                  error.message);
    const float *found = lenet5_network_weights(resumed.network);
    const float *expected = lenet5_network_weights(whole.network);
    const bool same = memcmp(found, whole.middle, sizeof(whole.middle)) == 0;
    ck_assert(!lenet5_trainer_run(resumed.trainer, &result, NULL, NULL, &error));
    ck_assert_int_eq(result.epochs, 4);
    ck_assert_int_ne(memcmp(found, whole.middle, sizeof(whole.middle)), 0);
    for (int i = 0; i < 382; i++)
        if (same)
            ck_assert(found[i] == expected[i]);
        else
            ck_assert_float_eq_tol(found[i], expected[i], 1e-3f);

    lenet5_checkpoint_close(checkpoint);
    lenet5_trainer_destroy(resumed.trainer);
    lenet5_trainer_destroy(whole.trainer);
    lenet5_network_destroy(resumed.network);
    lenet5_network_destroy(whole.network);
    lenet5_dataset_destroy(data);
}

void add_fixtures(TCase *tests)
{
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_add_checked_fixture(tests, setup, teardown);
}
