/* The sections of a page that are made of images. */
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"
#include "html_sections.h"
#include "layer_names.h"
#include "pictures.h"
#include "plots.h"

enum {
    MOST_SAMPLES = 60,
    MOST_CORRECT = 30,
    MOST_WRONG = 100,
    MOST_IN_GRID = MOST_WRONG,
    MOST_POINTS = 1000,
    GRID_COLUMNS = 10,
    ZOOM = 2,
};

static void remember(struct html_writer *writer, enum lenet5_status status,
                     const struct lenet5_error *error)
{
    if (status && !writer->code)
        writer->code = cli_fail(error);
}

static void no_memory(struct html_writer *writer)
{
    if (!writer->code)
        writer->code = cli_error(CLI_MEMORY, "out of memory");
}

static void save_picture(struct html_writer *writer, const struct lenet5_image *picture,
                         const char *name)
{
    struct lenet5_error error;
    uint8_t *bytes = NULL;
    size_t size = 0;
    remember(writer, lenet5_image_encode_png(&bytes, &size, picture, &error), &error);
    html_save(writer, name, bytes, size);
    free(bytes);
}

/* In the page and as a file. */
static void add_picture(struct html_writer *writer, const struct lenet5_image *picture, int zoom,
                        const char *description, const char *name)
{
    struct lenet5_error error;
    remember(writer, picture_embed(writer->html, picture, zoom, description, &error), &error);
    save_picture(writer, picture, name);
}

static const char *class_name(const struct html_writer *writer, int class)
{
    return lenet5_network_architecture(writer->report->network)->classes[class];
}

/* One image of a dataset, as large as it is. */
static void add_image(struct html_writer *writer, const struct lenet5_dataset *data, size_t i,
                      const char *description)
{
    const struct lenet5_image image = {lenet5_dataset_cols(data), lenet5_dataset_rows(data),
                                       (uint8_t *)lenet5_dataset_image(data, i)};
    struct lenet5_error error;
    remember(writer, picture_embed(writer->html, &image, ZOOM, description, &error), &error);
}

/* All chosen images in one picture file. */
static void save_grid(struct html_writer *writer, const struct lenet5_dataset *data,
                      const size_t *chosen, size_t count, const char *name)
{
    const uint8_t *images[MOST_IN_GRID];
    struct lenet5_image picture = {0};
    for (size_t i = 0; i < count; i++)
        images[i] = lenet5_dataset_image(data, chosen[i]);
    if (!picture_grid(&picture, images, count, lenet5_dataset_rows(data), lenet5_dataset_cols(data),
                      GRID_COLUMNS)) {
        no_memory(writer);
        return;
    }
    save_picture(writer, &picture, name);
    lenet5_image_release(&picture);
}

void html_samples(struct html_writer *writer)
{
    const struct lenet5_dataset *data = writer->report->samples;
    const size_t all = lenet5_dataset_count(data);
    const size_t count = all < MOST_SAMPLES ? all : MOST_SAMPLES;
    size_t chosen[MOST_SAMPLES];
    fprintf(writer->html,
            "<h2>Samples</h2>\n<p class=\"quiet\">The first %s images, with their labels.</p>\n"
            "<div class=\"grid\">\n",
            data == writer->report->evaluated ? "evaluated" : "training");
    for (size_t i = 0; i < count; i++) {
        const char *name = class_name(writer, lenet5_dataset_label(data, i));
        chosen[i] = i;
        fputs("<figure>", writer->html);
        add_image(writer, data, i, name);
        fputs("<figcaption>", writer->html);
        plot_text(writer->html, name);
        fputs("</figcaption></figure>\n", writer->html);
    }
    fputs("</div>\n", writer->html);
    save_grid(writer, data, chosen, count, "samples.png");
}

static float confidence(const struct html_writer *writer, size_t i)
{
    return writer
        ->probabilities[i * (size_t)writer->report->evaluation->classes + writer->predictions[i]];
}

static void add_prediction(struct html_writer *writer, size_t i)
{
    const struct lenet5_dataset *data = writer->report->evaluated;
    const int label = lenet5_dataset_label(data, i), prediction = writer->predictions[i];
    fputs("<figure>", writer->html);
    add_image(writer, data, i, class_name(writer, label));
    fputs(prediction == label ? "<figcaption>" : "<figcaption>true ", writer->html);
    if (prediction != label) {
        plot_text(writer->html, class_name(writer, label));
        fputs("<br><b class=\"wrong\">predicted ", writer->html);
    }
    plot_text(writer->html, class_name(writer, prediction));
    if (prediction != label)
        fputs("</b>", writer->html);
    fprintf(writer->html, "<br>%.1f %%</figcaption></figure>\n",
            100 * (double)confidence(writer, i));
}

static void add_predictions(struct html_writer *writer, const size_t *chosen, size_t count,
                            const char *name)
{
    fputs("<div class=\"grid\">\n", writer->html);
    for (size_t i = 0; i < count; i++)
        add_prediction(writer, chosen[i]);
    fputs("</div>\n", writer->html);
    if (count > 0)
        save_grid(writer, writer->report->evaluated, chosen, count, name);
}

/* The first images that are classified correctly; how many. */
static size_t choose_correct(const struct html_writer *writer, size_t *chosen, size_t most)
{
    const struct lenet5_dataset *data = writer->report->evaluated;
    size_t count = 0;
    for (size_t i = 0; i < lenet5_dataset_count(data) && count < most; i++)
        if (writer->predictions[i] == lenet5_dataset_label(data, i))
            chosen[count++] = i;
    return count;
}

/* The most confident mistakes first; among equals the first image. */
static size_t choose_worst(const struct html_writer *writer, size_t *chosen, size_t most)
{
    const struct lenet5_dataset *data = writer->report->evaluated;
    size_t count = 0;
    for (size_t i = 0; i < lenet5_dataset_count(data); i++) {
        if (writer->predictions[i] == lenet5_dataset_label(data, i))
            continue;
        size_t at = count < most ? count++ : most;
        while (at > 0 && confidence(writer, chosen[at - 1]) < confidence(writer, i)) {
            if (at < most)
                chosen[at] = chosen[at - 1];
            at--;
        }
        if (at < most)
            chosen[at] = i;
    }
    return count;
}

void html_predictions(struct html_writer *writer)
{
    const struct lenet5_evaluation *e = writer->report->evaluation;
    size_t chosen[MOST_IN_GRID];
    char wrong[LAYER_NAME_SIZE];
    layer_count_text(wrong, e->samples - e->correct);
    size_t count = choose_worst(writer, chosen, MOST_WRONG);
    if (count > 0) {
        fprintf(
            writer->html,
            "<h2>Mistakes</h2>\n<p class=\"quiet\">%zu of %s, the most confident first: the true "
            "label, the prediction, and its probability.</p>\n",
            count, wrong);
        add_predictions(writer, chosen, count, "wrong.png");
    }
    count = choose_correct(writer, chosen, MOST_CORRECT);
    if (count > 0) {
        fprintf(writer->html,
                "<h2>Correct predictions</h2>\n<p class=\"quiet\">The first %zu, with their "
                "probability.</p>\n",
                count);
        add_predictions(writer, chosen, count, "correct.png");
    }
}

/* The row of the first convolution, or -1. */
static int first_convolution(const struct lenet5_architecture *architecture)
{
    for (int i = 0; i < architecture->layer_count; i++)
        if (architecture->layers[i].kind == LENET5_LAYER_CONV)
            return i;
    return -1;
}

void html_kernels(struct html_writer *writer)
{
    const struct lenet5_network *network = writer->report->network;
    const int row = first_convolution(lenet5_network_architecture(network));
    if (row < 0)
        return;
    const struct lenet5_layer_info info = lenet5_network_layer(network, row);
    const struct lenet5_extent kernel = info.layer.kernel;
    const size_t area = (size_t)kernel.h * (size_t)kernel.w, kernels = info.weight_count / area;
    const size_t count = kernels < 64 ? kernels : 64;
    struct lenet5_image picture = {0};
    char name[LAYER_NAME_SIZE];
    layer_paper_name(name, network, row);
    if (count == 0)
        return;
    if (!picture_maps(&picture, lenet5_network_weights(network) + info.weight_offset, count,
                      kernel.h, kernel.w, 16, true)) {
        no_memory(writer);
        return;
    }
    fprintf(
        writer->html,
        "<h2>%s's kernels</h2>\n<p class=\"quiet\">Grey is 0, white the largest weight and black "
        "its negative.</p>\n<div class=\"wide\">",
        name);
    add_picture(writer, &picture, 12, "Kernels of the first convolution", "kernels.png");
    fputs("</div>\n", writer->html);
    lenet5_image_release(&picture);
}

/*
 * The codes of RBF outputs, a picture for each class: the paper's are 12 rows of 7 pixels; others are one
 * row.
 */
void html_codes(struct html_writer *writer)
{
    const struct lenet5_network *network = writer->report->network;
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    const int row = architecture->layer_count - 1;
    const struct lenet5_layer_info info = lenet5_network_layer(network, row);
    const bool glyphs = info.in.c == 12 * 7;
    const size_t count = (size_t)info.out.c, size = count * (size_t)info.in.c;
    struct lenet5_image picture = {0};
    if (!info.layer.codes)
        return;
    float *codes = malloc(size * sizeof(*codes));
    for (size_t i = 0; codes && i < size; i++)
        codes[i] = info.layer.codes[i] ? 1 : 0;
    if (!codes || !picture_maps(&picture, codes, count, glyphs ? 12 : 1, glyphs ? 7 : info.in.c,
                                glyphs ? GRID_COLUMNS : 1, false)) {
        free(codes);
        no_memory(writer);
        return;
    }
    fputs("<h2>Output codes</h2>\n<p class=\"quiet\">The last layer compares its input "
          "with these codes, one per class: white is +1, black -1. The nearest code wins.</p>\n"
          "<div class=\"wide\">",
          writer->html);
    add_picture(writer, &picture, 6, "Codes of the RBF outputs", "codes.png");
    fputs("</div>\n", writer->html);
    lenet5_image_release(&picture);
    free(codes);
}

/* The values that one image gives in a row of the network, as one picture. */
static void add_maps(struct html_writer *writer, int row, const char *label)
{
    const struct report_data *report = writer->report;
    const struct lenet5_dataset *data = report->evaluated;
    const struct lenet5_architecture *architecture = lenet5_network_architecture(report->network);
    const struct lenet5_shape shape = row < 0 ? architecture->input
                                              : lenet5_network_layer(report->network, row).out;
    const bool vector = shape.h == 1 && shape.w == 1;
    const size_t size = (size_t)shape.c * (size_t)shape.h * (size_t)shape.w;
    struct lenet5_image picture = {0};
    struct lenet5_error error;
    char file[2 * LAYER_NAME_SIZE], text[4 * LAYER_NAME_SIZE];
    float *maps = malloc(size * sizeof(*maps));
    if (!maps) {
        no_memory(writer);
        return;
    }
    const enum lenet5_status status = lenet5_features(
        report->network, maps, row, lenet5_dataset_image(data, 0), 1, lenet5_dataset_rows(data),
        lenet5_dataset_cols(data), &error);
    remember(writer, status, &error);
    if (!status && !picture_maps(&picture, maps, vector ? 1 : (size_t)shape.c, vector ? 1 : shape.h,
                                 vector ? shape.c : shape.w, 16, false))
        no_memory(writer);
    free(maps);
    if (!picture.pixels)
        return;
    snprintf(file, sizeof(file), "maps-%s.png", label);
    snprintf(text, sizeof(text), "%s, %d of %dx%d", label, shape.c, shape.h, shape.w);
    fprintf(writer->html,
            "<p>%s <span class=\"quiet\">(%d, %d, %d)</span></p>\n<div class=\"wide\">", label,
            shape.c, shape.h, shape.w);
    add_picture(writer, &picture, vector ? 8 : shape.w > 20 ? 2 : shape.w > 8 ? 3 : 5, text, file);
    fputs("</div>\n", writer->html);
    lenet5_image_release(&picture);
}

/* The last row before the next one with a name: behind it stand an activation and a dropout. */
static int last_of(const struct lenet5_network *network, int row)
{
    const int count = lenet5_network_architecture(network)->layer_count;
    char name[LAYER_NAME_SIZE];
    while (row + 1 < count) {
        layer_paper_name(name, network, row + 1);
        if (*name ||
            lenet5_network_architecture(network)->layers[row + 1].kind == LENET5_LAYER_FLATTEN)
            break;
        row++;
    }
    return row;
}

void html_maps(struct html_writer *writer)
{
    const struct lenet5_network *network = writer->report->network;
    const struct lenet5_dataset *data = writer->report->evaluated;
    fputs("<h2>Feature maps</h2>\n<p class=\"quiet\">The first evaluated image, a ", writer->html);
    plot_text(writer->html, class_name(writer, lenet5_dataset_label(data, 0)));
    fputs(
        ", on its way through the network; in each layer black is the least and white the largest "
        "value.</p>\n",
        writer->html);
    add_maps(writer, -1, "input");
    for (int i = 0; i < lenet5_network_architecture(network)->layer_count; i++) {
        char label[LAYER_NAME_SIZE];
        layer_paper_name(label, network, i);
        if (*label)
            add_maps(writer, last_of(network, i), label);
    }
}

static bool is_output(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_DENSE || kind == LENET5_LAYER_RBF;
}

/* The row whose output enters the last layer; -1 = there is none with two features or more. */
static int feature_row(const struct lenet5_network *network)
{
    int row = lenet5_network_architecture(network)->layer_count - 1;
    while (row >= 0 && !is_output(lenet5_network_layer(network, row).layer.kind))
        row--;
    return row > 0 && lenet5_network_layer(network, row).in.c >= 2 ? row - 1 : -1;
}

static enum lenet5_status project(const struct report_data *report, int row, float *features,
                                  float *points, float shares[2], size_t count,
                                  struct lenet5_error *error)
{
    const struct lenet5_dataset *data = report->evaluated;
    const enum lenet5_status status = lenet5_features(
        report->network, features, row, lenet5_dataset_image(data, 0), count,
        lenet5_dataset_rows(data), lenet5_dataset_cols(data), error);
    return status ? status
                  : lenet5_principal_components(points, shares, 2, features, count,
                                                lenet5_network_layer(report->network, row).out.c,
                                                error);
}

void html_features(struct html_writer *writer)
{
    const struct report_data *report = writer->report;
    const int row = feature_row(report->network);
    if (row < 0)
        return;
    const size_t all = lenet5_dataset_count(report->evaluated);
    const size_t count = all < MOST_POINTS ? all : MOST_POINTS;
    const int size = lenet5_network_layer(report->network, row).out.c;
    float *features = malloc(count * (size_t)size * sizeof(*features));
    float *points = malloc(2 * count * sizeof(*points)), shares[2];
    int *labels = malloc(count * sizeof(*labels));
    struct lenet5_error error;
    if (!features || !points || !labels) {
        no_memory(writer);
        goto done;
    }
    const enum lenet5_status status = project(report, row, features, points, shares, count, &error);
    remember(writer, status, &error);
    if (status)
        goto done;
    for (size_t i = 0; i < count; i++)
        labels[i] = lenet5_dataset_label(report->evaluated, i);
    fprintf(
        writer->html,
        "<h2>The last features</h2>\n<p class=\"quiet\">The %d values that enter the output layer, "
        "for %zu images, in their two principal components.</p>\n",
        size, count);
    plot_scatter(html_svg_start(writer), points, labels, count, shares, report->evaluation->classes,
                 lenet5_network_architecture(report->network)->classes);
    html_svg_end(writer, "features.svg");
done:
    free(features);
    free(points);
    free(labels);
}
