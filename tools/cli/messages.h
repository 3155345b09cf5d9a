/* Messages on stderr, one line each, and the exit statuses. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <lenet5/status.h>
#include <stdbool.h>

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

/* --quiet was given: only errors and results are printed. */
extern bool cli_quiet;

/* Every message starts with it. */
extern const char *cli_program_name;

/*
 * Print one line; control characters become '?'. cli_error returns the code that it is given; cli_note
 * prints a note, and nothing under --quiet.
 */
__attribute__((format(printf, 2, 3))) int cli_error(enum cli_exit code, const char *format, ...);
__attribute__((format(printf, 1, 2))) void cli_note(const char *format, ...);

/* The end of a noun after a number: "" or "s". */
const char *cli_plural(long long count);

/* The exit code for a status; cli_fail also prints the library's message. */
enum cli_exit cli_code(enum lenet5_status status);
int cli_fail(const struct lenet5_error *error);

#endif
