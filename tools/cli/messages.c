#include "messages.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

bool cli_quiet;
const char *cli_program_name = "lenet5";

static void print_message(const char *format, va_list arguments)
{
    char line[1024];
    vsnprintf(line, sizeof(line), format, arguments);
    for (char *c = line; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    fprintf(stderr, "%s: %s\n", cli_program_name, line);
}

int cli_error(enum cli_exit code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    return code;
}

void cli_note(const char *format, ...)
{
    if (cli_quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
}

const char *cli_plural(long long count)
{
    return count == 1 ? "" : "s";
}

enum cli_exit cli_code(enum lenet5_status status)
{
    switch (status) {
    case LENET5_OK:
        return CLI_OK;
    case LENET5_ERROR_ARGUMENT:
        return CLI_USAGE;
    case LENET5_ERROR_MEMORY:
        return CLI_MEMORY;
    case LENET5_ERROR_NOT_FOUND:
        return CLI_NO_INPUT;
    case LENET5_ERROR_IO:
        return CLI_IO;
    case LENET5_ERROR_DATA:
        return CLI_DATA;
    case LENET5_ERROR_DIVERGED:
        return CLI_DIVERGED;
    case LENET5_ERROR_BLAS:
        return CLI_UNSAFE;
    case LENET5_STOPPED:
    case LENET5_ERROR_UNSUPPORTED:
        break;
    }
    return CLI_FAILURE;
}

int cli_fail(const struct lenet5_error *error)
{
    return cli_error(cli_code(error->status), "%s", error->message);
}
