#include "data.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { DRAWN_TRAIN = 20000, DRAWN_TEST = 4000, DRAWN_SEED = 1998 };

static const char local_directory[] = "datasets/mnist";

/* $XDG_CACHE_HOME or ~/.cache, with lenet5/mnist; false where there is neither. The XDG
 * specification wants relative values ignored. */
static bool cache_directory(char path[DATA_PATH_SIZE])
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (cache && cache[0] == '/')
        length = snprintf(path, DATA_PATH_SIZE, "%s/lenet5/mnist", cache);
    else if (home && home[0] == '/')
        length = snprintf(path, DATA_PATH_SIZE, "%s/.cache/lenet5/mnist", home);
    return length > 0 && length < DATA_PATH_SIZE;
}

static int draw(struct lenet5_dataset **dataset, enum lenet5_split split)
{
    struct lenet5_error error;
    size_t count = split == LENET5_TRAIN ? DRAWN_TRAIN : DRAWN_TEST;
    return lenet5_dataset_draw_digits(dataset, count, DRAWN_SEED, split, &error) ? cli_fail(&error)
                                                                                 : CLI_OK;
}

/* Looks in the places nobody asked for; what is there but damaged is an error all the same. */
static int search(struct data *data, struct lenet5_dataset **dataset, enum lenet5_split split)
{
    bool cached = cache_directory(data->found);
    const char *places[] = {cached ? data->found : local_directory, local_directory};
    for (int i = cached ? 0 : 1; i < 2; i++) {
        struct lenet5_error error;
        if (access(places[i], R_OK | X_OK))
            continue;
        enum lenet5_status status = lenet5_dataset_read_mnist(dataset, places[i], split, &error);
        if (status == LENET5_ERROR_NOT_FOUND)
            continue;
        data->directory = places[i];
        return status ? cli_fail(&error) : CLI_OK;
    }

    data->drawn = true;
    cli_note("no MNIST found: working on %d + %d digits drawn by this program", DRAWN_TRAIN,
             DRAWN_TEST);
    cli_note("to use MNIST, put train-images-idx3-ubyte, train-labels-idx1-ubyte, "
             "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (.gz will do)");
    cli_note("into %s, or say --data DIR", cached ? data->found : local_directory);
    return draw(dataset, split);
}

int data_read(struct data *data, struct lenet5_dataset **dataset, enum lenet5_split split)
{
    const char *variable = getenv("LENET5_DATA");
    if (data->drawn)
        return draw(dataset, split);
    if (!data->directory && variable && *variable)
        data->directory = variable;
    if (!data->directory)
        return search(data, dataset, split);

    struct lenet5_error error;
    return lenet5_dataset_read_mnist(dataset, data->directory, split, &error) ? cli_fail(&error)
                                                                              : CLI_OK;
}

const char *const *data_class_names(const struct data *data)
{
    static const char *const fashion[] = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                          "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                          "Bag",         "Ankle boot"};
    return !data->drawn && data->directory && strcasestr(data->directory, "fashion") ? fashion
                                                                                     : NULL;
}

const char *data_name(const struct data *data)
{
    return data->drawn ? "built-in digits" : data->directory;
}
