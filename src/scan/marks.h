/* What stands on a page: connected pieces of ink, and which of them make one digit. */
#ifndef MARKS_H
#define MARKS_H

#include "paper.h"

struct box {
    int left, top, width, height;
};

/* A connected piece of ink. */
struct mark {
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

enum { MARKS_MAX = 256 }; /* more than these, specks aside, are no digits */

struct marks {
    int *label; /* of the paper (height, width): 0 = none, k = mark[k - 1] */
    struct mark *mark;
    int count;
    struct group *group; /* line by line, from left to right */
    int groups;
};

/*
 * Finds the marks and drops those that are dirt. All others are group 0, with the box around them.
 * marks_destroy frees it.
 * Errors: MEMORY, DATA (no ink at all, only specks, far too many marks; says which).
 */
enum lenet5_status marks_create(struct marks *marks, const struct paper *paper,
                                struct lenet5_error *error);

/*
 * How many digits marks_group would find that are surely not one that fell apart: as high as others,
 * side by side and with room between them.
 */
int marks_apart(const struct marks *marks);

/* Makes groups of the marks of group 0: digits, in the order in which they are read. */
void marks_group(struct marks *marks);

void marks_destroy(struct marks *marks);

/* The smallest box around two. */
struct box box_around(struct box a, struct box b);

static inline int box_longer(struct box box)
{
    return box.width > box.height ? box.width : box.height;
}

#endif
