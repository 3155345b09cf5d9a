/* Completions for three shells: options, words where an option wants one of some, files, directories. */
#include <stdio.h>
#include <string.h>

#include "manual.h"

enum wants { NOTHING, WORDS, FILES, DIRECTORIES };

static enum wants wants(const struct cli_option *option)
{
    if (option->choices)
        return WORDS;
    if (option->kind != CLI_TEXT && option->kind != CLI_CONFIG)
        return NOTHING;
    return strcmp(option->argument, "DIR") == 0     ? DIRECTORIES
           : strcmp(option->argument, "FILE") == 0  ? FILES
           : strcmp(option->argument, "MODEL") == 0 ? FILES
                                                    : NOTHING;
}

static void print_words(const char *const *words)
{
    for (int i = 0; words[i]; i++)
        printf("%s%s", i ? " " : "", words[i]);
}

/* The program's name with _ for -. */
static void print_function(const char *name)
{
    for (; *name; name++)
        putchar(*name == '-' ? '_' : *name);
}

/* Within single quotes; each of `special` gets a backslash. */
static void print_quoted(const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

/* bash */

static void print_case(const struct cli_option *option)
{
    static const char *const replies[] = {
        [NOTHING] = "",
        [FILES] = "COMPREPLY=($(compgen -f -- \"$word\")); ",
        [DIRECTORIES] = "COMPREPLY=($(compgen -d -- \"$word\")); "};
    fputs("    ", stdout);
    if (option->letter)
        printf("-%c | ", option->letter);
    printf("--%s) ", option->name);
    if (wants(option) == WORDS) {
        fputs("COMPREPLY=($(compgen -W '", stdout);
        print_words(option->choices);
        fputs("' -- \"$word\")); ", stdout);
    } else {
        fputs(replies[wants(option)], stdout);
    }
    puts("return ;;");
}

void manual_bash(const struct cli_program *program, const struct cli_option *const *rows)
{
    printf("# Completion of %s for bash, made of its table of options.\n_", program->name);
    print_function(program->name);
    puts("() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    # --option=word is three words to bash.\n"
         "    [ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    [ \"$word\" != = ] || word=\n"
         "    local IFS=$' \\n'\n"
         "    COMPREPLY=()\n"
         "    case $before in");
    for (int i = 0; rows[i]; i++)
        if (rows[i]->argument)
            print_case(rows[i]);
    fputs("    esac\n"
          "    case $word in\n"
          "    -*) COMPREPLY=($(compgen -W '",
          stdout);
    for (int i = 0, printed = 0; rows[i]; i++)
        if (rows[i]->kind != CLI_GROUP)
            printf("%s--%s", printed++ ? " " : "", rows[i]->name);
    puts("' -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
         "    esac\n"
         "}");
    fputs("complete -o filenames -F _", stdout);
    print_function(program->name);
    printf(" %s\n", program->name);
}

/* zsh */

static void print_specification(const struct cli_option *option)
{
    const char *equals = option->argument ? "=" : "", *plus = option->argument ? "+" : "";
    if (option->letter)
        printf("    '(-%c --%s)'{-%c%s,--%s%s}'[", option->letter, option->name, option->letter,
               plus, option->name, equals);
    else
        printf("    '--%s%s[", option->name, equals);
    print_quoted(option->help, "[]:\\");
    putchar(']');
    if (option->argument) {
        printf(":%s:", option->argument);
        switch (wants(option)) {
        case WORDS:
            putchar('(');
            print_words(option->choices);
            putchar(')');
            break;
        case FILES:
            fputs("_files", stdout);
            break;
        case DIRECTORIES:
            fputs("_files -/", stdout);
            break;
        case NOTHING:
            putchar(' ');
        }
    }
    puts("' \\");
}

void manual_zsh(const struct cli_program *program, const struct cli_option *const *rows)
{
    printf(
        "#compdef %s\n# Completion for zsh, made of the table of options.\n_arguments -s -S \\\n",
        program->name);
    for (int i = 0; rows[i]; i++)
        if (rows[i]->kind != CLI_GROUP)
            print_specification(rows[i]);
    puts("    '*:file:_files'");
}

/* fish */

void manual_fish(const struct cli_program *program, const struct cli_option *const *rows)
{
    printf("# Completion of %s for fish, made of its table of options.\n", program->name);
    for (int i = 0; rows[i]; i++) {
        const struct cli_option *option = rows[i];
        if (option->kind == CLI_GROUP)
            continue;
        printf("complete -c %s -l %s", program->name, option->name);
        if (option->letter)
            printf(" -s %c", option->letter);
        if (option->argument)
            fputs(wants(option) == FILES ? " -r -F" : " -x", stdout);
        if (wants(option) == DIRECTORIES)
            fputs(" -a '(__fish_complete_directories)'", stdout);
        if (wants(option) == WORDS) {
            fputs(" -a '", stdout);
            print_words(option->choices);
            putchar('\'');
        }
        fputs(" -d '", stdout);
        for (const char *c = option->help; *c; c++) {
            if (*c == '\'' || *c == '\\')
                putchar('\\');
            putchar(*c);
        }
        puts("'");
    }
}
