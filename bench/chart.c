#include "chart.h"

#include <lenet5/trainer.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 860,
    MARGIN = 28,
    LEFT = 210,  /* where the bars start */
    SPAN = 470,  /* the axis; labels stand behind the longest bar */
    TOP = 92,    /* below the title */
    BOTTOM = 92, /* the axis and the small print */
    MAX_BARS = 64,
};

static const char style[] =
    "<style>\n"
    "  text { font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; font-size: 14px;"
    " fill: #1f2328; paint-order: stroke; stroke: #ffffff; stroke-width: 3px }\n"
    "  .title { font-size: 20px; font-weight: 600 }\n"
    "  .group { font-weight: 600 }\n"
    "  .end { text-anchor: end }\n"
    "  .middle { text-anchor: middle }\n"
    "  .quiet { font-size: 12px; fill: #59636e }\n"
    "  .card { fill: #ffffff; stroke: #d1d9e0 }\n"
    "  .line { stroke: #d1d9e0 }\n"
    "  .range { stroke: #1f2328; stroke-opacity: 0.55; stroke-width: 1.5 }\n"
    "  .ours { fill: #1f6feb }\n"
    "  .ours2 { fill: #8250df }\n"
    "  .peer { fill: #afb8c1 }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    text { fill: #f0f6fc; stroke: #0d1117 }\n"
    "    .quiet { fill: #9198a1 }\n"
    "    .card { fill: #0d1117; stroke: #3d444d }\n"
    "    .line { stroke: #3d444d }\n"
    "    .range { stroke: #f0f6fc }\n"
    "    .ours { fill: #4493f8 }\n"
    "    .ours2 { fill: #ab7df8 }\n"
    "    .peer { fill: #656c76 }\n"
    "  }\n"
    "</style>\n";

static void write_text(FILE *file, double x, double y, const char *class, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        default:
            fputc(*text, file);
        }
    fputs("</text>\n", file);
}

/* The card, its title and small print; height is that of the part between TOP and BOTTOM. */
static void begin(FILE *file, const struct results *results, double height, const char *title,
                  const char *subtitle)
{
    char text[512];
    const double all = TOP + height + BOTTOM;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
            "viewBox=\"0 0 %d %.0f\" role=\"img\">\n",
            WIDTH, all, WIDTH, all);
    fprintf(file, "<title>%s</title>\n%s", title, style);
    fprintf(file,
            "<rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%.0f\" rx=\"8\"/>\n",
            WIDTH - 1, all - 1);
    write_text(file, MARGIN, 42, "title", title);
    write_text(file, MARGIN, 66, "quiet", subtitle);
    snprintf(text, sizeof(text), "%s · %s", results_fact(results, "cpu"),
             results_fact(results, "blas"));
    write_text(file, MARGIN, all - 36, "quiet", text);
    snprintf(text, sizeof(text),
             "Medians of %s alternating runs, lines from the smallest to the "
             "largest · %s · commit %s",
             results_fact(results, "runs"), results_fact(results, "date"),
             results_fact(results, "commit"));
    write_text(file, MARGIN, all - 18, "quiet", text);
}

/* 1, 2 or 5 times a power of ten, so that at most six steps reach the largest value. */
static double nice_step(double largest)
{
    const double power = pow(10, floor(log10(largest / 6)));
    const double times = largest / 6 / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

/* 46812 as "46,812" */
static void print_grouped(char text[32], double value)
{
    char digits[32];
    const int length = snprintf(digits, sizeof(digits), "%.0f", value);
    int at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = 0;
}

static void write_axis(FILE *file, double height, double largest, double step, const char *unit)
{
    for (double value = 0; value <= largest * 1.0001; value += step) {
        char text[64], number[32];
        const double x = LEFT + SPAN * value / largest;
        fprintf(file, "<path class=\"line\" d=\"M%.1f %d V%.1f\"/>\n", x, TOP - 4, TOP + height);
        print_grouped(number, value);
        snprintf(text, sizeof(text), "%s%s", number, unit);
        write_text(file, x, TOP + height + 18, "quiet middle", text);
    }
}

static void write_bar(FILE *file, double y, double thick, const char *class,
                      const struct cell *cell, double largest)
{
    const double scale = SPAN / largest, middle = y + thick / 2;
    fprintf(file,
            "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>\n",
            class, LEFT, y, fmax(scale * cell->median, 1), thick);
    if (scale * (cell->max - cell->min) >= 1)
        fprintf(file, "<path class=\"range\" d=\"M%.1f %.1f H%.1f\"/>\n", LEFT + scale * cell->min,
                middle, LEFT + scale * cell->max);
}

/* Where a label behind the bar and its range starts. */
static double behind(const struct cell *cell, double largest)
{
    return LEFT + SPAN * cell->max / largest + 8;
}

static int fastest_first(const void *a, const void *b)
{
    const double x = (*(const struct cell *const *)a)->median;
    const double y = (*(const struct cell *const *)b)->median;
    return (x < y) - (x > y);
}

/* The training cells of one batch and number of threads, 0 = any. */
static int select_training(const struct cell *bars[MAX_BARS], const struct results *results,
                           int batch, int threads)
{
    int count = 0;
    for (int i = 0; i < results->cell_count && count < MAX_BARS; i++) {
        const struct cell *cell = &results->cells[i];
        if (strcmp(cell->row.section, "training") == 0 &&
            strcmp(cell->metric, "samples_per_second") == 0 && isfinite(cell->median) &&
            (!batch || cell->row.batch == batch) && (!threads || cell->row.threads == threads))
            bars[count++] = cell;
    }
    qsort(bars, (size_t)count, sizeof(bars[0]), fastest_first);
    return count;
}

static void write_training_group(FILE *file, const struct results *results, double y,
                                 const struct cell **bars, int count, double largest)
{
    char text[64];
    snprintf(text, sizeof(text), "%d thread%s", bars[0]->row.threads,
             bars[0]->row.threads > 1 ? "s" : "");
    write_text(file, MARGIN, y + 18, "group", text);
    for (int i = 0; i < count; i++, y += 30) {
        const char *name = bars[i]->row.contender;
        const bool blas = strcmp(name, "blas") == 0, direct = strcmp(name, "direct") == 0;
        const bool ours = blas || direct || strcmp(name, "naive") == 0;
        char number[32];
        snprintf(text, sizeof(text), "%s%s", ours ? "lenet5, " : "", name);
        write_text(file, LEFT - 10, y + 45, "end", text);
        write_bar(file, y + 30, 20, blas || direct ? "ours" : "peer", bars[i], largest);
        print_grouped(number, bars[i]->median);
        write_text(file, behind(bars[i], largest), y + 45, "group", number);
        const double ratio = results_median(results, &bars[i]->row, "blas_ratio");
        snprintf(text, sizeof(text), "blas is %.1fx as fast", ratio);
        if (isfinite(ratio) && !blas && !direct)
            write_text(file, behind(bars[i], largest) + 8.2 * (double)strlen(number) + 8, y + 45,
                       "quiet", text);
    }
}

void chart_write_training(FILE *file, const struct results *results)
{
    const struct cell *bars[MAX_BARS];
    char subtitle[128];
    int batch = lenet5_training_defaults().batch_size, least = 0, most = 0;
    if (!select_training(bars, results, batch, 0))
        batch = 0;
    int count = select_training(bars, results, batch, 0);
    if (count && !batch)
        batch = bars[0]->row.batch;
    count = select_training(bars, results, batch, 0);
    for (int i = 0; i < count; i++) {
        const int threads = bars[i]->row.threads;
        least = least && least < threads ? least : threads;
        most = most > threads ? most : threads;
    }
    double largest = 1;
    for (int i = 0; i < count; i++)
        if (bars[i]->row.threads == least || bars[i]->row.threads == most)
            largest = fmax(largest, bars[i]->max);
    const double step = nice_step(largest);
    largest = step * ceil(largest / step);

    const struct cell *first[MAX_BARS], *second[MAX_BARS];
    const int first_count = count ? select_training(first, results, batch, least) : 0;
    const int second_count = most > least ? select_training(second, results, batch, most) : 0;
    const double height = (first_count ? 30 * first_count + 34 : 0) +
                          (second_count ? 30 * second_count + 34 : 0);
    snprintf(subtitle, sizeof(subtitle),
             "Samples per second in whole training steps, batch %d: more is better", batch);
    begin(file, results, height, "Training LeNet-5", subtitle);
    write_axis(file, height, largest, step, "");
    if (first_count)
        write_training_group(file, results, TOP, first, first_count, largest);
    if (second_count)
        write_training_group(file, results, TOP + 30 * first_count + 34, second, second_count,
                             largest);
    fputs("</svg>\n", file);
}

/* A share of the peak with its label. */
static void write_share(FILE *file, double y, double thick, const char *class,
                        const struct cell *cell)
{
    char text[32];
    snprintf(text, sizeof(text), "%.0f %%", cell->median);
    write_bar(file, y, thick, class, cell, 100);
    write_text(file, behind(cell, 100), y + thick / 2 + 4, "quiet", text);
}

/* One line of the chart: a name, and up to two bars. */
struct share {
    char name[64];
    const struct cell *forward, *backward;
};

/* The layers that multiply, forward and backward paired by name. */
static int select_layers(struct share shares[MAX_BARS], const struct results *results)
{
    static const char forward[] = " forward";
    int count = 0;
    for (int i = 0; i < results->cell_count && count < MAX_BARS; i++) {
        const struct cell *cell = &results->cells[i];
        const size_t length = strlen(cell->row.name);
        if (strcmp(cell->row.section, "layers") != 0 || strcmp(cell->metric, "peak_percent") != 0 ||
            length < sizeof(forward) ||
            strcmp(cell->row.name + length - strlen(forward), forward) != 0)
            continue;
        struct share *share = &shares[count++];
        char backward[96];
        struct row row = cell->row;
        snprintf(share->name, sizeof(share->name), "%.*s", (int)(length - strlen(forward)),
                 row.name);
        snprintf(backward, sizeof(backward), "%s backward", share->name);
        row.name = backward;
        share->forward = cell;
        share->backward = results_find(results, &row, "peak_percent");
    }
    return count;
}

/* The bound's totals. */
static int select_totals(struct share shares[4], const struct results *results)
{
    static const struct {
        const char *section, *name, *title;
    } totals[] = {
        {"bound_training", "bare products", "training: its SGEMM"},
        {"bound_training", "whole", "training: all of it"},
        {"bound_inference", "bare products", "inference: its SGEMM"},
        {"bound_inference", "whole", "inference: all of it"},
    };
    int count = 0;
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < results->cell_count; i++) {
            const struct cell *cell = &results->cells[i];
            if (strcmp(cell->row.section, totals[t].section) != 0 ||
                strcmp(cell->row.name, totals[t].name) != 0 ||
                strcmp(cell->row.contender, "blas") != 0 ||
                strcmp(cell->metric, "peak_percent") != 0)
                continue;
            snprintf(shares[count].name, sizeof(shares[count].name), "%s", totals[t].title);
            shares[count++].forward = cell;
        }
    return count;
}

void chart_write_layers(FILE *file, const struct results *results)
{
    struct share layers[MAX_BARS] = {0}, totals[4] = {0};
    const int layer_count = select_layers(layers, results);
    const int total_count = select_totals(totals, results);
    const double height = 36.0 * layer_count + 30 * total_count + 12;
    begin(file, results, height, "Layers against the peak",
          "Share of the processor's fused multiply-adds per second, blas on one thread");
    write_axis(file, height, 100, 20, " %");
    fprintf(file, "<rect class=\"ours\" x=\"%d\" y=\"55\" width=\"12\" height=\"12\" rx=\"2\"/>\n",
            WIDTH - 230);
    write_text(file, WIDTH - 212, 66, "quiet", "forward");
    fprintf(file, "<rect class=\"ours2\" x=\"%d\" y=\"55\" width=\"12\" height=\"12\" rx=\"2\"/>\n",
            WIDTH - 130);
    write_text(file, WIDTH - 112, 66, "quiet", "backward");
    double y = TOP;
    for (int i = 0; i < layer_count; i++, y += 36) {
        write_text(file, LEFT - 10, y + 19, "end", layers[i].name);
        write_share(file, y, 13, "ours", layers[i].forward);
        if (layers[i].backward)
            write_share(file, y + 14, 13, "ours2", layers[i].backward);
    }
    y += 12;
    for (int i = 0; i < total_count; i++, y += 30) {
        write_text(file, LEFT - 10, y + 15, "end", totals[i].name);
        write_share(file, y, 20, "peer", totals[i].forward);
    }
    fputs("</svg>\n", file);
}
