/* Error against rejected images: figure 10 of the 1998 paper for one network. */
#include <stdlib.h>

#include "cli/messages.h"
#include "html_sections.h"
#include "plots.h"

enum { POINTS = 101 }; /* of the curve, up to MOST of the rejected images */

static const double most = 0.1, wanted = 0.005; /* the paper's 0.5 % */

struct judged {
    float margin; /* between the two largest probabilities */
    bool wrong;
};

static int by_margin(const void *a, const void *b)
{
    const float x = ((const struct judged *)a)->margin, y = ((const struct judged *)b)->margin;
    return (x > y) - (x < y);
}

static float margin_of(const float *p, size_t classes)
{
    float first = 0, second = 0;
    for (size_t k = 0; k < classes; k++)
        if (p[k] > first) {
            second = first;
            first = p[k];
        } else if (p[k] > second) {
            second = p[k];
        }
    return first - second;
}

/* All evaluated images, the most doubtful first; NULL without memory. */
static struct judged *judge(const struct html_writer *writer, size_t count)
{
    const struct lenet5_dataset *data = writer->report->evaluated;
    const size_t classes = (size_t)writer->report->evaluation->classes;
    struct judged *judged = malloc(count * sizeof(*judged));
    for (size_t i = 0; judged && i < count; i++)
        judged[i] = (struct judged){margin_of(writer->probabilities + i * classes, classes),
                                    writer->predictions[i] != lenet5_dataset_label(data, i)};
    if (judged)
        qsort(judged, count, sizeof(*judged), by_margin);
    return judged;
}

/* How many have to go until no more than this share of the rest is wrong. */
static size_t rejected_for(const struct judged *judged, size_t count, double share)
{
    size_t wrong = 0, gone = 0;
    for (size_t i = 0; i < count; i++)
        wrong += judged[i].wrong;
    while (gone < count && (double)wrong > share * (double)(count - gone))
        wrong -= judged[gone++].wrong;
    return gone;
}

void html_rejection(struct html_writer *writer)
{
    const size_t count = lenet5_dataset_count(writer->report->evaluated);
    double x[POINTS], y[POINTS];
    size_t wrong = 0, gone = 0;
    struct judged *judged = judge(writer, count);
    if (!judged) {
        writer->code = writer->code ? writer->code : cli_error(CLI_MEMORY, "out of memory");
        return;
    }
    for (size_t i = 0; i < count; i++)
        wrong += judged[i].wrong;
    for (int k = 0; k < POINTS; k++) {
        x[k] = most * k / (POINTS - 1);
        while (gone < count && (double)gone < x[k] * (double)count)
            wrong -= judged[gone++].wrong;
        y[k] = gone < count ? (double)wrong / (double)(count - gone) : 0;
    }
    fprintf(
        writer->html,
        "<h2>Rejection</h2>\n<p class=\"quiet\">The error on the remaining images when the least "
        "certain ones are rejected: those with the smallest difference between the two largest "
        "probabilities. If %.1f %% of the images are rejected, the error falls to %g %%.</p>\n",
        100 * (double)rejected_for(judged, count, wanted) / (double)count, 100 * wanted);
    plot_points(html_svg_start(writer), "Error on the remaining images", "rejected images", x, y,
                POINTS, 1);
    html_svg_end(writer, "rejection.svg");
    free(judged);
}
