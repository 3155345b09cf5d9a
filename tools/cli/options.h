/* One table of options drives getopt_long, the checks, --help, and what is in manual.h. */
#ifndef OPTIONS_H
#define OPTIONS_H

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
    CLI_CONFIG, /* a file of options, run_file.h */
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
        bool below;             /* most itself is too much */
    } range;                    /* CLI_INT, CLI_REAL */
    const char *const *choices; /* CLI_CHOICE: names, NULL at the end */
    bool local;                 /* of this run on this machine, no part of what a run file keeps */
    bool rare;                  /* shown by --help=all only */
    bool *given;                /* set when the option was there; may be NULL */
    /* What the option means for others: called once it is stored, before any option without this is,
     * wherever it stands, so that those have the last word. May be NULL; returns an exit status. */
    int (*apply)(void);
};

struct cli_program {
    const char *name;
    const char *arguments; /* "[OPTION...] MODEL" */
    const char *summary;
    const struct cli_option *options; /* --quiet, --help and --version come by themselves */
    int option_count;
};

/* What the help says of an option besides its words: ": naive, blas [blas]". */
enum { OPTIONS_TEXT = 512 };
void options_tail(char *text, size_t size, const struct cli_option *option);

/*
 * Stores what the command line says and returns the index of its first positional argument. Prints
 * and exits for --help, --version and mistakes; --help shows what the options before it leave as defaults. --quiet, --help and --version need no row.
 */
int options_parse(const struct cli_program *program, int argc, char **argv);

#endif
