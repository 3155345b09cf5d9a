#include "manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char manual_exit_status[] =
    "0 done, 1 failure, 2 training diverged, 64 wrong usage, 65 bad data,\n"
    "66 no such input, 69 no server had it, 70 unsafe BLAS, 71 out of memory,\n"
    "74 reading or writing failed, 130 or 143 interrupted, after saving.\n";

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
    char tail[OPTIONS_TEXT];
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
    options_tail(tail, sizeof(tail), option);
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
    puts(".SH EXIT STATUS");
    print_text(manual_exit_status);
    puts(".SH ENVIRONMENT\n"
         ".TP\n\\fBLENET5_DATA\\fR\n"
         "The directory of MNIST's four files, where \\fB\\-\\-data\\fR names none.\n"
         ".TP\n\\fBXDG_CACHE_HOME\\fR\n"
         "Its subdirectory lenet5/mnist is the next place to look; ~/.cache without it.\n"
         ".TP\n\\fBOMP_NUM_THREADS\\fR\n"
         "The most threads to run.\n"
         ".SH SEE ALSO");
    puts("\\fBlenet5\\-train\\fR(1), \\fBlenet5\\-eval\\fR(1), \\fBlenet5\\-predict\\fR(1),\n"
         "\\fBlenet5\\-summary\\fR(1), \\fBlenet5\\-data\\fR(1), \\fBlenet5\\-convert\\fR(1)");
}

bool manual_print(const char *form, const struct cli_program *program,
                  const struct cli_option *const *rows)
{
    static const struct {
        const char *name;
        void (*print)(const struct cli_program *program, const struct cli_option *const *rows);
    } forms[] = {
        {"man", manual_man}, {"bash", manual_bash}, {"zsh", manual_zsh}, {"fish", manual_fish}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(form, forms[i].name) == 0) {
            forms[i].print(program, rows);
            return true;
        }
    return false;
}
