/* A program's options as one table: the command line, the help, the manual page and completions read it. */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum cli_kind {
    CLI_GROUP, /* no option, but a heading in the help */
    CLI_SET,   /* bool: becomes true */
    CLI_CLEAR, /* bool: becomes false */
    CLI_INT,
    CLI_SEED,   /* uint64_t */
    CLI_REAL,   /* double */
    CLI_TEXT,   /* const char *, not empty */
    CLI_CHOICE, /* an enum that counts from 0 in the order of `choices` */
    CLI_CONFIG, /* a file of options, config_file.h */
    CLI_HELP,
    CLI_VERSION,
};

struct cli_option {
    enum cli_kind kind;
    const char *name;
    char letter;          /* 0 = long form only */
    const char *argument; /* NULL where it takes none */
    const char *help;
    void *target; /* holds the default, which the help shows */
    struct cli_range {
        double least, most;
        bool below;             /* most itself is too large */
    } range;                    /* CLI_INT, CLI_REAL */
    const char *const *choices; /* CLI_CHOICE: names, NULL at the end */
    bool local;                 /* about this run on this machine: config files leave it out */
    bool rare;   /* shown by --help=all only; of a CLI_GROUP: all options of the group */
    bool *given; /* set when the option was there; may be NULL */
    /* Called once the option is stored, for an option that sets others: all options without `apply` are
     * stored later, wherever they are on the command line. May be NULL; returns an exit status. */
    int (*apply)(void);
};

struct cli_example {
    const char *command, *purpose;
};

struct cli_program {
    const char *name;
    const char *arguments; /* "[OPTION...] MODEL" */
    const char *summary;
    const struct cli_option *options; /* without --quiet, --help and --version, which all have */
    int option_count;
    const struct cli_example *examples; /* two to four; a NULL command at the end */
};

/* The help text's end for an option: ": naive, blas [blas]". */
enum { OPTION_TEXT_SIZE = 512 };
void option_tail(char *text, size_t size, const struct cli_option *option);

/* An option's value as text, a real with six digits; false for a switch and a missing text. */
bool option_value(char *text, size_t size, const struct cli_option *option);

/* Stores the value that the text means. An exit code after printing what was expected. */
int option_store(const struct cli_option *option, const char *text);

#endif
