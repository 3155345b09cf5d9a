#include "folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

enum { PATH_SIZE = 4096, MOST_CLASSES = 10, AREA = LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE };

static int make_directory(const char *path)
{
    return mkdir(path, 0777) && errno != EEXIST ? cli_error(CLI_IO, "%s: %s", path, strerror(errno))
                                                : CLI_OK;
}

/* directory/name, or an exit code. */
static int join(char path[PATH_SIZE], const char *directory, const char *name)
{
    return snprintf(path, PATH_SIZE, "%s/%s", directory, name) < PATH_SIZE
               ? CLI_OK
               : cli_error(CLI_IO, "%s/%s: the name is too long", directory, name);
}

int folders_write_idx(const struct lenet5_dataset *dataset, const char *directory,
                      enum lenet5_split split)
{
    static const char *const names[][2] = {
        [LENET5_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        [LENET5_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    char images[PATH_SIZE], labels[PATH_SIZE];
    struct lenet5_error error;
    int code;
    if ((code = make_directory(directory)) || (code = join(images, directory, names[split][0])) ||
        (code = join(labels, directory, names[split][1])))
        return code;
    return lenet5_dataset_write_idx(dataset, images, labels, &error) ? cli_fail(&error) : CLI_OK;
}

int folders_export(const struct lenet5_dataset *dataset, const char *const *names,
                   const char *directory)
{
    int code = make_directory(directory);
    for (int class = 0; !code && class < lenet5_dataset_classes(dataset); class ++) {
        char name[64], folder[PATH_SIZE], path[PATH_SIZE];
        snprintf(name, sizeof(name), "%d", class);
        if (names)
            snprintf(name, sizeof(name), "%s", names[class]);
        for (char *c = name; *c; c++)
            *c = *c == '/' ? '-' : *c;
        if ((code = join(folder, directory, name)) || (code = make_directory(folder)))
            return code;
        for (size_t i = 0; !code && i < lenet5_dataset_count(dataset); i++) {
            if (lenet5_dataset_label(dataset, i) != class)
                continue;
            const struct lenet5_image image = {lenet5_dataset_cols(dataset),
                                               lenet5_dataset_rows(dataset),
                                               (uint8_t *)lenet5_dataset_image(dataset, i)};
            struct lenet5_error error;
            snprintf(name, sizeof(name), "%05zu.png", i);
            code = join(path, folder, name);
            if (!code && lenet5_image_write_png(&image, path, &error))
                code = cli_fail(&error);
        }
    }
    return code;
}

/* What is read of a folder: images and labels of one part. */
struct part {
    uint8_t *images, *labels;
    size_t count, room;
};

static int add(struct part *part, const uint8_t *image, int label)
{
    if (part->count == part->room) {
        const size_t room = part->room ? 2 * part->room : 256;
        uint8_t *images = realloc(part->images, room * AREA);
        part->images = images ? images : part->images;
        uint8_t *labels = images ? realloc(part->labels, room) : NULL;
        if (!labels)
            return cli_error(CLI_MEMORY, "out of memory");
        part->labels = labels;
        part->room = room;
    }
    memcpy(part->images + part->count * AREA, image, AREA);
    part->labels[part->count++] = (uint8_t)label;
    return CLI_OK;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Sorted names; fewer than 0 after saying what is wrong. */
static int list(struct dirent ***entries, const char *directory)
{
    const int count = scandir(directory, entries, is_visible, by_bytes);
    if (count < 0)
        cli_error(CLI_NO_INPUT, "%s: %s", directory, strerror(errno));
    return count;
}

static void free_list(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

/* A picture that is none is not worth stopping for. */
static bool read_digit(uint8_t digit[AREA], const char *path)
{
    struct lenet5_image image = {0};
    struct lenet5_error error;
    if (lenet5_image_read(&image, path, &error)) {
        cli_note("left out: %s", error.message);
        return false;
    }
    const bool good = !lenet5_image_to_digit(digit, &image, &error);
    if (!good)
        cli_note("left out: %s: %s", path, error.message);
    lenet5_image_release(&image);
    return good;
}

static int read_class(struct part parts[2], const char *folder, int label, double held_out,
                      unsigned short state[3])
{
    struct dirent **entries;
    const int count = list(&entries, folder);
    int code = count < 0 ? CLI_NO_INPUT : CLI_OK;
    for (int i = 0; !code && i < count; i++) {
        char path[PATH_SIZE];
        uint8_t digit[AREA];
        code = join(path, folder, entries[i]->d_name);
        if (!code && read_digit(digit, path))
            code = add(&parts[erand48(state) < held_out ? LENET5_TEST : LENET5_TRAIN], digit,
                       label);
    }
    if (count >= 0)
        free_list(entries, count);
    return code;
}

static bool is_directory(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISDIR(info.st_mode);
}

static int read_folder(struct part parts[2], const char *folder, double held_out, uint64_t seed)
{
    unsigned short state[3] = {(unsigned short)seed, (unsigned short)(seed >> 16),
                               (unsigned short)(seed >> 32)};
    struct dirent **entries;
    const int count = list(&entries, folder);
    int code = count < 0 ? CLI_NO_INPUT : CLI_OK, label = 0;
    for (int i = 0; !code && i < count; i++) {
        char path[PATH_SIZE];
        code = join(path, folder, entries[i]->d_name);
        if (code || !is_directory(path))
            continue;
        if (label == MOST_CLASSES) {
            code = cli_error(CLI_DATA, "%s: more than %d folders, one for each class", folder,
                             MOST_CLASSES);
            break;
        }
        cli_note("class %d: %s", label, entries[i]->d_name);
        code = read_class(parts, path, label++, held_out, state);
    }
    if (count >= 0)
        free_list(entries, count);
    return code;
}

static int write_part(const struct part *part, const char *directory, enum lenet5_split split)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    if (lenet5_dataset_create(&dataset, part->images, part->labels, part->count, LENET5_DIGIT_SIDE,
                              LENET5_DIGIT_SIDE, MOST_CLASSES, &error))
        return cli_fail(&error);
    const int code = folders_write_idx(dataset, directory, split);
    lenet5_dataset_destroy(dataset);
    return code;
}

int folders_import(const char *folder, const char *directory, double held_out, uint64_t seed)
{
    struct part parts[2] = {{0}};
    int code = read_folder(parts, folder, held_out, seed);
    if (!code &&
        (parts[LENET5_TRAIN].count == 0 || (parts[LENET5_TEST].count == 0 && held_out > 0)))
        code = cli_error(CLI_DATA,
                         "%s: %zu pictures to train with and %zu to test with in folders of "
                         "classes, expected some of both",
                         folder, parts[LENET5_TRAIN].count, parts[LENET5_TEST].count);
    if (!code)
        code = write_part(&parts[LENET5_TRAIN], directory, LENET5_TRAIN);
    if (!code && parts[LENET5_TEST].count > 0)
        code = write_part(&parts[LENET5_TEST], directory, LENET5_TEST);
    if (!code)
        cli_note("wrote %zu + %zu images to %s", parts[LENET5_TRAIN].count,
                 parts[LENET5_TEST].count, directory);
    for (int i = 0; i < 2; i++) {
        free(parts[i].images);
        free(parts[i].labels);
    }
    return code;
}
