/* What the programs have in common: how they start, what they say, how they end. */
#ifndef CLI_H
#define CLI_H

#include <lenet5/lenet5.h>
#include <stdbool.h>

#include "options.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_FAILURE = 1,
    CLI_DIVERGED = 2,
    CLI_USAGE = 64,
    CLI_DATA = 65,
    CLI_NO_INPUT = 66,
    CLI_UNAVAILABLE = 69,
    CLI_UNSAFE = 70,
    CLI_MEMORY = 71,
    CLI_IO = 74,
    CLI_SIGNAL = 128, /* plus the signal's number: stopped by it, after saving */
};

/* --quiet was given: nothing but errors and results is printed. */
extern bool cli_quiet;

/*
 * Makes the process fit to run in (standard descriptors open, broken pipes and full disks reported
 * as errors, OpenBLAS on one thread, stdout checked at exit) and reads the command line. Returns
 * the index of the first positional argument in argv; does not return from --help, --version and
 * mistakes.
 */
int cli_start(const struct cli_program *program, int argc, char **argv);

/*
 * Starts the program once more if libgomp or OpenBLAS, which read the environment before main, would
 * run better with settings that the user has not made. cli_start does it by itself.
 */
void cli_settle(char **argv);

/* Print one line on stderr, control characters as '?'. cli_error returns the code it is given;
 * cli_note is for what is no error and keeps silent under --quiet. */
__attribute__((format(printf, 2, 3))) int cli_error(enum cli_exit code, const char *format, ...);
__attribute__((format(printf, 1, 2))) void cli_note(const char *format, ...);

/* The exit code for a status; cli_fail also prints what the library says. */
enum cli_exit cli_code(enum lenet5_status status);
int cli_fail(const struct lenet5_error *error);

/* The threads to run: as many as wanted (0 = all), but no more than there are CPUs to use. */
int cli_threads(int wanted);

#endif
