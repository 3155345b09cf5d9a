#include "command_line.h"

#include <assert.h>
#include <getopt.h>
#include <lenet5/lenet5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near_miss.h"
#include "config_file.h"
#include "manual.h"
#include "messages.h"
#include "process.h"

enum { MAX_OPTIONS = 96, LONG_ONLY = 256 };

static const struct cli_option common_options[] = {
    {CLI_GROUP, .help = "Other"},
    {CLI_SET, "quiet", 'q', NULL, "print nothing but errors and the result", .target = &cli_quiet},
    {CLI_HELP, "help", 'h', NULL, "print this help; --help=all shows every option", .target = NULL},
    {CLI_VERSION, "version", 'V', NULL,
     "print the version, the BLAS library and the number of CPUs", .target = NULL},
};

static void print_version(const struct cli_program *program)
{
    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    printf("%s %s (library %s)\n", program->name, PROGRAM_VERSION, lenet5_version());
    printf("BLAS      %s\nkernels   %s\nparallel  %s\nCPUs      %d\n", blas.config, blas.core,
           lenet5_blas_parallel_string(blas.parallel), lenet5_default_threads());
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

/* After a mistake: the option nearest to the word, unless the mistake is another. */
static void suggest(const struct parser *parser, const char *word)
{
    const char *names[MAX_OPTIONS + 1] = {NULL};
    char name[64], hint[NEAR_MISS_SIZE];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
    for (int i = 0; parser->long_forms[i].name; i++) {
        names[i] = parser->long_forms[i].name;
        if (strncmp(name, "--", 2) != 0 || strncmp(names[i], name + 2, strlen(name + 2)) == 0)
            return;
    }
    near_miss_hint(hint, name + 2, names);
    if (*hint)
        cli_error(CLI_USAGE, "did you mean '--%s", hint + strlen("; did you mean '"));
}

/* getopt's next option, or NULL at the end. Exits on a mistake, after getopt has printed it. */
static const struct cli_option *next_option(const struct parser *parser, int argc, char **argv)
{
    int found = getopt_long(argc, argv, parser->letters, parser->long_forms, NULL);
    if (found == -1)
        return NULL;
    if (found == '?') {
        suggest(parser, argv[optind - 1]);
        fprintf(stderr, "Try '%s --help' or '%s --help=all'.\n", argv[0], argv[0]);
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
    int code = option_store(option, text);
    if (!code && option->given)
        *option->given = true;
    if (!code && option->apply)
        code = option->apply();
    if (code)
        exit(code);
}

/* The command line, preceded by the options of the file that its last --config names, if any. */
static char **expand(const struct parser *parser, const struct cli_program *program, int *argc,
                     char **argv)
{
    static char **all; /* settings point at its words until the program ends */
    const struct cli_option *option;
    const char *path = NULL;
    int count = 0;
    /* Options after --help are ignored, even wrong ones. */
    while ((option = next_option(parser, *argc, argv)) && option->kind != CLI_HELP &&
           option->kind != CLI_VERSION)
        if (option->kind == CLI_CONFIG)
            path = optarg;
    optind = 0;
    if (!path)
        return argv;
    char **words = config_file_read(path, program, parser->rows, &count);
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

int command_line_parse(const struct cli_program *program, int argc, char **argv)
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
                process_restart(words);
                print_version(program);
            } else if (!manual_print(optarg, program, parser.rows)) {
                exit(cli_error(CLI_USAGE, "--help: expected %s or nothing, found '%s'",
                               "all, man, bash, zsh, fish", optarg));
            }
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
