/*
 * Maps are squares one behind the other, vectors are bars; from one to the next goes what makes it. Sides
 * are to scale, up to a limit, and every column is as wide as its drawing or its text.
 */
#include "diagram.h"

#include <math.h>
#include <string.h>

#include "layer_names.h"
#include "plots.h"

enum {
    MAX_COLUMNS = 66, /* a network's rows and its input */
    MOST_SIDE = 150,  /* pixels of the largest map's side */
    LEAST_SIDE = 7,
    MOST_CARDS = 8, /* maps drawn of a layer */
    STEP = 6,       /* from one to the next */
    BAR = 14,
    GAP = 34,
    MARGIN = 24,
    TOP = 64, /* two lines of text */
    LINE = 17,
    MOST_LINES = 4, /* below an arrow */
};

static const double letter = 7.3; /* the width of one, about */

/* What one layer that changes shapes, with the rows behind it that do not, looks like. */
struct column {
    char name[2 * LAYER_NAME_SIZE], size[2 * LAYER_NAME_SIZE];
    char operations[MOST_LINES][LAYER_NAME_SIZE]; /* that lead here */
    int lines;
    bool bar;
    int cards;
    double width, height; /* of one map or of the bar */
    double room;          /* the column's width */
};

static const char style[] =
    "<style>\n"
    "  .dg-text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328;"
    " text-anchor: middle }\n"
    "  .dg-name { font-weight: 600 }\n"
    "  .dg-quiet { fill: #59636e; font-size: 12px }\n"
    "  .dg-card { fill: #ffffff; stroke: #d1d9e0 }\n"
    "  .dg-map { fill: #ddf4ff; stroke: #0969da }\n"
    "  .dg-vector { fill: #fbefff; stroke: #8250df }\n"
    "  .dg-arrow { stroke: #59636e; fill: none }\n"
    "  .dg-head { fill: #59636e }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    .dg-text { fill: #f0f6fc }\n"
    "    .dg-quiet { fill: #9198a1 }\n"
    "    .dg-card { fill: #0d1117; stroke: #3d444d }\n"
    "    .dg-map { fill: #0c2d6b; stroke: #58a6ff }\n"
    "    .dg-vector { fill: #3c1e70; stroke: #bc8cff }\n"
    "    .dg-arrow { stroke: #9198a1 }\n"
    "    .dg-head { fill: #9198a1 }\n"
    "  }\n"
    "</style>\n";

static void add_operation(struct column *column, const char *operation)
{
    if (column->lines < MOST_LINES)
        strcpy(column->operations[column->lines++], operation);
}

static double text_width(const char *text)
{
    return letter * (double)strlen(text);
}

/* The sizes; scale is pixels to one of the largest map, most the values of the longest vector. */
static void measure(struct column *column, struct lenet5_shape shape, double scale, int most)
{
    column->bar = shape.h == 1 && shape.w == 1;
    column->cards = shape.c < MOST_CARDS ? shape.c : MOST_CARDS;
    if (column->bar) {
        column->cards = 1;
        column->width = BAR;
        column->height = fmax(MOST_SIDE * sqrt((double)shape.c / most), LEAST_SIDE);
        snprintf(column->size, sizeof(column->size), "%d", shape.c);
    } else {
        column->width = fmax(scale * shape.w, LEAST_SIDE);
        column->height = fmax(scale * shape.h, LEAST_SIDE);
        snprintf(column->size, sizeof(column->size), "%d@%dx%d", shape.c, shape.h, shape.w);
    }
    column->room = fmax(column->width + STEP * (column->cards - 1),
                        fmax(text_width(column->name), text_width(column->size)));
}

/* The longest vector of a network, and the longest side of its maps. */
static void find_largest(const struct lenet5_network *network, int *vector, int *side)
{
    const struct lenet5_shape input = lenet5_network_architecture(network)->input;
    *vector = 1;
    *side = input.h > input.w ? input.h : input.w;
    for (int i = 0; i < lenet5_network_architecture(network)->layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        if (info.out.h == 1 && info.out.w == 1 && info.layer.kind != LENET5_LAYER_FLATTEN &&
            info.out.c > *vector)
            *vector = info.out.c;
        *side = info.out.h > *side ? info.out.h : *side;
        *side = info.out.w > *side ? info.out.w : *side;
    }
}

/* The columns of a network; how many. */
static int make_columns(struct column columns[MAX_COLUMNS], const struct lenet5_network *network)
{
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    int count = 1, most, side;
    find_largest(network, &most, &side);
    const double scale = (double)MOST_SIDE / side;
    memset(columns, 0, sizeof(*columns) * MAX_COLUMNS);
    strcpy(columns[0].name, "input");
    measure(&columns[0], architecture->input, scale, most);
    struct column *column = &columns[1];
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        char name[LAYER_NAME_SIZE], operation[LAYER_NAME_SIZE];
        layer_paper_name(name, network, i);
        layer_operation(operation, &info.layer);
        if (!*name) { /* flattening is in the drawing already; the rest belongs to what it works on */
            if (info.layer.kind != LENET5_LAYER_FLATTEN)
                add_operation(column > &columns[1] ? column - 1 : column, operation);
            continue;
        }
        strcpy(column->name, name);
        measure(column, info.out, scale, most);
        /* Operations before the first layer precede its own. */
        memmove(column->operations[1], column->operations[0],
                sizeof(column->operations) - sizeof(column->operations[0]));
        strcpy(column->operations[0], operation);
        column->lines += column->lines < MOST_LINES;
        column++;
        count++;
    }
    return count;
}

/* The width of the arrow before a column. */
static double gap_of(const struct column *column)
{
    double width = 0;
    for (int i = 0; i < column->lines; i++)
        width = fmax(width, 0.93 * text_width(column->operations[i]));
    return width + GAP / 2;
}

static void write_text(FILE *stream, double x, double y, const char *class, const char *text)
{
    fprintf(stream, "<text class=\"dg-text%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y,
            text);
}

static void draw_column(FILE *stream, const struct column *column, double x, double middle)
{
    const double drawing = column->width + STEP * (column->cards - 1);
    const double left = x + (column->room - drawing) / 2;
    const double top = middle - (column->height + STEP * (column->cards - 1)) / 2;
    write_text(stream, x + column->room / 2, MARGIN + 4, " dg-name", column->name);
    write_text(stream, x + column->room / 2, MARGIN + 4 + LINE, "", column->size);
    for (int k = 0; k < column->cards; k++)
        fprintf(stream,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                column->bar ? "dg-vector" : "dg-map", left + k * STEP, top + k * STEP,
                column->width, column->height);
}

/* An arrow over the gap, and the operations' names below the drawings. */
static void draw_operations(FILE *stream, const struct column *column, double x, double gap,
                            double middle, double below)
{
    const double from = x + 5, to = x + gap - 5;
    fprintf(stream, "<path class=\"dg-arrow\" d=\"M%.1f %.1fH%.1f\"/>\n", from, middle, to - 6);
    fprintf(stream, "<path class=\"dg-head\" d=\"M%.1f %.1fl-8 -4v8z\"/>\n", to, middle);
    for (int i = 0; i < column->lines; i++)
        write_text(stream, x + gap / 2, below + LINE * (i + 1), " dg-quiet", column->operations[i]);
}

void diagram_write(FILE *stream, const struct lenet5_network *network)
{
    static const double tallest = MOST_SIDE + STEP * (MOST_CARDS - 1);
    struct column columns[MAX_COLUMNS];
    const int count = make_columns(columns, network);
    double width = MARGIN, lines = 0;
    for (int i = 0; i < count; i++) {
        width += columns[i].room + (i ? gap_of(&columns[i]) : 0);
        lines = fmax(lines, columns[i].lines);
    }
    width += MARGIN;
    const double middle = TOP + tallest / 2, below = TOP + tallest + 4;
    const double height = below + LINE * lines + MARGIN;
    plot_begin(stream, width, height, "The network's layers from the input to the output", style);
    fprintf(
        stream,
        "<rect class=\"dg-card\" x=\"0.5\" y=\"0.5\" width=\"%.0f\" height=\"%.0f\" rx=\"8\"/>\n",
        width - 1, height - 1);
    double x = MARGIN;
    for (int i = 0; i < count; i++) {
        const double gap = i ? gap_of(&columns[i]) : 0;
        if (i)
            draw_operations(stream, &columns[i], x, gap, middle, below);
        draw_column(stream, &columns[i], x + gap, middle);
        x += gap + columns[i].room;
    }
    fputs("</svg>\n", stream);
}
