/* What stands on a page: connected pieces of ink, and which of them make one digit. */
#ifndef COMPONENTS_H
#define COMPONENTS_H

#include "background.h"

struct box {
    int left, top, width, height;
};

/* A connected piece of ink. */
struct component {
    struct box box;
    int area;
    int border; /* pixels of the paper's border that it has */
    int group;  /* which digit it belongs to, -1 = none: a speck, the table, a ruled line */
};

/* Marks that make one digit. */
struct group {
    struct box box;
    int line;   /* of writing, from 0 at the top */
    int number; /* before they were put in order */
};

enum { COMPONENTS_MAX = 256 }; /* more than these, specks aside, are no digits */

struct components {
    int *label; /* of the paper (height, width): 0 = none, k = component[k - 1] */
    struct component *component;
    int count;
    struct group *group; /* line by line, from left to right */
    int groups;
};

/*
 * Finds the components and drops those that are dirt. All others are group 0, with the box around them.
 * components_destroy frees it.
 * Errors: MEMORY, DATA (no ink at all, only specks, far too many components; says which).
 */
enum lenet5_status components_create(struct components *components, const struct background *paper,
                                     struct lenet5_error *error);

/*
 * How many digits components_group would find that are surely not one that fell apart: as high as others,
 * side by side and with room between them.
 */
int components_apart(const struct components *components);

/* Makes groups of the components of group 0: digits, in the order in which they are read. */
void components_group(struct components *components);

void components_destroy(struct components *components);

/* The smallest box around two. */
struct box box_around(struct box a, struct box b);

static inline int box_longer(struct box box)
{
    return box.width > box.height ? box.width : box.height;
}

#endif
