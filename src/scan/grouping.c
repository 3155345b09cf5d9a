/* Which components make one digit, and in what order digits are read. */
#include <stdlib.h>

#include "components.h"

/* All shares are of the height that digits on the page have. */
static const double part_height = 0.65; /* a component lower than this is a part of a digit, */
static const double part_gap = 0.15;    /* if one is that near */
static const double half_gap = 0.06;    /* halves of a digit: one upon the other, that near */

static const double tall_share = 0.6; /* two components as high as this and */
static const double apart_gap = 0.2;  /* as far apart are two digits */

static int gap(int start_a, int size_a, int start_b, int size_b)
{
    int start = start_a > start_b ? start_a : start_b;
    int end_a = start_a + size_a, end_b = start_b + size_b;
    return start - (end_a < end_b ? end_a : end_b); /* negative: what they share */
}

static int gap_across(struct box a, struct box b)
{
    return gap(a.left, a.width, b.left, b.width);
}

static int gap_down(struct box a, struct box b)
{
    return gap(a.top, a.height, b.top, b.height);
}

/* The larger of the distances in the two directions; negative where the boxes meet. */
static int distance(struct box a, struct box b)
{
    int across = gap_across(a, b), down = gap_down(a, b);
    return across > down ? across : down;
}

static int descending(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

/* How high digits are: the median of the components that are at least half as high as the highest. */
static int usual_height(const struct digit_group *group, int groups)
{
    int heights[COMPONENTS_MAX], count = 0;
    for (int i = 0; i < groups; i++)
        heights[i] = group[i].box.height;
    qsort(heights, (size_t)groups, sizeof(heights[0]), descending);
    while (count < groups && 2 * heights[count] >= heights[0])
        count++;
    return heights[count / 2];
}

/* Two boxes that one digit of the given height may be in, one upon the other or in the other. */
static bool are_halves(struct box a, struct box b, double height)
{
    struct box both = box_around(a, b);
    int narrower = a.width < b.width ? a.width : b.width;
    return -2 * gap_across(a, b) >= narrower && gap_down(a, b) < half_gap * both.height &&
           both.width <= 1.5 * both.height && both.height <= height;
}

/* Group b's components become a's, and the last group takes b's place. */
static void unite(struct components *components, int a, int b)
{
    int last = --components->groups;
    components->group[a].box = box_around(components->group[a].box, components->group[b].box);
    components->group[b] = components->group[last];
    for (int i = 0; i < components->count; i++) {
        int *group = &components->component[i].group;
        *group = *group == b ? a : *group == last ? b : *group;
    }
}

int components_apart(const struct components *components)
{
    int tallest = 0, apart = 0;
    const struct component *end = components->component + components->count;
    for (const struct component *component = components->component; component < end; component++)
        if (component->group >= 0 && component->box.height > tallest)
            tallest = component->box.height;
    for (const struct component *a = components->component; a < end; a++) {
        bool alone = a->group >= 0 && a->box.height > tall_share * tallest;
        for (const struct component *b = components->component; alone && b < end; b++)
            alone = a == b || b->group < 0 || b->box.height <= tall_share * tallest ||
                    distance(a->box, b->box) > apart_gap * tallest;
        apart += alone;
    }
    return apart;
}

static bool unite_halves(struct components *components, int height)
{
    /* Two halves alone on a page do not show how high the whole is. */
    double most = (components->groups == 2 ? 2.2 : 1.5) * height;
    for (int a = 0; a < components->groups; a++)
        for (int b = a + 1; b < components->groups; b++)
            if (are_halves(components->group[a].box, components->group[b].box, most)) {
                unite(components, a, b);
                return true;
            }
    return false;
}

static bool unite_part(struct components *components, int height)
{
    for (int b = 0; b < components->groups; b++) {
        int nearest = -1;
        if (box_longer(components->group[b].box) >= part_height * height)
            continue;
        for (int a = 0; a < components->groups; a++)
            if (a != b && (nearest < 0 ||
                           distance(components->group[a].box, components->group[b].box) <
                               distance(components->group[nearest].box, components->group[b].box)))
                nearest = a;
        if (nearest >= 0 && distance(components->group[nearest].box, components->group[b].box) <=
                                part_gap * height) {
            unite(components, nearest < b ? nearest : b, nearest < b ? b : nearest);
            return true;
        }
    }
    return false;
}

static int by_left(const void *a, const void *b)
{
    const struct digit_group *first = a, *second = b;
    return first->box.left != second->box.left ? first->box.left - second->box.left
                                               : first->box.top - second->box.top;
}

static int by_line(const void *a, const void *b)
{
    const struct digit_group *first = a, *second = b;
    return first->line != second->line ? first->line - second->line : by_left(a, b);
}

/*
 * From left to right every digit goes on the line whose last digit it shares most height with, at
 * least half of the lower one's; so lines may slope. Then the lines are put in order by where they
 * start.
 */
static void put_in_lines(struct digit_group *group, int groups)
{
    int last[COMPONENTS_MAX], lines = 0;
    qsort(group, (size_t)groups, sizeof(*group), by_left);
    for (int i = 0; i < groups; i++) {
        int most = 0, best = lines;
        for (int line = 0; line < lines; line++) {
            struct box a = group[last[line]].box, b = group[i].box;
            int shared = -gap_down(a, b), lower = a.height < b.height ? a.height : b.height;
            if (2 * shared >= lower && shared > most) {
                most = shared;
                best = line;
            }
        }
        lines += best == lines;
        group[i].line = best;
        last[best] = i;
    }

    int first[COMPONENTS_MAX], rank[COMPONENTS_MAX];
    for (int i = groups - 1; i >= 0; i--)
        first[group[i].line] = group[i].box.top;
    for (int a = 0; a < lines; a++) {
        rank[a] = 0;
        for (int b = 0; b < lines; b++)
            rank[a] += first[b] < first[a] || (first[b] == first[a] && b < a);
    }
    for (int i = 0; i < groups; i++)
        group[i].line = rank[group[i].line];
    qsort(group, (size_t)groups, sizeof(*group), by_line);
}

void components_group(struct components *components)
{
    int place[COMPONENTS_MAX];
    components->groups = 0;
    for (int i = 0; i < components->count; i++)
        if (components->component[i].group >= 0) {
            components->component[i].group = components->groups;
            components->group[components->groups++] = (struct digit_group){
                .box = components->component[i].box};
        }
    int height = usual_height(components->group, components->groups);
    while (unite_halves(components, height) || unite_part(components, height))
        ;

    for (int i = 0; i < components->groups; i++)
        components->group[i].number = i;
    put_in_lines(components->group, components->groups);
    for (int i = 0; i < components->groups; i++)
        place[components->group[i].number] = i;
    for (int i = 0; i < components->count; i++)
        if (components->component[i].group >= 0)
            components->component[i].group = place[components->component[i].group];
}
