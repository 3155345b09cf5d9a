#include "cli.h"

#include <ctype.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool cli_quiet;
static const char *program_name = "lenet5";

static void print_message(const char *format, va_list arguments)
{
    char line[1024];
    vsnprintf(line, sizeof(line), format, arguments);
    for (char *c = line; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    fprintf(stderr, "%s: %s\n", program_name, line);
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

#ifdef HAVE_OPENMP
static const bool has_openmp = true;
#else
static const bool has_openmp = false;
#endif

int cli_threads(int wanted)
{
    struct lenet5_blas blas;
    lenet5_blas_describe(&blas);
    int usable = lenet5_default_threads();
    if (blas.parallel == LENET5_BLAS_SERIAL && wanted != 1)
        cli_note("this OpenBLAS is a serial build, which is only safe on 1 thread");
    else if (wanted > usable && !has_openmp)
        cli_note("running on 1 thread, not %d: this lenet5 was built without OpenMP", wanted);
    else if (wanted > usable)
        cli_note(
            "running on %d thread%s, not %d: more than the CPUs that may be used are only slower",
            usable, usable == 1 ? "" : "s", wanted);
    return wanted && wanted < usable ? wanted : usable;
}

/* So that no file opened later becomes stdin, stdout or stderr. Opened for the wrong direction, so
 * that a result that goes nowhere is still an error. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            _exit(CLI_IO);
}

/* A reader that has had enough, as in `| head`, is no error. */
static bool reader_is_gone(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) == 1 && output.revents & POLLERR;
}

static void check_stdout(void)
{
    bool failed = fflush(stdout) || ferror(stdout);
    if (!failed || reader_is_gone())
        return;
    cli_error(CLI_IO, "standard output: cannot write the result");
    _exit(CLI_IO);
}

/*
 * libgomp's threads spin while they wait, by default for so long that beside another busy program two
 * threads are slower than one. A short spin is as fast on a quiet machine and leaves the CPU to others
 * on a busy one.
 */
static bool spin_less(void)
{
    return !getenv("OMP_WAIT_POLICY") && !getenv("GOMP_SPINCOUNT") &&
           lenet5_default_threads() > 1 && setenv("GOMP_SPINCOUNT", "1000", 1) == 0;
}

/* An OpenBLAS that does not know this CPU is told which kernels serve it. */
static bool use_better_kernels(void)
{
    const char *core = lenet5_blas_better_core();
    return core && !getenv("OPENBLAS_CORETYPE") && setenv("OPENBLAS_CORETYPE", core, 1) == 0;
}

void cli_settle(char **argv)
{
    const bool spin = spin_less(), kernels = use_better_kernels();
    if (spin || kernels)
        execv("/proc/self/exe", argv); /* returns only when it cannot */
}

int cli_start(const struct cli_program *program, int argc, char **argv)
{
    program_name = program->name;
    open_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    atexit(check_stdout);
    int first = options_parse(program, argc, argv);
    cli_settle(argv);
    lenet5_blas_use_one_thread();
    return first;
}
