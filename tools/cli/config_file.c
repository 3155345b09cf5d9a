#include "config_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json_output.h"
#include "messages.h"

enum { VERSION = 1, FILE_MAX = 1 << 20 };

static const char ending[] = ".safetensors";

/* The file's object. NULL and *code after printing that it is no config file. */
static cJSON *read_run(const char *path, const struct cli_program *program, int *code)
{
    char *text = malloc(FILE_MAX + 1);
    FILE *file = fopen(path, "rb");
    if (!file || !text) {
        *code = cli_error(errno == ENOENT ? CLI_NO_INPUT : CLI_IO, "--config: %s: %s", path,
                          strerror(errno));
        if (file)
            fclose(file);
        free(text);
        return NULL;
    }
    cJSON *json = file_read_text(text, FILE_MAX + 1, file) ? cJSON_Parse(text) : NULL;
    free(text);
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "program");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(json, "version");
    if (cJSON_IsString(name) && !strcmp(name->valuestring, program->name) &&
        cJSON_IsNumber(version) && version->valuedouble == VERSION &&
        cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "options")))
        return json;
    *code = cli_error(CLI_DATA, "--config: %s is not a config file of %s, version %d", path,
                      program->name, VERSION);
    cJSON_Delete(json);
    return NULL;
}

static const struct cli_option *find(const struct cli_option *const *rows, const char *name)
{
    for (int i = 0; rows[i]; i++)
        if (rows[i]->kind != CLI_GROUP && !rows[i]->local && !strcmp(rows[i]->name, name))
            return rows[i];
    return NULL;
}

/* "--epochs=2"; NULL if the member is no value of the option. */
static char *word_of(const cJSON *member, const struct cli_option *option)
{
    char *word = NULL;
    int length = -1;
    if (cJSON_IsBool(member) && option->kind == CLI_SET)
        length = asprintf(&word, "--%s%s", cJSON_IsTrue(member) ? "" : "no-", member->string);
    else if (cJSON_IsString(member) && option->argument)
        length = asprintf(&word, "--%s=%s", member->string, member->valuestring);
    else if (cJSON_IsNumber(member) && option->argument)
        length = asprintf(&word, "--%s=%.17g", member->string, member->valuedouble);
    return length < 0 ? NULL : word;
}

char **config_file_read(const char *path, const struct cli_program *program,
                        const struct cli_option *const *rows, int *count)
{
    int code = CLI_OK;
    cJSON *json = read_run(path, program, &code);
    if (!json)
        exit(code);
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(json, "options");
    char **words = calloc((size_t)cJSON_GetArraySize(options) + 1, sizeof(*words));
    if (!words)
        exit(cli_error(CLI_MEMORY, "out of memory"));
    *count = 0;
    for (const cJSON *member = options->child; member; member = member->next) {
        const struct cli_option *option = find(rows, member->string);
        if (!option)
            exit(cli_error(CLI_DATA, "--config: %s: unknown option '%s'", path, member->string));
        /* A switch that is off needs no word, unless it has a --no- option. */
        char name[64];
        snprintf(name, sizeof(name), "no-%s", member->string);
        if (cJSON_IsFalse(member) && option->kind == CLI_SET && !find(rows, name))
            continue;
        words[*count] = word_of(member, option);
        if (!words[*count])
            exit(cli_error(CLI_DATA, "--config: %s: '%s' has a value of the wrong type", path,
                           member->string));
        ++*count;
    }
    cJSON_Delete(json);
    return words;
}

/* A seed as text: JSON's numbers may end at 2^53. */
static void add_option(struct cJSON *options, const struct cli_option *option)
{
    char text[FILE_PATH_SIZE];
    if (option->kind == CLI_SET)
        json_bool(options, option->name, *(bool *)option->target);
    else if (option->kind == CLI_REAL)
        json_real(options, option->name, *(double *)option->target);
    else if (option->kind == CLI_INT)
        json_real(options, option->name, *(int *)option->target);
    else if (option_value(text, sizeof(text), option))
        json_text(options, option->name, text);
}

void config_file_add(struct cJSON *options, const struct cli_program *program)
{
    for (int i = 0; i < program->option_count; i++)
        if (!program->options[i].local && program->options[i].target)
            add_option(options, &program->options[i]);
}

/* Whether something else has the name. */
static bool is_foreign(const char *path, const struct cli_program *program)
{
    char start[256] = "", wanted[64];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    const size_t size = fread(start, 1, sizeof(start) - 1, file);
    fclose(file);
    start[size] = '\0';
    snprintf(wanted, sizeof(wanted), "\"%s\"", program->name);
    return !strstr(start, "\"program\":") || !strstr(start, wanted);
}

int config_file_write(const char *model, const struct cli_program *program)
{
    char path[FILE_PATH_SIZE];
    const size_t length = strlen(model), end = sizeof(ending) - 1;
    const bool has_ending = length > end && !strcmp(model + length - end, ending);
    const int used = snprintf(path, sizeof(path), "%.*s.json",
                              (int)(has_ending ? length - end : length), model);
    if (used >= FILE_PATH_SIZE)
        return cli_error(CLI_IO, "%s: the name of its config file would be too long", model);
    if (is_foreign(path, program)) {
        cli_note("%s is no config file of %s and is left alone; the config file is not written",
                 path, program->name);
        return CLI_OK;
    }
    struct cJSON *json = json_object(NULL, NULL);
    json_count(json, "version", VERSION);
    json_text(json, "program", program->name);
    json_text(json, "written_by", PROGRAM_VERSION);
    config_file_add(json_object(json, "options"), program);
    char *text = json_serialize(json);
    const int code = file_write("", path, text, strlen(text));
    free(text);
    json_free(json);
    return code;
}
