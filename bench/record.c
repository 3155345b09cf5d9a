#include "record.h"

#include <math.h>
#include <stdio.h>

/* The texts are our own: nothing in them needs escaping. */
static void print_text(const char *key, const char *text)
{
    if (text)
        printf("\"%s\":\"%s\",", key, text);
}

static void print_count(const char *key, int count)
{
    if (count)
        printf("\"%s\":%d,", key, count);
}

static void print_row(const struct record *what)
{
    putchar('{');
    print_text("section", what->section);
    print_text("name", what->name);
    print_count("batch", what->batch);
    print_count("threads", what->threads);
    print_text("contender", what->contender);
}

void record_note(const struct record *what, const char *text)
{
    print_row(what);
    printf("\"text\":\"%s\"}\n", text);
    fflush(stdout);
}

void record_value(const struct record *what, const char *metric, double value)
{
    print_row(what);
    if (isfinite(value))
        printf("\"metric\":\"%s\",\"value\":%.9g}\n", metric, value);
    else
        printf("\"metric\":\"%s\",\"value\":null}\n", metric);
    fflush(stdout);
}
