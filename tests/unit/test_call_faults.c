/*
 * Every allocation and every call on a file of the readers and writers fails once, one after the other, then it and
 * all that follow, for each reason that the code tells apart: it ends with a sentence or with the right result,
 * files are the old or the new ones, and nothing is left open or half changed. Calls that do half of what they were
 * asked for are no reason to fail. Runs with faults.so preloaded.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <lenet5/lenet5.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "files/atomic_file.h"
#include "small_model.h"
#include "soak/faults/faults.h"
#include "train/trainer_internal.h"

static __typeof__(&faults_arm) arm;
static __typeof__(&faults_disarm) disarm;
static __typeof__(&faults_blocks) blocks;
static bool sanitized; /* then the sanitizer looks for leaks, and allocates on its own account */

static struct lenet5_network *network; /* whose parameters an operation saves or replaces */
static struct lenet5_checkpoint *checkpoint;
static struct lenet5_dataset *images; /* what the operations on data sets write */
static struct lenet5_image picture;
static char old_sha256[65], new_sha256[65];
static struct bytes old_file, new_file;

/* What an operation does between arming and disarming, and what has to hold then. */
struct operation {
    const char *name;
    void (*prepare)(void);
    enum lenet5_status (*run)(void);
    void (*check)(bool succeeded);
    enum lenet5_status expected; /* without a fault */
};

static size_t open_files(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* Of a process that was killed while it wrote a model. */
static const char stale[] = "model.safetensors.0123456789abcdef.tmp";

/* Removes temporary files; how many there were beside the stale one, which need not have been swept. */
static size_t sweep(void)
{
    size_t count = 0;
    DIR *stream = opendir(directory);
    for (struct dirent *entry; (entry = readdir(stream));)
        if (strstr(entry->d_name, ".tmp")) {
            count += strcmp(entry->d_name, stale) != 0;
            unlinkat(dirfd(stream), entry->d_name, 0);
        }
    closedir(stream);
    return count;
}

/* One run with a fault; returns how many calls there were. */
static long run_once(const struct operation *operation, enum faults_kind kind, long at,
                     enum faults_mode mode, int failure)
{
    char what[200];
    snprintf(what, sizeof(what), "%s: %s %ld fails, %s, with %s", operation->name,
             kind == FAULTS_MEMORY ? "allocation" : "call", at,
             mode == FAULTS_ONCE     ? "once"
             : mode == FAULTS_HALVES ? "none, each does half"
                                     : "ever",
             failure ? strerrorname_np(failure) : "the end of the file");
    if (operation->prepare)
        operation->prepare();
    const size_t files_before = open_files();
    const long blocks_before = blocks();
    error = (struct lenet5_error){0};
    arm(kind, at, mode, failure);
    const enum lenet5_status status = operation->run();
    const long calls = disarm();
    ck_assert_msg(status == error.status && !status == !error.message[0],
                  "%s: status %d, says %d: \"%s\"", what, status, error.status, error.message);
    ck_assert_msg(kind != FAULTS_MEMORY || !status || status == LENET5_ERROR_MEMORY ||
                      status == LENET5_ERROR_IO || status == operation->expected,
                  "%s: status %d, \"%s\"", what, status, error.message);
    ck_assert_msg(open_files() == files_before, "%s: a file is left open", what);
    if (operation->check)
        operation->check(!status);
    /* The first time the C library and others keep something for the next. */
    ck_assert_msg(at == 0 || sanitized || blocks() == blocks_before, "%s: %ld blocks leaked", what,
                  blocks() - blocks_before);
    const size_t left = sweep();
    ck_assert_msg(mode == FAULTS_EVER || left == 0, "%s: a temporary file is left", what);
    return calls;
}

static void fail_everywhere(const struct operation *operation)
{
    /* What the code asks for by name, and one of those that it does not. */
    static const int reasons[] = {EIO,    EINTR,  ENOENT, ENOTDIR, EEXIST,      EACCES,     EPERM,
                                  EINVAL, EMLINK, ENOSYS, ENOSPC,  EWOULDBLOCK, EOPNOTSUPP, 0};
    long calls = run_once(operation, FAULTS_MEMORY, 0, FAULTS_ONCE, 0);
    ck_assert_msg(error.status == operation->expected, "%s: without a fault: %s", operation->name,
                  error.message);
    for (long at = 1; at <= calls; at++) {
        run_once(operation, FAULTS_MEMORY, at, FAULTS_ONCE, ENOMEM);
        run_once(operation, FAULTS_MEMORY, at, FAULTS_EVER, ENOMEM);
    }
    printf("%s: %ld allocations, ", operation->name, calls);
    calls = run_once(operation, FAULTS_FILES, 0, FAULTS_ONCE, 0);
    for (long at = 1; at <= calls; at++)
        for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
            run_once(operation, FAULTS_FILES, at, FAULTS_ONCE, reasons[i]);
            if (reasons[i] != EINTR) /* who is interrupted for ever tries for ever */
                run_once(operation, FAULTS_FILES, at, FAULTS_EVER, reasons[i]);
        }
    printf("%ld calls on files\n", calls);
    run_once(operation, FAULTS_FILES, 0, FAULTS_HALVES, 0);
    ck_assert_msg(error.status == operation->expected, "%s: by halves: %s", operation->name,
                  error.message);
    run_once(operation, FAULTS_NOTHING, 0, FAULTS_ONCE, 0);
    ck_assert_msg(error.status == operation->expected, "%s: after the faults: %s", operation->name,
                  error.message);
}

/* Models. The small network of small_model.c is the old one; the new one has another first parameter. */

static char place[PATH_MAX]; /* where a model is saved */

static void old_model(void)
{
    strcpy(place, model_path);
    files_write("model.safetensors", old_file.at, old_file.size);
    files_write(stale, "x", 1);
}

static void linked_model(void)
{
    old_model();
    strcpy(place, files_path("link"));
    unlink(place);
    ck_assert_int_eq(symlink(model_path, place), 0);
}

static enum lenet5_status save_model(void)
{
    return lenet5_model_save(network, place, &error);
}

/* A directory that cannot be synced is not yet a lost file. */
static void old_or_new(bool succeeded)
{
    read_bytes(&file, place);
    const bool is_new = file.size == new_file.size && !memcmp(file.at, new_file.at, new_file.size);
    const bool is_old = file.size == old_file.size && !memcmp(file.at, old_file.at, old_file.size);
    ck_assert(is_new || (is_old && !succeeded));
    ck_assert(!is_new || succeeded || strstr(error.message, "power failure"));
}

static struct lenet5_network *loaded;

static enum lenet5_status load_model(void)
{
    return lenet5_model_load(&loaded, model_path, &error);
}

/* What the little network has not: codes, and images enlarged. */
static const uint8_t code_bits[] = {0, 1, 1, 0, 1, 0};
static const struct lenet5_layer coded_rows[] = {
    {.kind = LENET5_LAYER_FLATTEN},
    {LENET5_LAYER_DENSE, .name = "f", .outputs = 2},
    {LENET5_LAYER_RBF, .outputs = 3, .codes = code_bits}};
static const struct lenet5_architecture coded = {.input = {1, 4, 4},
                                                 .scale = 1,
                                                 .fit = LENET5_FIT_RESIZE,
                                                 .layers = coded_rows,
                                                 .layer_count = 3,
                                                 .class_count = 3};

static void loaded_or_nothing(bool succeeded)
{
    char sha256[65];
    ck_assert_int_eq(loaded != NULL, succeeded);
    if (!loaded)
        return;
    lenet5_network_sha256(loaded, sha256);
    ck_assert_str_eq(sha256, old_sha256);
    lenet5_network_destroy(loaded);
}

static void other_weights(void)
{
    old_model();
    lenet5_network_parameters(network)[0] = 1;
}

static enum lenet5_status load_weights(void)
{
    return lenet5_model_load_weights(network, model_path, &error);
}

static void all_or_none(bool succeeded)
{
    char sha256[65];
    lenet5_network_sha256(network, sha256);
    ck_assert_str_eq(sha256, succeeded ? old_sha256 : new_sha256);
}

/* What a header without our metadata needs: weights from another program's file. */
static void foreign_weights(void)
{
    other_weights();
    struct bytes *bytes = &file;
    *bytes = old_file;
    char *metadata = memmem(bytes->at, bytes->size, "\"lenet5\":", 9);
    ck_assert_ptr_nonnull(metadata);
    memcpy(metadata, "\"others\":", 9);
    files_write("model.safetensors", bytes->at, bytes->size);
}

/* Checkpoints: a run that stops after two batches, and what it saved. */

static const struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                           {LENET5_LAYER_DENSE, .name = "f", .outputs = 10}};
static const struct lenet5_architecture tiny = {.name = "tiny",
                                                .input = {1, 32, 32},
                                                .scale = 1 / 255.0f,
                                                .layers = rows,
                                                .layer_count = 2,
                                                .class_count = 10};
static struct lenet5_network *trained;
static struct lenet5_trainer *trainer;
static char checkpoint_path[PATH_MAX];

static enum lenet5_status open_checkpoint(void)
{
    const enum lenet5_status status = lenet5_checkpoint_open(&checkpoint, trainer, checkpoint_path,
                                                             &error);
    lenet5_checkpoint_close(checkpoint);
    checkpoint = NULL;
    return status;
}

static void old_checkpoint(void)
{
    unlink(files_path("run.checkpoint")); /* or both names might be one file */
    files_write("run.checkpoint", old_file.at, old_file.size);
    files_write("run.checkpoint.previous", old_file.at, old_file.size);
}

static void linked_checkpoint(void)
{
    old_checkpoint();
    unlink(files_path("link.lock"));
    unlink(files_path("link"));
    ck_assert_int_eq(symlink(files_path("run.checkpoint"), files_path("link")), 0);
    strcpy(checkpoint_path, files_path("link"));
}

static enum lenet5_status save_checkpoint(void)
{
    return lenet5_checkpoint_save(checkpoint, &error);
}

/* Either of the two files is a checkpoint after all that can happen. */
static void one_is_whole(bool succeeded)
{
    static const char *const names[] = {"run.checkpoint", "run.checkpoint.previous"};
    bool whole[2];
    for (int i = 0; i < 2; i++) {
        FILE *stream = fopen(files_path(names[i]), "rb");
        whole[i] = stream != NULL;
        if (!stream)
            continue;
        file.size = fread(file.at, 1, FILE_MAX, stream);
        fclose(stream);
        ck_assert_uint_eq(file.size, old_file.size);
        ck_assert_mem_eq(file.at, old_file.at, old_file.size);
    }
    ck_assert(whole[0] || whole[1]);
    ck_assert(whole[0] || !succeeded);
}

static void moved_on(void)
{
    old_checkpoint();
    lenet5_network_parameters(trained)[0] = 1;
}

static enum lenet5_status resume(void)
{
    return lenet5_checkpoint_resume(checkpoint, LENET5_CHECKPOINT_NEWEST, &error);
}

static void resumed_or_not(bool succeeded)
{
    ck_assert_int_eq(lenet5_network_parameters(trained)[0] != 1, succeeded);
}

/* A run with another rate, whose values have to be shown. */
static void other_run(void)
{
    moved_on();
    trainer->training.rate = 0.25f;
}

static int fail_saving(void *user, const struct lenet5_progress *now)
{
    static const struct operation saving = {"saving a checkpoint", old_checkpoint, save_checkpoint,
                                            one_is_whole, LENET5_OK};
    (void)user;
    if (now->batch != 2)
        return 0;
    ck_assert_msg(!lenet5_checkpoint_save(checkpoint, &error), "%s", error.message);
    read_bytes(&old_file, checkpoint_path);
    fail_everywhere(&saving);
    return 1;
}

/* Data sets and pictures */

static char images_path[PATH_MAX], labels_path[PATH_MAX], picture_path[PATH_MAX];
static struct lenet5_dataset *read_images;
static struct lenet5_image read_picture;

static void write_packed(const char *name, const char *source)
{
    read_bytes(&file, source);
    second.size = files_gzip(second.at, FILE_MAX, file.at, file.size);
    files_write(name, second.at, second.size);
}

static enum lenet5_status read_idx(void)
{
    return lenet5_dataset_read_idx(&read_images, images_path, labels_path, &error);
}

static enum lenet5_status read_packed(void)
{
    return lenet5_dataset_read_mnist(&read_images, directory, LENET5_SPLIT_TEST, &error);
}

static void read_or_nothing(bool succeeded)
{
    ck_assert_int_eq(read_images != NULL, succeeded);
    if (!read_images)
        return;
    const size_t count = lenet5_dataset_count(images);
    ck_assert_uint_eq(lenet5_dataset_count(read_images), count);
    ck_assert_mem_eq(lenet5_dataset_image(read_images, 0), lenet5_dataset_image(images, 0),
                     count * 784);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(lenet5_dataset_label(read_images, i), lenet5_dataset_label(images, i));
    lenet5_dataset_destroy(read_images);
}

static enum lenet5_status write_idx(void)
{
    return lenet5_dataset_write_idx(images, images_path, labels_path, &error);
}

static enum lenet5_status read_a_picture(void)
{
    return lenet5_image_read(&read_picture, picture_path, &error);
}

static void same_picture(bool succeeded)
{
    ck_assert_int_eq(read_picture.pixels != NULL, succeeded);
    if (!succeeded)
        return;
    ck_assert_mem_eq(read_picture.pixels, picture.pixels,
                     (size_t)picture.width * (size_t)picture.height);
    lenet5_image_release(&read_picture);
}

#ifdef HAVE_PNG
static enum lenet5_status write_picture(void)
{
    return lenet5_image_write_png(&picture, picture_path, &error);
}
#endif

static void setup(void)
{
    *(void **)&arm = dlsym(RTLD_DEFAULT, "faults_arm");
    *(void **)&disarm = dlsym(RTLD_DEFAULT, "faults_disarm");
    *(void **)&blocks = dlsym(RTLD_DEFAULT, "faults_blocks");
    sanitized = dlsym(RTLD_DEFAULT, "__asan_init") != NULL;
    ck_assert_msg(arm && disarm && blocks, "faults.so is not preloaded");
    strcpy(checkpoint_path, files_path("run.checkpoint"));
    strcpy(images_path, files_path("t10k-images-idx3-ubyte"));
    strcpy(labels_path, files_path("t10k-labels-idx1-ubyte"));
    strcpy(picture_path, files_path("picture"));
}

static const struct {
    const struct lenet5_architecture *network;
    struct operation operation;
} model_operations[] = {
    {&small, {"saving a model", old_model, save_model, old_or_new, LENET5_OK}},
    {&small, {"saving a model through a link", linked_model, save_model, old_or_new, LENET5_OK}},
    {&small, {"loading a model", old_model, load_model, loaded_or_nothing, LENET5_OK}},
    {&small, {"loading weights", other_weights, load_weights, all_or_none, LENET5_OK}},
    {&small,
     {"loading another program's weights", foreign_weights, load_weights, all_or_none, LENET5_OK}},
    {&coded, {"saving codes", old_model, save_model, old_or_new, LENET5_OK}},
    {&coded, {"loading codes", old_model, load_model, loaded_or_nothing, LENET5_OK}},
};

TEST_LOOP(models, 0, ARRAY_SIZE(model_operations))
{
    network = make(model_operations[_i].network);
    save(network, model_path);
    read_bytes(&old_file, model_path);
    lenet5_network_sha256(network, old_sha256);
    lenet5_network_parameters(network)[0] = 1;
    save(network, model_path);
    read_bytes(&new_file, model_path);
    lenet5_network_sha256(network, new_sha256);
    fail_everywhere(&model_operations[_i].operation);
    lenet5_network_destroy(network);
}

TEST(checkpoints)
{
    struct lenet5_training training = lenet5_training_defaults();
    struct lenet5_result result;
    training.threads = 1;
    training.batch_size = 8;
    training.epochs = 2;
    training.optimizer = LENET5_OPTIMIZER_ADAM;
    ck_assert(!lenet5_dataset_draw_digits(&images, 24, 1, LENET5_SPLIT_TRAIN, &error));
    ck_assert(!lenet5_network_create(&trained, &tiny, &error));
    ck_assert(!lenet5_network_initialise(trained, LENET5_INIT_HE, 1, &error));
    ck_assert_msg(!lenet5_trainer_create(&trainer, trained, images, &training, &error), "%s",
                  error.message);
    fail_everywhere(
        &(struct operation){"opening a checkpoint", NULL, open_checkpoint, NULL, LENET5_OK});
    ck_assert(!lenet5_checkpoint_open(&checkpoint, trainer, checkpoint_path, &error));
    ck_assert_int_eq(lenet5_trainer_run(trainer, &result, fail_saving, NULL, &error),
                     LENET5_STOPPED);
    fail_everywhere(&(struct operation){"resuming", moved_on, resume, resumed_or_not, LENET5_OK});
    fail_everywhere(&(struct operation){"refusing another run's checkpoint", other_run, resume,
                                        resumed_or_not, LENET5_ERROR_ARGUMENT});
    lenet5_checkpoint_close(checkpoint);
    checkpoint = NULL;
    fail_everywhere(&(struct operation){"opening a checkpoint through a link", linked_checkpoint,
                                        open_checkpoint, NULL, LENET5_OK});
    atomic_file_sweep("/no-such-lenet5-model"); /* a name in the root directory */
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(trained);
    lenet5_dataset_destroy(images);
    for (char const *const *name = (const char *const[]){"run.checkpoint.lock", "link", NULL};
         *name; name++)
        remove(files_path(*name));
}

TEST(data_sets)
{
    ck_assert(!lenet5_dataset_draw_digits(&images, 5, 1, LENET5_SPLIT_TEST, &error));
    fail_everywhere(&(struct operation){"writing a data set", NULL, write_idx, NULL, LENET5_OK});
    fail_everywhere(
        &(struct operation){"reading a data set", NULL, read_idx, read_or_nothing, LENET5_OK});
    write_packed("t10k-images-idx3-ubyte.gz", images_path);
    write_packed("t10k-labels-idx1-ubyte.gz", labels_path);
    unlink(images_path);
    unlink(labels_path);
    fail_everywhere(&(struct operation){"reading a packed data set", NULL, read_packed,
                                        read_or_nothing, LENET5_OK});
    lenet5_dataset_destroy(images);
}

TEST(pictures)
{
    enum { SIDE = 300 }; /* more than is read at once */
    static uint8_t pixels[SIDE * SIDE];
    static const char head[] = "P5 300 300 255\n";
    static char pgm[sizeof(head) - 1 + sizeof(pixels)];
    for (size_t i = 0; i < sizeof(pixels); i++)
        pixels[i] = (uint8_t)(i * 7919 % 251);
    picture = (struct lenet5_image){SIDE, SIDE, pixels};
    memcpy(pgm, head, sizeof(head) - 1);
    memcpy(pgm + sizeof(head) - 1, pixels, sizeof(pixels));
    files_write("picture", pgm, sizeof(pgm));
    fail_everywhere(
        &(struct operation){"reading a PGM", NULL, read_a_picture, same_picture, LENET5_OK});
#ifdef HAVE_PNG
    fail_everywhere(&(struct operation){"writing a PNG", NULL, write_picture, NULL, LENET5_OK});
    fail_everywhere(
        &(struct operation){"reading a PNG", NULL, read_a_picture, same_picture, LENET5_OK});
#endif
}

void add_fixtures(TCase *tests)
{
    small_model_fixture(tests);
    tcase_add_checked_fixture(tests, setup, NULL);
}
