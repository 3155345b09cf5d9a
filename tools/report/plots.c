#include "plots.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 530,
    HEIGHT = 320,
    LEFT = 62,
    RIGHT = 18,
    TOP = 44,
    BOTTOM = 44,
    CELL = 44,         /* of the confusion matrix, with counts; */
    DENSE_CELL = 14,   /* without */
    MOST_COUNTED = 20, /* classes, above which counts do not fit */
    MOST_NAME = 14,    /* letters of a class's name */
};

/* Of the width: text of 12 pixels shrinks to 8, and a curve fits a page of 400 pixels. */
static const double least_shown = 0.68;

/* The colours of Okabe and Ito, which people with any colour vision can tell apart. */
static const char style[] =
    "<style>\n"
    "  .pl-text { font: 12px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }\n"
    "  .pl-title { font-weight: 600; font-size: 14px }\n"
    "  .pl-end { text-anchor: end }\n"
    "  .pl-middle { text-anchor: middle }\n"
    "  .pl-quiet { fill: #59636e }\n"
    "  .pl-card { fill: #ffffff }\n"
    "  .pl-grid { stroke: #d1d9e0 }\n"
    "  .pl-line0 { stroke: #0072b2; fill: none; stroke-width: 2 }\n"
    "  .pl-line1 { stroke: #d55e00; fill: none; stroke-width: 2; stroke-dasharray: 6 4 }\n"
    "  .pl-dot0 { fill: #0072b2 }\n"
    "  .pl-dot1 { fill: #d55e00 }\n"
    "  .pl-right { fill: #0072b2 }\n"
    "  .pl-wrong { fill: #d55e00 }\n"
    "  .pl-c0 { fill: #0072b2 } .pl-c1 { fill: #d55e00 } .pl-c2 { fill: #009e73 }\n"
    "  .pl-c3 { fill: #a8407e } .pl-c4 { fill: #8a6d00 } .pl-c5 { fill: #2f8fc4 }\n"
    "  .pl-c6 { fill: #6e4fb0 } .pl-c7 { fill: #5c6670 } .pl-c8 { fill: #b8322f }\n"
    "  .pl-c9 { fill: #3f7d20 }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    .pl-text { fill: #f0f6fc }\n"
    "    .pl-quiet { fill: #9198a1 }\n"
    "    .pl-card { fill: #0d1117 }\n"
    "    .pl-grid { stroke: #3d444d }\n"
    "    .pl-line0 { stroke: #56b4e9 } .pl-dot0 { fill: #56b4e9 }\n"
    "    .pl-line1 { stroke: #ff9d45 } .pl-dot1 { fill: #ff9d45 }\n"
    "    .pl-c0 { fill: #4aa3e0 } .pl-c1 { fill: #ff9d45 } .pl-c2 { fill: #2bd4a3 }\n"
    "    .pl-c3 { fill: #e79cc8 } .pl-c4 { fill: #f0e442 } .pl-c5 { fill: #9bd6f7 }\n"
    "    .pl-c6 { fill: #b79cf2 } .pl-c7 { fill: #b3bcc6 } .pl-c8 { fill: #ff7b72 }\n"
    "    .pl-c9 { fill: #8fd15f }\n"
    "  }\n"
    "</style>\n";

void plot_text(FILE *stream, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", stream);
            break;
        case '<':
            fputs("&lt;", stream);
            break;
        case '>':
            fputs("&gt;", stream);
            break;
        case '"':
            fputs("&quot;", stream);
            break;
        default: /* XML has no other control characters than these */
            fputc((unsigned char)*text >= ' ' || *text == '\t' || *text == '\n' ? *text : '?',
                  stream);
        }
}

void plot_begin(FILE *stream, double width, double height, const char *title, const char *css)
{
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
            "height=\"%.0f\" style=\"max-width: 100%%; min-width: %.0fpx; height: auto\" "
            "role=\"img\">\n<title>",
            width, height, width, height, least_shown * width);
    plot_text(stream, title);
    fprintf(stream, "</title>\n%s", css);
}

static void begin(FILE *stream, double width, double height, const char *title)
{
    plot_begin(stream, width, height, title, style);
    fprintf(stream, "<rect class=\"pl-card\" width=\"%.0f\" height=\"%.0f\"/>\n", width, height);
}

static void write_text(FILE *stream, double x, double y, const char *class, const char *text)
{
    fprintf(stream, "<text class=\"pl-text %s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    plot_text(stream, text);
    fputs("</text>\n", stream);
}

/* At most MOST_NAME letters of the name, cut between characters. */
static void write_name(FILE *stream, double x, double y, const char *class, const char *name)
{
    char cut[MOST_NAME * 4 + 4];
    size_t letters = 0, bytes = 0;
    while (name[bytes] && bytes < sizeof(cut) - 5) {
        if (((unsigned char)name[bytes] & 0xc0) != 0x80 && ++letters > MOST_NAME)
            break;
        cut[bytes] = name[bytes];
        bytes++;
    }
    strcpy(cut + bytes, name[bytes] ? "\u2026" : "");
    write_text(stream, x, y, class, cut);
}

/* 1, 2 or 5 times a power of ten, so that about five steps make the range. */
static double nice_step(double range)
{
    const double power = pow(10, floor(log10(range / 5)));
    const double times = range / 5 / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

struct scale {
    double low, high, step;
};

static struct scale scale_of(const double *const values[2], int count, int percent)
{
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < 2; k++)
        for (int i = 0; values[k] && i < count; i++)
            if (isfinite(values[k][i])) {
                low = fmin(low, values[k][i]);
                high = fmax(high, values[k][i]);
            }
    if (!(low <= high))
        low = 0, high = 1;
    if (high - low < 1e-6 * fabs(high) + 1e-9)
        low -= 0.05 * fabs(low) + 1e-3, high += 0.05 * fabs(high) + 1e-3;
    if (percent)
        low = fmax(low, 0), high = fmin(high, 1);
    const double step = nice_step(high - low);
    return (struct scale){step * floor(low / step), step * ceil(high / step - 1e-9), step};
}

static double x_of(int epoch, int count)
{
    const double span = WIDTH - LEFT - RIGHT;
    return count > 1 ? LEFT + span * (epoch - 1) / (count - 1) : LEFT + span / 2;
}

static double y_of(double value, const struct scale *scale)
{
    return HEIGHT - BOTTOM -
           (HEIGHT - BOTTOM - TOP) * (value - scale->low) / (scale->high - scale->low);
}

static int scale_steps(const struct scale *scale)
{
    return (int)((scale->high - scale->low) / scale->step + 0.5);
}

/* The scale's value number i, with as many digits as its steps need. */
static double write_value(char text[32], const struct scale *scale, int i, int percent)
{
    const double value = scale->low + i * scale->step;
    const int digits = (int)fmax(0, ceil(-log10(scale->step * (percent ? 100 : 1)) - 1e-9));
    snprintf(text, 32, percent ? "%.*f %%" : "%.*f", digits, value * (percent ? 100 : 1) + 0.0);
    return value;
}

static void draw_heights(FILE *stream, const struct scale *scale, int percent)
{
    for (int i = 0; i <= scale_steps(scale); i++) {
        char text[32];
        const double y = y_of(write_value(text, scale, i, percent), scale);
        fprintf(stream, "<path class=\"pl-grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, y, WIDTH - RIGHT);
        write_text(stream, LEFT - 8, y + 4, "pl-end pl-quiet", text);
    }
}

static void draw_axes(FILE *stream, const struct scale *scale, int count, int percent)
{
    draw_heights(stream, scale, percent);
    const int every = count > 10 ? (int)ceil(nice_step(count)) : 1;
    for (int epoch = 1; epoch <= count; epoch++)
        if (epoch % every == 0 || epoch == 1) {
            char text[16];
            snprintf(text, sizeof(text), "%d", epoch);
            write_text(stream, x_of(epoch, count), HEIGHT - BOTTOM + 18, "pl-middle pl-quiet",
                       text);
        }
    write_text(stream, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "pl-middle pl-quiet", "epoch");
}

/* Value i is at x pixels start + step * x[i], or start + step * i without x; gaps where it is not finite. */
static void draw_line(FILE *stream, const double *x, double start, double step,
                      const double *values, int count, const struct scale *scale, int which)
{
    const char *command = "M";
    fprintf(stream, "<path class=\"pl-line%d\" d=\"", which);
    for (int i = 0; i < count; i++) {
        if (isfinite(values[i]))
            fprintf(stream, "%s%.1f %.1f", command, start + step * (x ? x[i] : i),
                    y_of(values[i], scale));
        command = isfinite(values[i]) ? "L" : "M";
    }
    fputs("\"/>\n", stream);
    for (int i = 0; count <= 60 && i < count; i++)
        if (isfinite(values[i]))
            fprintf(stream, "<circle class=\"pl-dot%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", which,
                    start + step * (x ? x[i] : i), y_of(values[i], scale));
}

/* The value of a curve's only epoch beside its dot: the first curve's on the left. */
static void write_single(FILE *stream, double value, const struct scale *scale, int which,
                         int percent)
{
    char text[32];
    if (!isfinite(value))
        return;
    snprintf(text, sizeof(text), percent ? "%.2f %%" : "%.4f", percent ? 100 * value : value);
    write_text(stream, x_of(1, 1) + (which ? 8 : -8), y_of(value, scale) + 4, which ? "" : "pl-end",
               text);
}

void plot_curves(FILE *stream, const char *title, const char *const names[2],
                 const double *const values[2], int count, int percent)
{
    const struct scale scale = scale_of(values, count, percent);
    begin(stream, WIDTH, HEIGHT, title);
    write_text(stream, LEFT, 24, "pl-title", title);
    draw_axes(stream, &scale, count, percent);
    double x = WIDTH - RIGHT;
    for (int k = 1; k >= 0; k--) {
        if (!values[k])
            continue;
        draw_line(stream, NULL, x_of(1, count), x_of(2, count) - x_of(1, count), values[k], count,
                  &scale, k);
        if (count == 1)
            write_single(stream, values[k][0], &scale, k, percent);
        write_text(stream, x, 24, "pl-end", names[k]);
        x -= 7.0 * (double)strlen(names[k]) + 8;
        fprintf(stream, "<path class=\"pl-line%d\" d=\"M%.1f 20h26\"/>\n", k, x - 26);
        x -= 26 + 20;
    }
    fputs("</svg>\n", stream);
}

/* From 0 to at least the largest. */
static struct scale scale_from_zero(const double *values, int count)
{
    double high = 0;
    for (int i = 0; i < count; i++)
        high = fmax(high, values[i]);
    const double step = nice_step(high > 0 ? high : 1);
    return (struct scale){0, step * fmax(1, ceil(high / step - 1e-9)), step};
}

void plot_points(FILE *stream, const char *title, const char *across, const double *x,
                 const double *y, int count, int percent)
{
    const struct scale up = scale_from_zero(y, count), along = scale_from_zero(x, count);
    const double span = (WIDTH - LEFT - RIGHT) / along.high;
    char text[32];
    begin(stream, WIDTH, HEIGHT, title);
    write_text(stream, LEFT, 24, "pl-title", title);
    draw_heights(stream, &up, 1);
    for (int i = 0; i <= scale_steps(&along); i++) {
        const double value = write_value(text, &along, i, percent);
        write_text(stream, LEFT + span * value, HEIGHT - BOTTOM + 18, "pl-middle pl-quiet", text);
    }
    write_text(stream, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "pl-middle pl-quiet", across);
    draw_line(stream, x, LEFT, span, y, count, &up, 0);
    fputs("</svg>\n", stream);
}

/* No cell is stronger than leaves its count readable in the page's colour, light and dark (4.8 : 1). */
static void draw_cell(FILE *stream, double x, double y, int cell, uint32_t count, uint32_t all,
                      int right, int counted)
{
    const double share = all ? (double)count / all : 0, strength = 0.75 * sqrt(share);
    char text[16];
    if (count > 0)
        fprintf(stream,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" "
                "fill-opacity=\"%.3f\"/>\n",
                right ? "pl-right" : "pl-wrong", x, y, cell - 1, cell - 1, fmax(strength, 0.12));
    snprintf(text, sizeof(text), "%u", count);
    if (counted)
        write_text(stream, x + cell / 2.0, y + cell / 2.0 + 4,
                   count ? "pl-middle" : "pl-middle pl-quiet", text);
}

void plot_confusion(FILE *stream, const uint32_t *confusion, int classes, const char *const *names)
{
    const int counted = classes <= MOST_COUNTED, cell = counted ? CELL : DENSE_CELL;
    size_t longest = 0;
    for (int i = 0; i < classes; i++)
        longest = strlen(names[i]) > longest ? strlen(names[i]) : longest;
    longest = longest > MOST_NAME ? MOST_NAME + 1 : longest;
    const int turned = longest > 5 || !counted; /* names above the columns are vertical */
    const double name = 7.0 * (double)longest + 16, left = name + 24;
    const double top = turned ? name + 32 : 56;
    begin(stream, left + classes * cell + 16, top + classes * cell + 16, "Confusion matrix");
    write_text(stream, left, 20, "pl-title", "predicted");
    fprintf(stream,
            "<text class=\"pl-text pl-title pl-end\" transform=\"translate(16 %.1f) rotate(-90)\">"
            "true label</text>\n",
            top);
    for (int i = 0; i < classes; i++) {
        const double middle = i * cell + cell / 2.0;
        uint32_t all = 0;
        for (int k = 0; k < classes; k++)
            all += confusion[i * classes + k];
        write_name(stream, left - 8, top + middle + 4, "pl-end", names[i]);
        fprintf(stream, "<g transform=\"translate(%.1f %.1f)%s\">",
                left + middle + (turned ? 4 : 0), top - 8, turned ? " rotate(-90)" : "");
        write_name(stream, 0, 0, turned ? "" : "pl-middle", names[i]);
        fputs("</g>\n", stream);
        for (int k = 0; k < classes; k++)
            draw_cell(stream, left + k * cell, top + i * cell, cell, confusion[i * classes + k],
                      all, i == k, counted);
    }
    fputs("</svg>\n", stream);
}

/* The sign of a class on the map: its name where that is a letter, else a letter by its number. */
static void sign_of(char sign[2], int class, const char *const *names)
{
    static const char letters[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+*";
    sign[0] = strlen(names[class]) == 1 ? names[class][0] : letters[class % 64];
    sign[1] = '\0';
}

void plot_scatter(FILE *stream, const float *points, const int *labels, size_t count,
                  const float shares[2], int classes, const char *const *names)
{
    const int side = 520, margin = 40, column = 150;
    const int per_column = 24, columns = (classes + per_column - 1) / per_column;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    char text[64], sign[2], class[32];
    for (size_t i = 0; i < 2 * count; i++) {
        low[i % 2] = fmin(low[i % 2], (double)points[i]);
        high[i % 2] = fmax(high[i % 2], (double)points[i]);
    }
    const double range = fmax(fmax(high[0] - low[0], high[1] - low[1]), 1e-9);
    begin(stream, side + 2 * margin + columns * column, side + 2 * margin,
          "Features in two principal components");
    for (size_t i = 0; i < count; i++) {
        const double x = ((double)points[2 * i] - (low[0] + high[0]) / 2) / range + 0.5;
        const double y = ((double)points[2 * i + 1] - (low[1] + high[1]) / 2) / range + 0.5;
        sign_of(sign, labels[i], names);
        snprintf(class, sizeof(class), "pl-middle pl-c%d", labels[i] % 10);
        write_text(stream, margin + side * x, margin + side * (1 - y) + 4, class, sign);
    }
    snprintf(text, sizeof(text), "first component, %.1f %% of the variance",
             100 * (double)shares[0]);
    write_text(stream, margin + side / 2.0, side + 2 * margin - 10, "pl-middle pl-quiet", text);
    snprintf(text, sizeof(text), "second component, %.1f %%", 100 * (double)shares[1]);
    fprintf(stream,
            "<text class=\"pl-text pl-middle pl-quiet\" transform=\"translate(16 %.1f) "
            "rotate(-90)\">%s</text>\n",
            margin + side / 2.0, text);
    for (int i = 0; i < classes; i++) {
        const double x = side + 2 * margin + i / per_column * column;
        const double y = margin + 20 * (i % per_column + 1);
        sign_of(sign, i, names);
        snprintf(class, sizeof(class), "pl-title pl-c%d", i % 10);
        write_text(stream, x, y, class, sign);
        write_name(stream, x + 18, y, "", names[i]);
    }
    fputs("</svg>\n", stream);
}
