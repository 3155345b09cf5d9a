#include "catalogue.h"

#include <stdio.h>
#include <string.h>

#include "cli/json_output.h"
#include "cli/messages.h"
#include "data.h"
#include "fetch.h"
#include "verify.h"

int catalogue_list(bool as_json)
{
    struct cJSON *json = as_json ? json_document("lenet5-data-list/1") : NULL;
    struct cJSON *array = json ? json_array(json, "datasets") : NULL;
    for (int i = 0; i < KNOWN_DATASETS; i++) {
        const struct known_dataset *known = &known_datasets[i];
        char path[FILE_PATH_SIZE];
        const bool here = data_find(path, known);
        if (!json) {
            printf("%-16s %6d + %5d images, %2d classes  %s\n%16s %s; licence: %s\n", known->name,
                   known->counts[LENET5_SPLIT_TRAIN], known->counts[LENET5_SPLIT_TEST],
                   known->format.classes, here ? path : "-", "", known->title, known->licence);
            continue;
        }
        struct cJSON *entry = json_object(array, NULL);
        json_text(entry, "name", known->name);
        json_text(entry, "title", known->title);
        json_text(entry, "licence", known->licence);
        json_count(entry, "train", (uint64_t)known->counts[LENET5_SPLIT_TRAIN]);
        json_count(entry, "test", (uint64_t)known->counts[LENET5_SPLIT_TEST]);
        json_count(entry, "classes", (uint64_t)known->format.classes);
        json_text(entry, "path", here ? path : NULL);
    }
    if (json)
        json_print(json);
    return CLI_OK;
}

int catalogue_fetch(const char *name, const char *mirror, double timeout)
{
    const struct known_dataset *known = known_find(name);
    char cache[FILE_PATH_SIZE], place[FILE_PATH_SIZE];
    const struct fetch how = {cache, mirror, timeout};
    if (!known)
        return data_unknown("fetch", name);
    if (!data_cache(cache, "") || !data_cache(place, known->name))
        return cli_error(CLI_IO, "no cache directory: neither HOME nor XDG_CACHE_HOME is an "
                                 "absolute path");
    cache[strlen(cache) - 1] = '\0'; /* the slash before no name */
    const int code = fetch_dataset(known, &how);
    if (!code)
        puts(place);
    return code;
}

/* A line or entry for each file; the exit code is the worst. */
static int verify_dataset(const struct known_dataset *known, const char *directory,
                          struct cJSON *array)
{
    int code = CLI_OK;
    for (int i = 0; i < 4; i++) {
        const struct known_file *file = &known->files[i / 2][i % 2];
        char what[VERIFY_WHAT_SIZE];
        const enum verdict verdict = verify_file(what, directory, file);
        if (verdict == VERDICT_WRONG)
            code = CLI_DATA;
        else if (!verdict_is_good(verdict) && code != CLI_DATA)
            code = verdict == VERDICT_MISSING ? CLI_NO_INPUT : CLI_IO;
        if (array) {
            struct cJSON *entry = json_object(array, NULL);
            json_text(entry, "dataset", known->name);
            json_text(entry, "path", directory);
            json_text(entry, "file", file->name);
            json_bool(entry, "good", verdict < VERDICT_UNKNOWN);
            json_text(entry, "found", what);
        } else {
            printf("%-4s %s/%s: %s\n",
                   verdict == VERDICT_UNKNOWN ? "?"
                   : verdict_is_good(verdict) ? "good"
                                              : "BAD",
                   directory, file->name, what);
        }
    }
    return code;
}

int catalogue_verify(const char *name, bool as_json)
{
    struct cJSON *json = as_json ? json_document("lenet5-data-verify/1") : NULL;
    struct cJSON *array = json ? json_array(json, "files") : NULL;
    const struct known_dataset *wanted = name ? known_find(name) : NULL;
    int code = CLI_OK, found = 0;
    if (name && !wanted)
        return data_unknown("verify", name);
    for (int i = 0; i < KNOWN_DATASETS; i++) {
        char path[FILE_PATH_SIZE];
        if ((wanted && wanted != &known_datasets[i]) || !data_find(path, &known_datasets[i]))
            continue;
        found++;
        const int one = verify_dataset(&known_datasets[i], path, array);
        code = one ? one : code;
    }
    if (found == 0)
        return cli_error(CLI_NO_INPUT,
                         "%s: not on this machine; `lenet5-data fetch %s` downloads %s",
                         wanted ? wanted->name : "known data sets", wanted ? wanted->name : "NAME",
                         wanted ? "it" : "one");
    if (json)
        json_print(json);
    return code ? cli_error(code,
                            "a file is missing or not as published; `lenet5-data fetch %s` "
                            "downloads it again",
                            wanted ? wanted->name : "NAME")
                : CLI_OK;
}
