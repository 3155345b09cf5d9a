#include "option_table.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near_miss.h"
#include "messages.h"

bool option_value(char *text, size_t size, const struct cli_option *option)
{
    const char *word = NULL;
    text[0] = '\0';
    if (option->kind == CLI_INT)
        snprintf(text, size, "%d", *(int *)option->target);
    else if (option->kind == CLI_SEED)
        snprintf(text, size, "%" PRIu64, *(uint64_t *)option->target);
    else if (option->kind == CLI_REAL)
        snprintf(text, size, "%g", *(double *)option->target);
    else if (option->kind == CLI_CHOICE)
        word = option->choices[*(unsigned *)option->target];
    else if (option->kind == CLI_TEXT)
        word = *(const char **)option->target;
    if (word)
        snprintf(text, size, "%s", word);
    return text[0] != '\0';
}

/* "naive, blas, direct" */
static void list_choices(char *text, size_t size, const char *const *choices)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; choices[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", choices[i]);
}

void option_tail(char *text, size_t size, const struct cli_option *option)
{
    char choices[160] = "", value[64];
    const bool is_switch = option->kind == CLI_SET || option->kind == CLI_CLEAR;
    if (option->choices)
        list_choices(choices, sizeof(choices), option->choices);
    if (is_switch && *(bool *)option->target == (option->kind == CLI_SET))
        strcpy(value, "default");
    else
        option_value(value, sizeof(value), option);
    snprintf(text, size, *value ? "%s%s [%s]" : "%s%s", option->choices ? ": " : "", choices,
             value);
}

static bool in_range(const struct cli_range *range, double value)
{
    return value >= range->least && (range->below ? value < range->most : value <= range->most);
}

/* false if the text is no value of the option. */
static bool store(const struct cli_option *option, const char *text)
{
    char *end = NULL;
    errno = 0;
    switch (option->kind) {
    case CLI_SET:
    case CLI_CLEAR:
        *(bool *)option->target = option->kind == CLI_SET;
        return true;
    case CLI_INT: {
        long value = strtol(text, &end, 10);
        if (isspace((unsigned char)*text) || end == text || *end ||
            !in_range(&option->range, (double)value))
            return false;
        *(int *)option->target = (int)value;
        return true;
    }
    case CLI_SEED: {
        uint64_t value = strtoull(text, &end, 10);
        if (!isdigit((unsigned char)*text) || *end || errno)
            return false;
        *(uint64_t *)option->target = value;
        return true;
    }
    case CLI_REAL: {
        double value = strtod(text, &end);
        if (isspace((unsigned char)*text) || end == text || *end ||
            !in_range(&option->range, value))
            return false;
        *(double *)option->target = value;
        return true;
    }
    case CLI_TEXT:
        *(const char **)option->target = text;
        return *text != '\0';
    case CLI_CHOICE:
        for (unsigned i = 0; option->choices[i]; i++)
            if (!strcmp(text, option->choices[i])) {
                *(unsigned *)option->target = i;
                return true;
            }
        return false;
    default:
        return true;
    }
}

int option_store(const struct cli_option *option, const char *text)
{
    const struct cli_range *range = &option->range;
    char expected[200] = "some text", hint[NEAR_MISS_SIZE] = "";
    if (store(option, text))
        return CLI_OK;
    if (option->kind == CLI_INT)
        snprintf(expected, sizeof(expected), "a whole number from %.0f to %.0f", range->least,
                 range->most);
    else if (option->kind == CLI_SEED)
        snprintf(expected, sizeof(expected), "a whole number from 0 to %" PRIu64, UINT64_MAX);
    else if (option->kind == CLI_REAL)
        snprintf(expected, sizeof(expected), "a number from %g to %s%g", range->least,
                 range->below ? "below " : "", range->most);
    else if (option->kind == CLI_CHOICE) {
        memcpy(expected, "one of ", 8);
        list_choices(expected + 7, sizeof(expected) - 7, option->choices);
        near_miss_hint(hint, text, option->choices);
    }
    return cli_error(CLI_USAGE, "--%s: expected %s, found '%s'%s", option->name, expected, text,
                     hint);
}
