/* Every program's start. */
#ifndef CLI_H
#define CLI_H

#include <lenet5/lenet5.h>

#include "messages.h"
#include "option_table.h"

/*
 * Prepares the process (process.h), puts OpenBLAS on one thread and reads the command line. Returns the
 * index of the first positional argument in argv; does not return from --help, --version and mistakes.
 */
int cli_start(const struct cli_program *program, int argc, char **argv);

/* The number of threads to run: as wanted (0 = all), but no more than there are CPUs to use. */
int cli_threads(int wanted);

#endif
