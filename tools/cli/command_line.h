/* The command line, read by getopt_long from a table of options. */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "option_table.h"

/*
 * Stores the options' values and returns the index of the first positional argument. Prints and exits for
 * --help, --version and mistakes; --help shows as defaults what the options before it have set.
 */
int command_line_parse(const struct cli_program *program, int argc, char **argv);

#endif
