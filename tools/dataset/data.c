#include "data.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/near_miss.h"
#include "cli/files.h"

enum { DRAWN_TRAIN = 60000, DRAWN_TEST = 10000, DRAWN_SEED = 1998, NAME_SIZE = 256 };

static const char classes_file[] = "classes.txt", built_in[] = "built-in";

/* Silent, for places where something may be. */
static bool join(char path[FILE_PATH_SIZE], const char *directory, const char *name)
{
    const int length = snprintf(path, FILE_PATH_SIZE, "%s/%s", directory, name);
    return length > 0 && length < FILE_PATH_SIZE;
}

/* The XDG specification wants relative values ignored. */
bool data_cache(char path[FILE_PATH_SIZE], const char *name)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (cache && cache[0] == '/')
        length = snprintf(path, FILE_PATH_SIZE, "%s/lenet5/%s", cache, name);
    else if (home && home[0] == '/')
        length = snprintf(path, FILE_PATH_SIZE, "%s/.cache/lenet5/%s", home, name);
    return length > 0 && length < FILE_PATH_SIZE;
}

/* The file's name without .gz, as lenet5_dataset_read_files wants it. */
static void plain_name(char name[NAME_SIZE], const struct known_file *file)
{
    snprintf(name, NAME_SIZE, "%s", file->name);
    char *ending = strrchr(name, '.');
    if (ending && strcmp(ending, ".gz") == 0)
        *ending = '\0';
}

static bool has_file(const char *directory, const struct known_file *file)
{
    char name[NAME_SIZE], path[FILE_PATH_SIZE], packed[FILE_PATH_SIZE];
    plain_name(name, file);
    return (join(path, directory, name) && !access(path, F_OK)) ||
           (join(packed, directory, file->name) && !access(packed, F_OK));
}

static bool has_files(const char *directory, const struct known_dataset *known)
{
    return has_file(directory, &known->files[LENET5_SPLIT_TRAIN][KNOWN_IMAGES]) ||
           has_file(directory, &known->files[LENET5_SPLIT_TEST][KNOWN_IMAGES]);
}

bool data_find(char path[FILE_PATH_SIZE], const struct known_dataset *known)
{
    if (data_cache(path, known->name) && has_files(path, known))
        return true;
    return join(path, "datasets", known->name) && has_files(path, known);
}

/*
 * What lies in a directory. Several data sets have MNIST's file names; the directory's own name tells
 * them apart.
 */
static int identify(struct data *data)
{
    char resolved[PATH_MAX];
    const char *last = realpath(data->directory, resolved) ? basename(resolved) : data->directory;
    const struct known_dataset *found = NULL;
    for (int i = 0; i < KNOWN_DATASETS; i++) {
        const struct known_dataset *known = &known_datasets[i];
        const bool shares_names = i > 0 && strcmp(known->files[0][0].name,
                                                  known_datasets[0].files[0][0].name) == 0;
        if (shares_names || !has_files(data->directory, known))
            continue;
        if (found && strcmp(last, known->name) != 0 && strcmp(last, found->name) != 0)
            return cli_error(CLI_DATA,
                             "%s: has files of %s and of %s; put each into a directory of its own",
                             data->directory, found->name, known->name);
        if (!found || strcmp(last, known->name) == 0)
            found = known;
    }
    if (!found)
        found = &known_datasets[0];
    if (found == &known_datasets[0] && strcasestr(last, "fashion"))
        found = known_find("fashion-mnist");
    else if (found == &known_datasets[0] && strcasestr(last, "kmnist"))
        found = known_find("kmnist");
    data->known = found;
    data->format = found->format;
    data->classes = found->classes;
    return CLI_OK;
}

/* The lines of classes.txt, where there is one, are the classes. */
static int read_classes(struct data *data)
{
    char path[FILE_PATH_SIZE];
    FILE *file = join(path, data->directory, classes_file) ? fopen(path, "r") : NULL;
    if (!file)
        return CLI_OK;
    const bool whole = file_read_text(data->text, sizeof(data->text), file);
    int count = 0;
    char *rest = data->text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        line[strcspn(line, "\r")] = '\0';
        if (!*line)
            continue;
        if (count < LENET5_MAX_CLASSES)
            data->names[count] = line;
        count++;
    }
    if (!whole || count < 1 || count > LENET5_MAX_CLASSES)
        return cli_error(CLI_DATA, "%s: expected the names of 1 to %d classes, one to a line", path,
                         LENET5_MAX_CLASSES);
    data->format.classes = count;
    data->classes = data->names;
    return CLI_OK;
}

static int read_directory(struct data *data, struct lenet5_dataset **dataset,
                          enum lenet5_split split)
{
    if (!data->known) {
        int code = identify(data);
        if (code || (code = read_classes(data)))
            return code;
    }
    char images[NAME_SIZE], labels[NAME_SIZE];
    struct lenet5_error error;
    plain_name(images, &data->known->files[split][KNOWN_IMAGES]);
    plain_name(labels, &data->known->files[split][KNOWN_LABELS]);
    return lenet5_dataset_read_files(dataset, data->directory, images, labels, &data->format,
                                     &error)
               ? cli_fail(&error)
               : CLI_OK;
}

static int draw(struct lenet5_dataset **dataset, enum lenet5_split split)
{
    struct lenet5_error error;
    size_t count = split == LENET5_SPLIT_TRAIN ? DRAWN_TRAIN : DRAWN_TEST;
    return lenet5_dataset_draw_digits(dataset, count, DRAWN_SEED, split, &error) ? cli_fail(&error)
                                                                                 : CLI_OK;
}

/* Nothing was named: MNIST if it is here, else synthetic digits. */
static void settle(struct data *data)
{
    if (data_find(data->found, &known_datasets[0])) {
        data->directory = data->found;
        return;
    }
    data->drawn = true;
    cli_note("no MNIST found: using %d + %d synthetic digits", DRAWN_TRAIN, DRAWN_TEST);
    cli_note("to use MNIST: `lenet5-data fetch mnist`, or --data with the directory of its files");
}

int data_unknown(const char *command, const char *name)
{
    const char *names[KNOWN_DATASETS + 2] = {NULL};
    char known[256] = "", hint[NEAR_MISS_SIZE];
    for (int i = 0; i < KNOWN_DATASETS; i++)
        names[i] = known_datasets[i].name;
    names[KNOWN_DATASETS] = command ? NULL : built_in;
    for (int i = 0; names[i]; i++)
        strcat(strcat(known, i ? ", " : ""), names[i]);
    near_miss_hint(hint, name, names);
    return command ? cli_error(CLI_USAGE, "%s: expected a known data set (%s), found '%s'%s",
                               command, known, name, hint)
                   : cli_error(CLI_NO_INPUT, "%s: no such directory and no known data set (%s)%s",
                               name, known, hint);
}

/* The user named a directory or a known data set. */
static int settle_on(struct data *data, const char *place)
{
    const struct known_dataset *known = known_find(place);
    if (strcmp(place, built_in) == 0) {
        data->drawn = true;
        return CLI_OK;
    }
    data->directory = place;
    errno = 0;
    /* Where looking failed for another reason than a missing name, reading says what is wrong. */
    if (file_is_directory(place) || (errno && errno != ENOENT && errno != ENOTDIR))
        return CLI_OK;
    if (!known)
        return data_unknown(NULL, place);
    if (data_find(data->found, known)) {
        data->directory = data->found;
        return CLI_OK;
    }
    return cli_error(CLI_NO_INPUT, "%s: not on this machine; `lenet5-data fetch %s` downloads it",
                     place, place);
}

int data_read(struct data *data, struct lenet5_dataset **dataset, enum lenet5_split split)
{
    const bool settled = data->drawn || data->known;
    const char *variable = getenv("LENET5_DATA");
    const char *place = data->directory || !variable || !*variable ? data->directory : variable;
    *dataset = NULL;
    if (!settled && place) {
        const int code = settle_on(data, place);
        if (code)
            return code;
    } else if (!settled) {
        settle(data);
    }
    return data->drawn ? draw(dataset, split) : read_directory(data, dataset, split);
}

const char *const *data_class_names(const struct data *data)
{
    return data->classes;
}

const char *data_name(const struct data *data)
{
    return data->drawn ? built_in : data->directory;
}

int data_write_classes(const char *directory, const char *const *names, int count)
{
    char path[FILE_PATH_SIZE];
    struct file_text lines;
    const int code = file_path(path, directory, classes_file, "");
    if (code)
        return code;
    file_text_start(&lines);
    for (int i = 0; i < count; i++)
        fprintf(lines.stream, "%s\n", names[i]);
    return file_text_save(&lines, "", path);
}
