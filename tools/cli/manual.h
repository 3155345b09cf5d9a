/*
 * A program's table of options as help, as a manual page and as completions for shells. The build has each
 * program print the last two: `--help=man`, `--help=bash`, `--help=zsh`, `--help=fish`.
 */
#ifndef MANUAL_H
#define MANUAL_H

#include "option_table.h"

/*
 * Prints one of these forms, or with form NULL the help without rare options; "all" has them. rows ends
 * with NULL and includes --quiet, --help and --version. False for an unknown form.
 */
bool manual_print(const char *form, const struct cli_program *program,
                  const struct cli_option *const *rows);

/* The forms, used by manual_print. */
void manual_help(const struct cli_program *program, const struct cli_option *const *rows, bool all);
void manual_man(const struct cli_program *program, const struct cli_option *const *rows);
void manual_bash(const struct cli_program *program, const struct cli_option *const *rows);
void manual_zsh(const struct cli_program *program, const struct cli_option *const *rows);
void manual_fish(const struct cli_program *program, const struct cli_option *const *rows);

/* In rising order, a NULL meaning at the end. */
extern const struct manual_exit_status {
    const char *status, *meaning;
} manual_exit_statuses[];

#endif
