/* Connected components of ink, and their grouping into digits and lines. */
#ifndef COMPONENTS_H
#define COMPONENTS_H

#include "background.h"

struct box {
    int left, top, width, height;
};

/* A connected component of ink. */
struct component {
    struct box box;
    int area;
    int border; /* how many of its pixels are on the picture's border */
    int group;  /* its digit, -1 = none: a speck, the rim, a ruled line */
};

/* Components that make one digit. */
struct digit_group {
    struct box box;
    int line;   /* the line of writing, from 0 at the top */
    int number; /* its index before the groups were sorted */
};

enum { COMPONENTS_MAX = 256 }; /* a picture with more, specks aside, is noise */

struct components {
    int *label; /* (height, width) of the background: 0 = none, k = component[k - 1] */
    struct component *component;
    int count;
    struct digit_group *group; /* line by line, from left to right */
    int groups;
};

/*
 * Finds the components and drops those that are dirt. All others are group 0, with their common box.
 * components_destroy frees it.
 * Errors: MEMORY, DATA (no ink, only specks, or too many components; the message says which).
 */
enum lenet5_status components_create(struct components *components,
                                     const struct background *background,
                                     struct lenet5_error *error);

/*
 * Counts the components that are certainly separate digits, not parts of one: tall and with space around
 * them.
 */
int components_apart(const struct components *components);

/* Groups the components of group 0 into digits, in reading order. */
void components_group(struct components *components);

void components_destroy(struct components *components);

/* The smallest box around two. */
struct box box_around(struct box a, struct box b);

static inline int box_longer(struct box box)
{
    return box.width > box.height ? box.width : box.height;
}

#endif
