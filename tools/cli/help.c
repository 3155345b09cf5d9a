/* --help: the options of a program in groups, wrapped to the width of a terminal. */
#include <stdio.h>
#include <string.h>

#include "manual.h"

enum { HELP_COLUMN = 26, HELP_WIDTH = 79 };

static void print_option(const struct cli_option *option)
{
    if (option->kind == CLI_GROUP) {
        printf("\n%s:\n", option->help);
        return;
    }
    char tail[OPTION_TEXT_SIZE], text[2 * OPTION_TEXT_SIZE];
    option_tail(tail, sizeof(tail), option);
    snprintf(text, sizeof(text), "%s%s", option->help, tail);

    char letter[] = {'-', option->letter, ',', '\0'};
    int column = printf("  %-3s --%s%s%s", option->letter ? letter : "", option->name,
                        option->argument ? " " : "", option->argument ? option->argument : "");
    if (column > HELP_COLUMN - 2) {
        putchar('\n');
        column = 0;
    }
    column += printf("%*s", HELP_COLUMN - column, "");
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (column > HELP_COLUMN && column + 1 + (int)strlen(word) > HELP_WIDTH)
            column = printf("\n%*s", HELP_COLUMN, "") - 1;
        column += printf("%s%s", column > HELP_COLUMN ? " " : "", word);
    }
    putchar('\n');
}

/* Groups without an option to show are left out. Returns the number of hidden options. */
static int print_options(const struct cli_option *const *rows, bool all)
{
    const struct cli_option *group = NULL;
    bool rare = false;
    int hidden = 0;
    for (int i = 0; rows[i]; i++) {
        if (rows[i]->kind == CLI_GROUP) {
            group = rows[i];
            rare = group->rare;
        } else if (!all && (rare || rows[i]->rare)) {
            hidden++;
        } else {
            if (group)
                print_option(group);
            group = NULL;
            print_option(rows[i]);
        }
    }
    return hidden;
}

void manual_help(const struct cli_program *program, const struct cli_option *const *rows, bool all)
{
    printf("Usage: %s %s\n%s\n", program->name, program->arguments, program->summary);
    const int hidden = print_options(rows, all);
    if (hidden)
        printf("\n%d more options: %s --help=all\n", hidden, program->name);
    puts("\nExamples:");
    for (const struct cli_example *example = program->examples; example->command; example++)
        printf("  %s\n      %s\n", example->command, example->purpose);
    puts("\nExit status:");
    for (const struct manual_exit_status *exit = manual_exit_statuses; exit->meaning; exit++)
        printf("  %-9s %s\n", exit->status, exit->meaning);
    printf("\nManual page: man %s\n", program->name);
}
