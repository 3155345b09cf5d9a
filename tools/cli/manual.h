/*
 * What a program's table of options is besides its --help: a manual page and completions for shells. The
 * build has each program print them, `--help=man`, `--help=bash`, `--help=zsh`, `--help=fish`.
 */
#ifndef MANUAL_H
#define MANUAL_H

#include "options.h"

/* rows ends with NULL and has --quiet, --help and --version. False for an unknown form. */
bool manual_print(const char *form, const struct cli_program *program,
                  const struct cli_option *const *rows);

/* The forms, used by manual_print. */
void manual_man(const struct cli_program *program, const struct cli_option *const *rows);
void manual_bash(const struct cli_program *program, const struct cli_option *const *rows);
void manual_zsh(const struct cli_program *program, const struct cli_option *const *rows);
void manual_fish(const struct cli_program *program, const struct cli_option *const *rows);

/* The exit statuses, lines of text with a newline behind each. */
extern const char manual_exit_status[];

#endif
