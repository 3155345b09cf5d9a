#include "training_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST = 96 };

static struct cli_option options[MOST];
static int count;

static struct cli_option *add(struct cli_option option)
{
    if (count == MOST)
        exit(cli_error(CLI_FAILURE, "more than %d options", MOST));
    options[count] = option;
    return &options[count++];
}

static void add_switch(const struct lenet5_setting *setting, const struct cli_option *set)
{
    static char names[8][32], helps[8][40];
    static int used;
    struct cli_option *clear = add(*set);
    snprintf(names[used], sizeof(names[0]), "no-%s", setting->option);
    snprintf(helps[used], sizeof(helps[0]), "turn off --%s", setting->option);
    clear->kind = CLI_CLEAR;
    clear->name = names[used];
    clear->help = helps[used++];
}

static void add_setting(const struct lenet5_setting *setting, struct recipe *recipe)
{
    static const struct {
        enum cli_kind kind;
        const char *argument;
    } kinds[] = {[LENET5_SETTING_BOOL] = {CLI_SET, NULL},
                 [LENET5_SETTING_INT] = {CLI_INT, "N"},
                 [LENET5_SETTING_REAL] = {CLI_REAL, "X"},
                 [LENET5_SETTING_CHOICE] = {CLI_CHOICE, "KIND"},
                 [LENET5_SETTING_SEED] = {CLI_SEED, "N"}};
    struct cli_option *option = add((struct cli_option){
        .kind = kinds[setting->kind].kind,
        .name = setting->option,
        .letter = setting->letter,
        .argument = kinds[setting->kind].argument,
        .help = setting->help,
        .target = (char *)&recipe->training + setting->offset,
        .range = {setting->least, setting->most, setting->below},
        .choices = setting->words,
        .local = setting->local,
        .rare = setting->rare,
    });
    if (strcmp(setting->key, "rate") == 0)
        option->given = &recipe->rate_given;
    if (strcmp(setting->key, "optimizer") == 0)
        option->given = &recipe->optimizer_given;
    if (setting->kind == LENET5_SETTING_BOOL)
        add_switch(setting, option);
}

static void add_settings(const char *group, struct recipe *recipe)
{
    const struct lenet5_setting *setting;
    for (int i = 0; (setting = lenet5_setting_at(i)); i++)
        if (strcmp(setting->group, group) == 0)
            add_setting(setting, recipe);
}

const struct cli_option *training_options(const struct cli_option *own, int own_count,
                                          struct recipe *recipe, int *all)
{
    const char *group = "";
    for (int i = 0; i < own_count; i++) {
        if (own[i].kind == CLI_GROUP) {
            add_settings(group, recipe);
            group = own[i].help;
        }
        add(own[i]);
    }
    add_settings(group, recipe);
    *all = count;
    return options;
}
