#include "history.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json_output.h"
#include "cli/messages.h"

/* The columns behind the epoch; the last two are those of watched training. */
enum { COLUMNS = 9, UNWATCHED = 7 };
static const char *const names[COLUMNS] = {"train_loss",         "train_accuracy", "val_loss",
                                           "val_accuracy",       "learning_rate",  "seconds",
                                           "samples_per_second", "train_error",    "test_error"};

static int column_count(const struct history *history)
{
    return history->watched ? COLUMNS : UNWATCHED;
}

static void make_header(char line[256], const struct history *history)
{
    strcpy(line, "epoch");
    for (int i = 0; i < column_count(history); i++)
        strcat(strcat(line, ","), names[i]);
    strcat(line, "\n");
}

static bool ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int failed(const struct history *history, enum cli_exit code, const char *why)
{
    return cli_error(code, "--history: %s: %s", history->path, why);
}

/* A call that set errno; opening a file takes memory, too. */
static int failed_call(const struct history *history)
{
    return failed(history, errno == ENOMEM ? CLI_MEMORY : CLI_IO, strerror(errno));
}

/* The number of a line's epoch, 0 where it is no line of this format. */
static int epoch_of(const char *line, bool json)
{
    static const char key[] = "{\"epoch\":";
    if (json && strncmp(line, key, sizeof(key) - 1) != 0)
        return 0;
    const long epoch = strtol(line + (json ? sizeof(key) - 1 : 0), NULL, 10);
    return epoch > 0 && epoch < 1000000000 ? (int)epoch : 0;
}

/* Whether the file is a history of this format, so that lines can be added; counts its epochs. */
static bool read_epochs(struct history *history)
{
    char line[1024], header[256];
    bool first = true, good = true;
    make_header(header, history);
    while (good && fgets(line, sizeof(line), history->file)) {
        if (first && !history->json) {
            good = strcmp(line, header) == 0;
        } else {
            history->before = epoch_of(line, history->json);
            good = history->before > 0 && ends_in(line, "\n");
        }
        first = false;
    }
    return good && !ferror(history->file);
}

int history_open(struct history *history, const char *path, bool resumes, bool watched)
{
    char header[256];
    *history = (struct history){.path = path, .watched = watched};
    make_header(header, history);
    if (!path)
        return CLI_OK;
    history->json = ends_in(path, ".jsonl") || ends_in(path, ".ndjson");
    history->file = fopen(path, resumes ? "a+" : "w");
    if (!history->file)
        return failed_call(history);
    rewind(history->file);
    if (resumes && !read_epochs(history)) {
        fclose(history->file);
        history->file = NULL;
        return failed(history, CLI_IO,
                      "not a history file of this format; remove it or choose another name");
    }
    fseek(history->file, 0, SEEK_END);
    if (!history->json && ftell(history->file) == 0)
        fputs(header, history->file);
    return fflush(history->file) ? failed_call(history) : CLI_OK;
}

static void fill_columns(double columns[COLUMNS], const struct lenet5_progress *now,
                         const double errors[2])
{
    const double values[COLUMNS] = {now->train_loss,         now->train_accuracy, now->val_loss,
                                    now->val_accuracy,       now->rate,           now->seconds,
                                    now->samples_per_second, errors[0],           errors[1]};
    memcpy(columns, values, sizeof(values));
}

void history_json(struct cJSON *array, const struct lenet5_progress *epochs, int count)
{
    for (int i = 0; i < count; i++) {
        double columns[COLUMNS];
        struct cJSON *epoch = json_object(array, NULL);
        fill_columns(columns, &epochs[i], (const double[2]){NAN, NAN});
        json_count(epoch, "epoch", (uint64_t)epochs[i].epoch);
        for (int k = 0; k < UNWATCHED; k++)
            json_real(epoch, names[k], columns[k]);
    }
}

void history_add(const struct history *history, const struct lenet5_progress *now,
                 const double errors[2])
{
    double columns[COLUMNS];
    FILE *file = history->file;
    if (!file)
        return;
    fill_columns(columns, now, errors);
    const int epoch = history->before + now->epoch;
    fprintf(file, history->json ? "{\"epoch\":%d" : "%d", epoch);
    for (int i = 0; i < column_count(history); i++) {
        history->json ? fprintf(file, ",\"%s\":", names[i]) : fputc(',', file);
        if (!isnan(columns[i]))
            fprintf(file, "%.9g", columns[i]);
        else if (history->json)
            fputs("null", file);
    }
    fputs(history->json ? "}\n" : "\n", file);
    fflush(file); /* an error stays with the stream until it is closed */
}

int history_close(struct history *history)
{
    FILE *file = history->file;
    history->file = NULL;
    return file && (ferror(file) | fclose(file)) ? failed(history, CLI_IO, "could not be written")
                                                 : CLI_OK;
}
