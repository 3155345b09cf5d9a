#include "catalogue.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "data.h"
#include "fetch.h"
#include "report/report.h"
#include "verify.h"

int catalogue_list(bool as_json)
{
    struct cJSON *json = as_json ? report_document("lenet5-data-list/1") : NULL;
    struct cJSON *array = json ? report_array(json, "datasets") : NULL;
    for (int i = 0; i < KNOWN_DATASETS; i++) {
        const struct known_dataset *known = &known_datasets[i];
        char path[PATHS_SIZE];
        const bool here = data_find(path, known);
        if (!json) {
            printf("%-16s %6d + %5d images, %2d classes  %s\n%16s %s; licence: %s\n", known->name,
                   known->counts[LENET5_SPLIT_TRAIN], known->counts[LENET5_SPLIT_TEST],
                   known->format.classes, here ? path : "-", "", known->title, known->licence);
            continue;
        }
        struct cJSON *entry = report_object(array, NULL);
        report_text(entry, "name", known->name);
        report_text(entry, "title", known->title);
        report_text(entry, "licence", known->licence);
        report_count(entry, "train", (uint64_t)known->counts[LENET5_SPLIT_TRAIN]);
        report_count(entry, "test", (uint64_t)known->counts[LENET5_SPLIT_TEST]);
        report_count(entry, "classes", (uint64_t)known->format.classes);
        report_text(entry, "path", here ? path : NULL);
    }
    if (json)
        report_print(json);
    return CLI_OK;
}

static int no_such_dataset(const char *name)
{
    return cli_error(CLI_USAGE, "%s: not a known data set, see lenet5-data list", name);
}

int catalogue_fetch(const char *name, const char *mirror, double timeout)
{
    const struct known_dataset *known = known_find(name);
    char cache[PATHS_SIZE], place[PATHS_SIZE];
    const struct fetch how = {cache, mirror, timeout};
    if (!known)
        return no_such_dataset(name);
    if (!data_cache(cache, "") || !data_cache(place, known->name))
        return cli_error(CLI_IO, "no cache to put it into: neither HOME nor XDG_CACHE_HOME is an "
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
            struct cJSON *entry = report_object(array, NULL);
            report_text(entry, "dataset", known->name);
            report_text(entry, "path", directory);
            report_text(entry, "file", file->name);
            report_truth(entry, "good", verdict < VERDICT_UNKNOWN);
            report_text(entry, "found", what);
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
    struct cJSON *json = as_json ? report_document("lenet5-data-verify/1") : NULL;
    struct cJSON *array = json ? report_array(json, "files") : NULL;
    const struct known_dataset *wanted = name ? known_find(name) : NULL;
    int code = CLI_OK, found = 0;
    if (name && !wanted)
        return no_such_dataset(name);
    for (int i = 0; i < KNOWN_DATASETS; i++) {
        char path[PATHS_SIZE];
        if ((wanted && wanted != &known_datasets[i]) || !data_find(path, &known_datasets[i]))
            continue;
        found++;
        const int one = verify_dataset(&known_datasets[i], path, array);
        code = one ? one : code;
    }
    if (found == 0)
        return cli_error(CLI_NO_INPUT, "%s: not on this machine; `lenet5-data fetch` gets it",
                         wanted ? wanted->name : "known data sets");
    if (json)
        report_print(json);
    return code ? cli_error(code,
                            "a file is missing or not as published; `lenet5-data fetch` mends it")
                : CLI_OK;
}
