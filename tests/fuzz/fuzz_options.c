/*
 * The tools' command line: arguments, each ended by a NUL, for a table with one option of each kind.
 * The parser ends the program on a mistake; linked with --wrap=exit it comes back here instead.
 */
#include <getopt.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_line.h"
#include "fuzz.h"

enum { ARGUMENTS = 32 };

static jmp_buf back;
static bool parsing;
static int code;

_Noreturn void __real_exit(int);
_Noreturn void __wrap_exit(int);

void __wrap_exit(int status)
{
    if (!parsing)
        __real_exit(status);
    code = status;
    longjmp(back, 1);
}

static bool set, clear, given;
static int number, choice;
static uint64_t seed;
static double real, share;
static const char *text;

static int apply(void)
{
    return 0;
}

static const char *const choices[] = {"one", "two", "three", NULL};

static const struct cli_option options[] = {
    {CLI_GROUP, .help = "Group"},
    {CLI_SET, "set", 's', NULL, "is set", .target = &set},
    {CLI_CLEAR, "no-set", 0, NULL, "is cleared", .target = &clear},
    {CLI_INT, "number", 'n', "N", "a number", &number, .range = {-5, 64, false}},
    {CLI_SEED, "seed", 0, "N", "a seed", .target = &seed},
    {CLI_REAL, "real", 'r', "X", "a real", &real, .range = {-1e9, 1e9, false}, .given = &given},
    {CLI_REAL, "share", 0, "X", "a share", &share, .range = {0, 1, true}},
    {CLI_TEXT, "text", 't', "WORD", "a word", .target = &text},
    {CLI_CHOICE, "choice", 'c', "KIND", "one of", &choice, .choices = choices, .apply = apply,
     .rare = true},
};

static const struct cli_example examples[] = {{"fuzz --set", "Sets."}, {NULL, NULL}};

static const struct cli_program program = {
    "fuzz",  "[OPTION...] FILE", "Is fuzzed.", options, sizeof(options) / sizeof(options[0]),
    examples};

static int parse(const uint8_t *bytes, size_t size)
{
    static char line[1 << 12], name[] = "fuzz", *argv[ARGUMENTS + 2];
    int argc = 1;
    if (size >= sizeof(line))
        size = sizeof(line) - 1;
    memcpy(line, bytes, size);
    line[size] = '\0';
    argv[0] = name;
    for (size_t at = 0; at < size && argc <= ARGUMENTS; at += strlen(line + at) + 1)
        argv[argc++] = line + at;
    argv[argc] = NULL;
    number = choice = 0;
    share = real = 0;
    text = "word";
    optind = 0;
    parsing = true;
    const int first = setjmp(back) ? -1 : command_line_parse(&program, argc, argv);
    parsing = false;
    if (first > argc)
        abort();
    return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static FILE *nowhere; /* for help and complaints, but not for the sanitizers' reports */
    if (!nowhere && (nowhere = fopen("/dev/null", "w"))) {
        stdout = stderr = nowhere;
        setenv("GOMP_SPINCOUNT", "1000", 0); /* --version has nothing to start again for */
        setenv("OPENBLAS_CORETYPE", "Prescott", 0);
    }
    if (!size)
        return 0;
    const int first = parse(bytes, size);
    if (first < 0 ? code != 0 && code != 64 : first == 0)
        abort();
    /* Whatever was said, only what is in range was stored. */
    if (number < -5 || number > 64 || choice < 0 || choice > 2 || !(share >= 0 && share < 1) ||
        !(fabs(real) <= 1e9) || !text)
        abort();
    return 0;
}
