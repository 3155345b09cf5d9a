#include "process.h"

#include <fcntl.h>
#include <lenet5/lenet5.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "messages.h"

/* No file opened later may become stdin, stdout or stderr. They are opened for the wrong direction, so
 * that writing a result to a closed stdout remains an error. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            _exit(CLI_IO);
}

/* A reader that stops reading, as in `| head`, is no error. */
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

/* Names the kernels for an OpenBLAS that does not know this CPU. */
static bool use_better_kernels(void)
{
    const char *core = lenet5_blas_better_core();
    return core && !getenv("OPENBLAS_CORETYPE") && setenv("OPENBLAS_CORETYPE", core, 1) == 0;
}

void process_restart(char **argv)
{
    const bool spin = spin_less(), kernels = use_better_kernels();
    if (spin || kernels)
        execv("/proc/self/exe", argv); /* returns only if it fails */
}

void process_prepare(void)
{
    open_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    atexit(check_stdout);
}
