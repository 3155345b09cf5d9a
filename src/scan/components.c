/*
 * Connected components by union-find over pixels (Rosenfeld and Pfaltz 1966); drops those that are not
 * writing: specks, and what lies along the picture's rim.
 */
#include "components.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum {
    SPECK = 4,        /* pixels: nothing as small as this can be read */
    SPECK_SHARE = 64, /* nor 1/64 of the page */
    DUST_SHARE = 12,  /* nor 1/12 of the largest component, unless it has 1/50 of its ink */
    DUST_AREA = 50,
};

static const float faint_share = 0.3f; /* of the strongest ink: less is a ruled line or shade */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

struct box box_around(struct box a, struct box b)
{
    int left = smaller(a.left, b.left), top = smaller(a.top, b.top);
    int right = larger(a.left + a.width, b.left + b.width);
    int bottom = larger(a.top + a.height, b.top + b.height);
    return (struct box){left, top, right - left, bottom - top};
}

/* The root of pixel i: label[i] - 1 is its parent, never a later pixel; a root is its own parent. */
static int top_of(int *label, int i)
{
    while (label[i] - 1 != i) {
        label[i] = label[label[i] - 1];
        i = label[i] - 1;
    }
    return i;
}

static void join(int *label, int i, int j)
{
    int a = top_of(label, i), b = top_of(label, j);
    label[larger(a, b)] = smaller(a, b) + 1;
}

/* Numbers the pixels with enough ink by the component they belong to. Returns the number of components. */
static int number_pixels(int *label, const struct background *background, float threshold)
{
    int width = background->width, count = 0, i = 0;
    for (int y = 0; y < background->height; y++)
        for (int x = 0; x < width; x++, i++) {
            if (background->ink[i] < threshold)
                continue;
            label[i] = i + 1;
            if (x > 0 && label[i - 1])
                join(label, i, i - 1);
            for (int above = larger(x - 1, 0); y > 0 && above <= x + 1 && above < width; above++)
                if (label[i - x - width + above])
                    join(label, i, i - x - width + above);
        }
    /* A parent precedes its pixels, so its number is known; numbers are negative to differ from parents. */
    for (i = 0; i < width * background->height; i++)
        if (label[i] == i + 1)
            label[i] = -++count;
        else if (label[i])
            label[i] = label[label[i] - 1];
    for (i = 0; i < width * background->height; i++)
        label[i] = -label[i];
    return count;
}

static void measure_components(struct components *components, const struct background *background)
{
    const int *label = components->label;
    for (int y = 0; y < background->height; y++)
        for (int x = 0; x < background->width; x++, label++) {
            if (!*label)
                continue;
            struct component *component = components->component + *label - 1;
            struct box pixel = {x, y, 1, 1};
            component->box = component->area ? box_around(component->box, pixel) : pixel;
            component->area++;
            component->border += x == 0 || y == 0 || x == background->width - 1 ||
                                 y == background->height - 1;
        }
}

/* The table under the paper, or a ruled line from side to side. */
static bool is_rim(const struct component *component, const struct background *background)
{
    bool across = component->box.width == background->width,
         down = component->box.height == background->height;
    return 2 * component->border > smaller(background->width, background->height) ||
           (across && 10 * component->box.height < background->width) ||
           (down && 10 * component->box.width < background->height);
}

/* Drops the rim, unless only specks are left. Returns the longest side of the rest. */
static int drop_rim(struct components *components, const struct background *background, int speck)
{
    int longest = 0, longest_inside = 0;
    for (int i = 0; i < components->count; i++) {
        int side = box_longer(components->component[i].box);
        longest = larger(longest, side);
        if (!is_rim(&components->component[i], background))
            longest_inside = larger(longest_inside, side);
    }
    if (longest_inside <= 2 * speck)
        return longest;
    for (int i = 0; i < components->count; i++)
        if (is_rim(&components->component[i], background))
            components->component[i].group = -1;
    return longest_inside;
}

/* All ink is one area around the picture: the background and a filled area were confused. */
static bool is_frame(const struct components *components, const struct background *background)
{
    for (int i = 0; i < components->count; i++)
        if (!components->component[i].group &&
            components->component[i].border > background->width + background->height)
            return true;
    return false;
}

static enum lenet5_status drop_dirt(struct components *components,
                                    const struct background *background, struct lenet5_error *error)
{
    int speck = larger(SPECK, larger(background->width, background->height) / SPECK_SHARE);
    speck = smaller(speck, smaller(larger(background->width, background->height) / 4, 1000));
    int longest = drop_rim(components, background, speck), largest = 0, kept = 0;
    long dirt = 0, ink = 0;
    if (longest <= speck)
        return fail(error, LENET5_ERROR_DATA,
                    "no digit: only specks, of which the largest has %d pixels",
                    longest * background->scale);
    if (is_frame(components, background))
        return fail(error, LENET5_ERROR_DATA,
                    "no digit: a filled area that leaves only the picture's rim");
    for (int i = 0; i < components->count; i++)
        if (!components->component[i].group)
            largest = larger(largest, components->component[i].area);
    for (int i = 0; i < components->count; i++) {
        struct component *component = components->component + i;
        int side = box_longer(component->box);
        if (component->group)
            continue;
        if (side <= speck ||
            (DUST_SHARE * side < longest && DUST_AREA * component->area < largest)) {
            component->group = -1;
            dirt += component->area;
            continue;
        }
        ink += component->area;
        components->group[0].box = kept++ ? box_around(components->group[0].box, component->box)
                                          : component->box;
    }
    if (dirt > ink || kept > COMPONENTS_MAX)
        return fail(error, LENET5_ERROR_DATA,
                    "no digit: the picture is noise, %d components all over it", components->count);
    components->groups = 1;
    return LENET5_OK;
}

enum lenet5_status components_create(struct components *components,
                                     const struct background *background,
                                     struct lenet5_error *error)
{
    *components = (struct components){0};
    float threshold = background_threshold(background);
    if (background->strong < threshold)
        return fail(error, LENET5_ERROR_DATA,
                    "no ink: the picture is blank, or nothing on it stands out from its noise");
    if (threshold < faint_share * background->strong)
        threshold = faint_share * background->strong;

    enum lenet5_status status = LENET5_OK;
    components->label = memory_alloc((size_t)background->width * (size_t)background->height,
                                     sizeof(int));
    components->group = memory_alloc(COMPONENTS_MAX, sizeof(*components->group));
    if (components->label)
        components->count = number_pixels(components->label, background, threshold);
    components->component = memory_alloc((size_t)components->count, sizeof(*components->component));
    if (!components->label || !components->group || !components->component) {
        status = fail(error, LENET5_ERROR_MEMORY, "no memory for %d components", components->count);
    } else {
        measure_components(components, background);
        status = drop_dirt(components, background, error);
    }
    if (status)
        components_destroy(components);
    return status;
}

void components_destroy(struct components *components)
{
    memory_free(components->group);
    memory_free(components->component);
    memory_free(components->label);
    *components = (struct components){0};
}
