#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"

enum { MAX_WIDTH = 200, MIN_BAR = 8, MAX_BAR = 30, PARTS = 8 };

static const double redraw_seconds = 0.1;
static const char clear_line[] = "\r\033[K";

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The columns of the terminal; asked for each time, because windows change. */
static int terminal_width(void)
{
    struct winsize size;
    int width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
    return width < MAX_WIDTH ? width : MAX_WIDTH;
}

/* The parts of a line, each with the blanks before it. An empty part is left out. */
enum part { EPOCH, BAR, PERCENT, LOSS, ACCURACY, VALIDATION, SPEED, TIME };
typedef char parts[PARTS][48];

static int length_of(parts line)
{
    int length = 0;
    for (int i = 0; i < PARTS; i++)
        length += (int)strlen(line[i]);
    return length;
}

/* Leaves out the least important parts until the line fits. */
static void fit(parts line, int width)
{
    static const enum part least_first[] = {SPEED, ACCURACY, LOSS, PERCENT, VALIDATION, TIME};
    for (int i = 0; i < 6 && length_of(line) > width; i++)
        line[least_first[i]][0] = '\0';
}

static void draw_bar(parts line, int width, double share)
{
    int bar = width - length_of(line) - 3;
    if (bar < MIN_BAR)
        return;
    if (bar > MAX_BAR)
        bar = MAX_BAR;
    int full = (int)(share * bar);
    char *text = line[BAR] + sprintf(line[BAR], " [");
    memset(text, '.', (size_t)bar);
    memset(text, '#', (size_t)full);
    strcpy(text + bar, "]");
}

static void write_time(char *text, size_t size, double seconds)
{
    int total = seconds < 359999 ? (int)(seconds + 0.5) : 359999;
    if (total >= 3600)
        snprintf(text, size, "  ETA %d:%02d:%02d", total / 3600, total / 60 % 60, total % 60);
    else
        snprintf(text, size, "  ETA %d:%02d", total / 60, total % 60);
}

static void write_common(parts line, const struct lenet5_progress *now)
{
    snprintf(line[EPOCH], sizeof(line[0]), "epoch %d/%d", now->epoch, now->epochs);
    snprintf(line[LOSS], sizeof(line[0]), now->train_loss < 1e4 ? "  loss %.4f" : "  loss %.3g",
             now->train_loss);
    snprintf(line[ACCURACY], sizeof(line[0]), "  acc %.2f %%", 100 * now->train_accuracy);
    snprintf(line[SPEED], sizeof(line[0]), "  %.0f/s", now->samples_per_second);
}

static void print_line(const char *before, parts line, const char *after)
{
    char text[PARTS * sizeof(line[0]) + 16], *end = stpcpy(text, before);
    for (int i = 0; i < PARTS; i++)
        end = stpcpy(end, line[i]);
    strcpy(end, after);
    fputs(text, stderr);
}

static void show_batch(struct progress *progress, const struct lenet5_progress *now)
{
    double share = (double)now->batch / now->batches;
    double done = (now->epoch - 1 + share) / now->epochs;
    parts line = {""};
    write_common(line, now);
    snprintf(line[PERCENT], sizeof(line[0]), " %3d %%", (int)(100 * share));
    write_time(line[TIME], sizeof(line[0]),
               (progress->shown - progress->start) / (done - progress->before) * (1 - done));

    int width = terminal_width() - 1; /* the last column would wrap */
    fit(line, width);
    draw_bar(line, width, share);
    print_line(clear_line, line, "");
    progress->drawn = true;
}

static void show_epoch(struct progress *progress, const struct lenet5_progress *now)
{
    parts line = {""};
    write_common(line, now);
    if (!isnan(now->val_accuracy))
        snprintf(line[VALIDATION], sizeof(line[0]), "  val %.2f %%%s", 100 * now->val_accuracy,
                 now->best ? " (best)" : "");
    snprintf(line[TIME], sizeof(line[0]), "  %.1f s", now->seconds);
    if (progress->live)
        fit(line, terminal_width() - 1);
    progress_clear(progress);
    print_line("", line, "\n");
}

void progress_start(struct progress *progress, double before)
{
    const char *terminal = getenv("TERM");
    *progress = (struct progress){
        .live = isatty(STDERR_FILENO) && terminal && *terminal && strcmp(terminal, "dumb"),
        .start = seconds_now(),
        .before = before,
    };
}

void progress_update(struct progress *progress, const struct lenet5_progress *now)
{
    if (cli_quiet)
        return;
    if (now->epoch_done) {
        show_epoch(progress, now);
        return;
    }
    double time = seconds_now();
    if (!progress->live || time - progress->shown < redraw_seconds)
        return;
    progress->shown = time;
    show_batch(progress, now);
}

void progress_bytes(struct progress *progress, const char *name, long long done, long long total)
{
    const double time = seconds_now(), taken = time - progress->start;
    if (cli_quiet || !progress->live || time - progress->shown < redraw_seconds)
        return;
    progress->shown = time;
    parts line = {""};
    snprintf(line[EPOCH], sizeof(line[0]), "%s", name);
    snprintf(line[SPEED], sizeof(line[0]), "  %.1f MB", (double)done / 1e6);
    if (total > 0 && done > 0) {
        const double share = (double)done / (double)total;
        snprintf(line[PERCENT], sizeof(line[0]), " %3d %%", (int)(100 * share));
        write_time(line[TIME], sizeof(line[0]), taken / share * (1 - share));
        fit(line, terminal_width() - 1);
        draw_bar(line, terminal_width() - 1, share);
    }
    print_line(clear_line, line, "");
    progress->drawn = true;
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn)
        fputs(clear_line, stderr);
    progress->drawn = false;
}
