#include "manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct manual_exit_status manual_exit_statuses[] = {
    {"0", "success"},
    {"1", "other failure"},
    {"2", "training diverged: the loss is no longer a number"},
    {"64", "wrong usage"},
    {"65", "damaged or unexpected input data"},
    {"66", "input file or data set not found"},
    {"69", "download failed"},
    {"70", "the BLAS library computes wrong results"},
    {"71", "out of memory"},
    {"74", "a file cannot be read or written"},
    {"130, 143", "interrupted by SIGINT or SIGTERM; the model was saved"},
    {NULL, NULL},
};

/* As roff takes it literally; each line of text becomes a line. */
static void print_text(const char *text)
{
    bool first = true;
    for (; *text; text++) {
        if (first && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
        first = *text == '\n';
    }
}

static void print_option(const struct cli_option *option)
{
    char tail[OPTION_TEXT_SIZE];
    fputs(".TP\n", stdout);
    if (option->letter)
        printf("\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", stdout);
    print_text(option->name);
    fputs("\\fR", stdout);
    if (option->argument)
        printf(" \\fI%s\\fR", option->argument);
    putchar('\n');
    print_text(option->help);
    option_tail(tail, sizeof(tail), option);
    print_text(tail);
    putchar('\n');
}

/* The summary: a sentence, and for some programs lines that stay as they are. */
static void print_summary(const char *summary)
{
    const char *rest = strchr(summary, '\n');
    char sentence[256];
    snprintf(sentence, sizeof(sentence), "%.*s",
             rest ? (int)(rest - summary) : (int)strlen(summary), summary);
    print_text(sentence);
    putchar('\n');
    if (!rest)
        return;
    puts(".PP\n.nf");
    print_text(rest + 1);
    puts("\n.fi");
}

static void print_pair(const char *term, const char *meaning)
{
    fputs(".TP\n\\fB", stdout);
    print_text(term);
    fputs("\\fR\n", stdout);
    print_text(meaning);
    putchar('\n');
}

/* The other programs. */
static void print_see_also(const char *name)
{
    static const char *const programs[] = {"lenet5-train",   "lenet5-eval", "lenet5-predict",
                                           "lenet5-summary", "lenet5-data", "lenet5-convert"};
    const char *separator = "";
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (strcmp(programs[i], name) != 0) {
            printf("%s\\fB", separator);
            print_text(programs[i]);
            fputs("\\fR(1)", stdout);
            separator = ",\n";
        }
    putchar('\n');
}

void manual_man(const struct cli_program *program, const struct cli_option *const *rows)
{
    char title[64];
    snprintf(title, sizeof(title), "%s", program->name);
    for (char *c = title; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    printf(".TH %s 1 \"\" \"lenet5 %s\" \"User Commands\"\n.SH NAME\n", title, PROGRAM_VERSION);
    print_text(program->name);
    fputs(" \\- ", stdout);
    char brief[128];
    snprintf(brief, sizeof(brief), "%.*s", (int)strcspn(program->summary, ".:,\n"),
             program->summary);
    brief[0] = (char)tolower((unsigned char)brief[0]);
    print_text(brief);
    fputs("\n.SH SYNOPSIS\n\\fB", stdout);
    print_text(program->name);
    fputs("\\fR ", stdout);
    print_text(program->arguments);
    puts("\n.SH DESCRIPTION");
    print_summary(program->summary);
    puts(".SH OPTIONS");
    for (int i = 0; rows[i]; i++) {
        if (rows[i]->kind != CLI_GROUP) {
            print_option(rows[i]);
            continue;
        }
        fputs(".SS ", stdout);
        print_text(rows[i]->help);
        putchar('\n');
    }
    puts(".SH EXAMPLES");
    for (const struct cli_example *example = program->examples; example->command; example++)
        print_pair(example->command, example->purpose);
    puts(".SH EXIT STATUS");
    for (const struct manual_exit_status *exit = manual_exit_statuses; exit->meaning; exit++)
        print_pair(exit->status, exit->meaning);
    puts(".SH ENVIRONMENT\n"
         ".TP\n\\fBLENET5_DATA\\fR\n"
         "The data set to use without \\fB\\-\\-data\\fR: a directory or a name.\n"
         ".TP\n\\fBXDG_CACHE_HOME\\fR\n"
         "Data sets known by name are in its subdirectory lenet5; the default is ~/.cache.\n"
         ".TP\n\\fBOMP_NUM_THREADS\\fR\n"
         "The most threads to run.\n"
         ".SH SEE ALSO");
    print_see_also(program->name);
}

bool manual_print(const char *form, const struct cli_program *program,
                  const struct cli_option *const *rows)
{
    static const struct {
        const char *name;
        void (*print)(const struct cli_program *program, const struct cli_option *const *rows);
    } forms[] = {
        {"man", manual_man}, {"bash", manual_bash}, {"zsh", manual_zsh}, {"fish", manual_fish}};
    if (!form || strcmp(form, "all") == 0) {
        manual_help(program, rows, form != NULL);
        return true;
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(form, forms[i].name) == 0) {
            forms[i].print(program, rows);
            return true;
        }
    return false;
}
