#include "image_folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/files.h"
#include "cli/messages.h"
#include "data.h"

enum { AREA = LENET5_DIGIT_SIDE * LENET5_DIGIT_SIDE };

static int make_directory(const char *path)
{
    return mkdir(path, 0777) && errno != EEXIST ? cli_error(CLI_IO, "%s: %s", path, strerror(errno))
                                                : CLI_OK;
}

int image_folders_write_idx(const struct lenet5_dataset *dataset, const char *directory,
                            enum lenet5_split split)
{
    static const char *const names[][2] = {
        [LENET5_SPLIT_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        [LENET5_SPLIT_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    char images[FILE_PATH_SIZE], labels[FILE_PATH_SIZE];
    struct lenet5_error error;
    int code;
    if ((code = make_directory(directory)) ||
        (code = file_path(images, directory, names[split][0], "")) ||
        (code = file_path(labels, directory, names[split][1], "")))
        return code;
    return lenet5_dataset_write_idx(dataset, images, labels, &error) ? cli_fail(&error) : CLI_OK;
}

int image_folders_export(const struct lenet5_dataset *dataset, const char *const *names,
                         const char *directory)
{
    int code = make_directory(directory);
    for (int class = 0; !code && class < lenet5_dataset_classes(dataset); class ++) {
        char name[64], folder[FILE_PATH_SIZE], path[FILE_PATH_SIZE];
        snprintf(name, sizeof(name), "%d", class);
        if (names)
            snprintf(name, sizeof(name), "%s", names[class]);
        for (char *c = name; *c; c++)
            *c = *c == '/' ? '-' : *c;
        if ((code = file_path(folder, directory, name, "")) || (code = make_directory(folder)))
            return code;
        for (size_t i = 0; !code && i < lenet5_dataset_count(dataset); i++) {
            if (lenet5_dataset_label(dataset, i) != class)
                continue;
            const struct lenet5_image image = {lenet5_dataset_cols(dataset),
                                               lenet5_dataset_rows(dataset),
                                               (uint8_t *)lenet5_dataset_image(dataset, i)};
            struct lenet5_error error;
            snprintf(name, sizeof(name), "%05zu.png", i);
            code = file_path(path, folder, name, "");
            if (!code && lenet5_image_write_png(&image, path, &error))
                code = cli_fail(&error);
        }
    }
    return code;
}

/* The images and labels of one split. */
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

/* Names in the order of their numbers, then bytes; negative after printing the error. */
static int list(struct dirent ***entries, const char *directory)
{
    const int count = scandir(directory, entries, is_visible, versionsort);
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
static bool read_picture(uint8_t digit[AREA], const char *path, bool raw)
{
    struct lenet5_image image = {0};
    struct lenet5_error error;
    if (lenet5_image_read(&image, path, &error)) {
        cli_note("left out: %s", error.message);
        return false;
    }
    bool good = true;
    if (raw && (image.width != LENET5_DIGIT_SIDE || image.height != LENET5_DIGIT_SIDE)) {
        cli_note("left out: %s: %dx%d pixels, expected %dx%d for --raw", path, image.width,
                 image.height, LENET5_DIGIT_SIDE, LENET5_DIGIT_SIDE);
        good = false;
    } else if (raw) {
        memcpy(digit, image.pixels, AREA);
    } else if (lenet5_image_to_digit(digit, &image, &error)) {
        cli_note("left out: %s: %s", path, error.message);
        good = false;
    }
    lenet5_image_release(&image);
    return good;
}

static int read_class(struct part parts[2], const char *folder, int label,
                      const struct image_folders_import *how, unsigned short state[3])
{
    struct dirent **entries;
    const int count = list(&entries, folder);
    int code = count < 0 ? CLI_NO_INPUT : CLI_OK;
    for (int i = 0; !code && i < count; i++) {
        char path[FILE_PATH_SIZE];
        uint8_t digit[AREA];
        code = file_path(path, folder, entries[i]->d_name, "");
        if (!code && read_picture(digit, path, how->raw))
            code = add(
                &parts[erand48(state) < how->held_out ? LENET5_SPLIT_TEST : LENET5_SPLIT_TRAIN],
                digit, label);
    }
    if (count >= 0)
        free_list(entries, count);
    return code;
}

/* Every folder in it is a class; names has room for LENET5_MAX_CLASSES, which the caller frees. */
static int read_folder(struct part parts[2], char **names, int *classes, const char *folder,
                       const struct image_folders_import *how)
{
    unsigned short state[3] = {(unsigned short)how->seed, (unsigned short)(how->seed >> 16),
                               (unsigned short)(how->seed >> 32)};
    struct dirent **entries;
    const int count = list(&entries, folder);
    int code = count < 0 ? CLI_NO_INPUT : CLI_OK;
    for (int i = 0; !code && i < count; i++) {
        char path[FILE_PATH_SIZE];
        code = file_path(path, folder, entries[i]->d_name, "");
        if (code || !file_is_directory(path))
            continue;
        if (*classes == LENET5_MAX_CLASSES) {
            code = cli_error(CLI_DATA, "%s: more than %d folders, one for each class", folder,
                             LENET5_MAX_CLASSES);
            break;
        }
        names[*classes] = strdup(entries[i]->d_name);
        if (!names[*classes])
            code = cli_error(CLI_MEMORY, "out of memory");
        cli_note("class %d: %s", *classes, entries[i]->d_name);
        if (!code)
            code = read_class(parts, path, (*classes)++, how, state);
    }
    if (count >= 0)
        free_list(entries, count);
    return code;
}

static int write_part(const struct part *part, int classes, const char *directory,
                      enum lenet5_split split)
{
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    if (lenet5_dataset_create(&dataset, part->images, part->labels, part->count, LENET5_DIGIT_SIDE,
                              LENET5_DIGIT_SIDE, classes, &error))
        return cli_fail(&error);
    const int code = image_folders_write_idx(dataset, directory, split);
    lenet5_dataset_destroy(dataset);
    return code;
}

int image_folders_import(const char *folder, const char *directory,
                         const struct image_folders_import *how)
{
    struct part parts[2] = {{0}};
    char *names[LENET5_MAX_CLASSES] = {NULL};
    int classes = 0, code = read_folder(parts, names, &classes, folder, how);
    if (!code && (parts[LENET5_SPLIT_TRAIN].count == 0 ||
                  (parts[LENET5_SPLIT_TEST].count == 0 && how->held_out > 0)))
        code = cli_error(CLI_DATA,
                         "%s: %zu pictures to train with and %zu to test with in folders of "
                         "classes, expected some of both",
                         folder, parts[LENET5_SPLIT_TRAIN].count, parts[LENET5_SPLIT_TEST].count);
    if (!code)
        code = write_part(&parts[LENET5_SPLIT_TRAIN], classes, directory, LENET5_SPLIT_TRAIN);
    if (!code && parts[LENET5_SPLIT_TEST].count > 0)
        code = write_part(&parts[LENET5_SPLIT_TEST], classes, directory, LENET5_SPLIT_TEST);
    if (!code)
        code = data_write_classes(directory, (const char *const *)names, classes);
    if (!code)
        cli_note("wrote %zu + %zu images of %d classes to %s", parts[LENET5_SPLIT_TRAIN].count,
                 parts[LENET5_SPLIT_TEST].count, classes, directory);
    for (int i = 0; i < classes; i++)
        free(names[i]);
    for (int i = 0; i < 2; i++) {
        free(parts[i].images);
        free(parts[i].labels);
    }
    return code;
}
