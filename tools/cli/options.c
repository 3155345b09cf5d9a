#include "options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "manual.h"
#include "run_file.h"

enum { MAX_OPTIONS = 96, LONG_ONLY = 256, HELP_COLUMN = 26, HELP_WIDTH = 79 };

static const struct cli_option common_options[] = {
    {CLI_GROUP, .help = "Other"},
    {CLI_SET, "quiet", 'q', NULL, "print nothing but errors and the result", .target = &cli_quiet},
    {CLI_HELP, "help", 'h', NULL, "print this help", .target = NULL},
    {CLI_VERSION, "version", 'V', NULL, "print the version, the BLAS and the CPUs", .target = NULL},
};

static void print_default(char *text, size_t size, const struct cli_option *option)
{
    text[0] = '\0';
    switch (option->kind) {
    case CLI_SET:
    case CLI_CLEAR:
        if (*(bool *)option->target == (option->kind == CLI_SET))
            snprintf(text, size, " [default]");
        break;
    case CLI_INT:
        snprintf(text, size, " [%d]", *(int *)option->target);
        break;
    case CLI_SEED:
        snprintf(text, size, " [%" PRIu64 "]", *(uint64_t *)option->target);
        break;
    case CLI_REAL:
        snprintf(text, size, " [%g]", *(double *)option->target);
        break;
    case CLI_TEXT:
        if (*(const char **)option->target)
            snprintf(text, size, " [%s]", *(const char **)option->target);
        break;
    case CLI_CHOICE:
        snprintf(text, size, " [%s]", option->choices[*(unsigned *)option->target]);
        break;
    default:
        break;
    }
}

/* "naive, blas, direct" */
static void list_choices(char *text, size_t size, const char *const *choices)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; choices[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", choices[i]);
}

void options_tail(char *text, size_t size, const struct cli_option *option)
{
    char choices[160] = "", value[64];
    if (option->choices)
        list_choices(choices, sizeof(choices), option->choices);
    print_default(value, sizeof(value), option);
    snprintf(text, size, "%s%s%s", option->choices ? ": " : "", choices, value);
}

static void print_option(const struct cli_option *option)
{
    if (option->kind == CLI_GROUP) {
        printf("\n%s:\n", option->help);
        return;
    }
    char tail[OPTIONS_TEXT], text[2 * OPTIONS_TEXT];
    options_tail(tail, sizeof(tail), option);
    snprintf(text, sizeof(text), "%s%s", option->help, tail);

    char letter[] = {'-', option->letter, ',', '\0'};
    int column = printf("  %-3s --%s%s%s", option->letter ? letter : "", option->name,
                        option->argument ? " " : "", option->argument ? option->argument : "");
    if (column > HELP_COLUMN - 2) {
        putchar('\n');
        column = 0;
    }
    column += printf("%*s", HELP_COLUMN - column, "");
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (column > HELP_COLUMN && column + 1 + (int)strlen(word) > HELP_WIDTH)
            column = printf("\n%*s", HELP_COLUMN, "") - 1;
        column += printf("%s%s", column > HELP_COLUMN ? " " : "", word);
    }
    putchar('\n');
}

static void print_help(const struct cli_program *program, const struct cli_option *const *rows)
{
    printf("Usage: %s %s\n%s\n", program->name, program->arguments, program->summary);
    for (int i = 0; rows[i]; i++)
        print_option(rows[i]);
    printf("\nExit status: %s\nDocumentation: README.md of the lenet5 project.\n",
           manual_exit_status);
}

static void print_version(const struct cli_program *program)
{
    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    printf("%s %s (library %s)\n", program->name, PROGRAM_VERSION, lenet5_version());
    printf("BLAS      %s\nkernels   %s\nparallel  %s\nCPUs      %d\n", blas.config, blas.core,
           lenet5_blas_parallel_string(blas.parallel), lenet5_default_threads());
}

static bool in_range(const struct cli_range *range, double value)
{
    return value >= range->least && (range->below ? value < range->most : value <= range->most);
}

/* Stores the value that the text stands for; false if it stands for none. */
static bool store(const struct cli_option *option, const char *text)
{
    char *end = NULL;
    errno = 0;
    switch (option->kind) {
    case CLI_SET:
    case CLI_CLEAR:
        *(bool *)option->target = option->kind == CLI_SET;
        return true;
    case CLI_INT: {
        long value = strtol(text, &end, 10);
        if (isspace((unsigned char)*text) || end == text || *end ||
            !in_range(&option->range, (double)value))
            return false;
        *(int *)option->target = (int)value;
        return true;
    }
    case CLI_SEED: {
        uint64_t value = strtoull(text, &end, 10);
        if (!isdigit((unsigned char)*text) || *end || errno)
            return false;
        *(uint64_t *)option->target = value;
        return true;
    }
    case CLI_REAL: {
        double value = strtod(text, &end);
        if (isspace((unsigned char)*text) || end == text || *end ||
            !in_range(&option->range, value))
            return false;
        *(double *)option->target = value;
        return true;
    }
    case CLI_TEXT:
        *(const char **)option->target = text;
        return *text != '\0';
    case CLI_CHOICE:
        for (unsigned i = 0; option->choices[i]; i++)
            if (!strcmp(text, option->choices[i])) {
                *(unsigned *)option->target = i;
                return true;
            }
        return false;
    default:
        return true;
    }
}

static int refuse(const struct cli_option *option, const char *text)
{
    const struct cli_range *range = &option->range;
    char expected[200] = "some text";
    if (option->kind == CLI_INT)
        snprintf(expected, sizeof(expected), "a whole number from %.0f to %.0f", range->least,
                 range->most);
    else if (option->kind == CLI_SEED)
        snprintf(expected, sizeof(expected), "a whole number from 0 to %" PRIu64, UINT64_MAX);
    else if (option->kind == CLI_REAL)
        snprintf(expected, sizeof(expected), "a number from %g to %s%g", range->least,
                 range->below ? "below " : "", range->most);
    else if (option->kind == CLI_CHOICE) {
        memcpy(expected, "one of ", 8);
        list_choices(expected + 7, sizeof(expected) - 7, option->choices);
    }
    return cli_error(CLI_USAGE, "--%s: expected %s, found '%s'", option->name, expected, text);
}

/* The table in the forms getopt wants; the value of row i's long form is LONG_ONLY + i. */
struct parser {
    const struct cli_option *rows[MAX_OPTIONS + 1];
    struct option long_forms[MAX_OPTIONS + 1];
    char letters[2 * MAX_OPTIONS + 1];
    int count;
};

static void add_rows(struct parser *parser, const struct cli_option *rows, int count)
{
    assert(parser->count + count <= MAX_OPTIONS);
    struct option *form = parser->long_forms;
    while (form->name)
        form++;
    char *letter = parser->letters + strlen(parser->letters);
    for (int i = 0; i < count; i++) {
        int value = LONG_ONLY + parser->count;
        parser->rows[parser->count++] = &rows[i];
        if (rows[i].kind == CLI_GROUP)
            continue;
        int argument = rows[i].argument           ? required_argument
                       : rows[i].kind == CLI_HELP ? optional_argument
                                                  : no_argument;
        *form++ = (struct option){rows[i].name, argument, NULL, value};
        if (rows[i].letter)
            letter += sprintf(letter, "%c%s", rows[i].letter,
                              argument == required_argument ? ":" : "");
    }
}

/* getopt's next option, or NULL at the end; exits on a mistake, which getopt has printed. */
static const struct cli_option *next_option(const struct parser *parser, int argc, char **argv)
{
    int found = getopt_long(argc, argv, parser->letters, parser->long_forms, NULL);
    if (found == -1)
        return NULL;
    if (found == '?') {
        fprintf(stderr, "Try '%s --help'.\n", argv[0]);
        exit(CLI_USAGE);
    }
    if (found >= LONG_ONLY)
        return parser->rows[found - LONG_ONLY];
    int i = 0;
    while (parser->rows[i]->letter != found)
        i++;
    return parser->rows[i];
}

/* Exits on a value that cannot be stored. */
static void take(const struct cli_option *option, const char *text)
{
    if (!store(option, text))
        exit(refuse(option, text));
    if (option->given)
        *option->given = true;
    const int code = option->apply ? option->apply() : CLI_OK;
    if (code)
        exit(code);
}

/* The command line behind the words of the file that its last --config names, if there is one. */
static char **expand(const struct parser *parser, const struct cli_program *program, int *argc,
                     char **argv)
{
    static char **all; /* settings point at its words until the program ends */
    const struct cli_option *option;
    const char *path = NULL;
    int count = 0;
    /* What comes behind --help does not matter, not even if it is wrong. */
    while ((option = next_option(parser, *argc, argv)) && option->kind != CLI_HELP &&
           option->kind != CLI_VERSION)
        if (option->kind == CLI_CONFIG)
            path = optarg;
    optind = 0;
    if (!path)
        return argv;
    char **words = run_file_read(path, program, parser->rows, &count);
    all = calloc((size_t)(count + *argc) + 1, sizeof(*all));
    if (!all)
        exit(cli_error(CLI_MEMORY, "out of memory"));
    all[0] = argv[0];
    memcpy(all + 1, words, (size_t)count * sizeof(*all));
    free(words);
    memcpy(all + 1 + count, argv + 1, (size_t)*argc * sizeof(*all)); /* and the NULL */
    *argc += count;
    return all;
}

int options_parse(const struct cli_program *program, int argc, char **argv)
{
    struct parser parser = {.count = 0};
    add_rows(&parser, program->options, program->option_count);
    add_rows(&parser, common_options, sizeof(common_options) / sizeof(common_options[0]));

    /* Twice: the help shows the targets' defaults, so it comes before anything is stored. */
    const struct cli_option *option;
    char *self = argv[0];
    argv[0] = (char *)program->name; /* for getopt's messages */
    char **words = argv;
    const int own = argc;
    argv = expand(&parser, program, &argc, argv);
    while ((option = next_option(&parser, argc, argv))) {
        if (option->kind == CLI_HELP || option->kind == CLI_VERSION) {
            if (option->kind == CLI_VERSION) {
                words[0] = self;
                cli_settle(words);
                print_version(program);
            } else if (!optarg)
                print_help(program, parser.rows);
            else if (!manual_print(optarg, program, parser.rows))
                exit(cli_error(CLI_USAGE, "--help: expected no word, found '%s'", optarg));
            exit(CLI_OK);
        }
        if (option->apply)
            take(option, optarg);
    }
    optind = 0;
    while ((option = next_option(&parser, argc, argv)))
        if (!option->apply)
            take(option, optarg);
    words[0] = self;
    return optind - (argc - own);
}
