#include "cli.h"

#include "command_line.h"
#include "process.h"

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
        cli_note(
            "running on 1 thread: this OpenBLAS is a serial build, which is safe on 1 thread only");
    else if (wanted > usable && !has_openmp)
        cli_note("running on 1 thread, not %d: this lenet5 was built without OpenMP", wanted);
    else if (wanted > usable)
        cli_note("running on %d thread%s, not %d: more threads than usable CPUs are slower", usable,
                 cli_plural(usable), wanted);
    return wanted && wanted < usable ? wanted : usable;
}

int cli_start(const struct cli_program *program, int argc, char **argv)
{
    cli_program_name = program->name;
    process_prepare();
    const int first = command_line_parse(program, argc, argv);
    process_restart(argv);
    lenet5_blas_use_one_thread();
    return first;
}
