#include "record.h"

#include <math.h>
#include <stdio.h>

/* The texts are our own: nothing in them needs escaping. */
static void print_row(const struct record *what)
{
    printf("{\"section\":\"%s\",\"name\":\"%s\",\"batch\":%d,\"threads\":%d,\"contender\":\"%s\",",
           what->section, what->name ? what->name : "", what->batch, what->threads,
           what->contender ? what->contender : "");
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
