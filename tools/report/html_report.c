#include "html_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json_output.h"
#include "cli/messages.h"
#include "diagram.h"
#include "evaluation.h"
#include "html_sections.h"
#include "layer_names.h"
#include "plots.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n"
    "<style>\n"
    "  body { font: 16px/1.5 system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; margin: 0 auto;"
    " max-width: 70rem; padding: 1rem; color: #1f2328; background: #ffffff;"
    " overflow-wrap: anywhere }\n"
    "  h1 { font-size: 1.7rem; margin: 0.5rem 0 }\n"
    "  h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; border-bottom: 1px solid #d1d9e0 }\n"
    "  p { margin: 0.4rem 0 }\n"
    "  .figures { display: flex; flex-wrap: wrap; gap: 0.4rem 2.5rem; margin: 1rem 0 }\n"
    "  .figures div { display: flex; flex-direction: column }\n"
    "  .figures b { font-size: 1.6rem }\n"
    "  .quiet { color: #59636e }\n"
    "  .wide { overflow-x: auto; max-width: 100% }\n"
    "  table { border-collapse: collapse; font-size: 0.9rem }\n"
    "  th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid #d1d9e0; text-align: right;"
    " white-space: nowrap }\n"
    "  th:first-child, td:first-child, .text td, .text th, .layers :nth-child(2) { text-align: "
    "left }\n"
    "  tfoot td { font-weight: 600 }\n"
    "  .facts th, .facts td { text-align: left; white-space: normal; vertical-align: top }\n"
    "  .facts th { white-space: nowrap; font-weight: 400 }\n"
    "  .grid { display: flex; flex-wrap: wrap; gap: 0.6rem }\n"
    "  figure { margin: 0; max-width: 9rem; text-align: center; font-size: 0.8rem;"
    " line-height: 1.25 }\n"
    "  img { image-rendering: pixelated; max-width: 100%; height: auto; background: #808080 }\n"
    "  .wrong { color: #b8322f }\n"
    "  @media (prefers-color-scheme: dark) {\n"
    "    body { color: #f0f6fc; background: #0d1117 }\n"
    "    h2 { border-color: #3d444d } th, td { border-color: #3d444d }\n"
    "    .quiet { color: #9198a1 } .wrong { color: #ff9d90 }\n"
    "  }\n"
    "  @media print { svg { min-width: 0 !important } h2 { break-after: avoid } figure, svg, tr { "
    "break-inside: avoid }\n"
    "    .grid > .wide { flex: 1 1 45%; overflow: visible } }\n"
    "</style>\n";

int html_report_check(const char *directory)
{
    uint8_t black = 0, *bytes;
    size_t size;
    struct lenet5_error error;
    const struct lenet5_image image = {1, 1, &black};
    if (lenet5_image_encode_png(&bytes, &size, &image, &error))
        return cli_error(cli_code(error.status), "--report: %s", error.message);
    free(bytes);
    if (mkdir(directory, 0777) && errno != EEXIST)
        return cli_error(CLI_IO, "--report: %s: %s", directory, strerror(errno));
    struct stat info;
    if (stat(directory, &info) || !S_ISDIR(info.st_mode))
        return cli_error(CLI_IO, "--report: %s is not a directory", directory);
    return access(directory, W_OK | X_OK)
               ? cli_error(CLI_IO, "--report: %s: %s", directory, strerror(errno))
               : CLI_OK;
}

void html_save(struct html_writer *writer, const char *name, const void *bytes, size_t size)
{
    char path[FILE_PATH_SIZE];
    if (!writer->code)
        writer->code = file_path(path, writer->directory, name, "");
    if (!writer->code)
        writer->code = file_write("--report: ", path, bytes, size);
}

FILE *html_svg_start(struct html_writer *writer)
{
    static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    file_text_start(&writer->svg);
    fputs(declaration, writer->svg.stream);
    return writer->svg.stream;
}

/* The page takes the element without its XML declaration, the first line. */
void html_svg_end(struct html_writer *writer, const char *name)
{
    struct file_text *svg = &writer->svg;
    const int code = file_text_end(svg);
    if (code)
        writer->code = code;
    else
        fprintf(writer->html, "<div class=\"wide\">%s</div>\n", strchr(svg->bytes, '\n'));
    html_save(writer, name, svg->bytes, svg->size);
    free(svg->bytes);
}

static void figure(FILE *html, const char *value, const char *name)
{
    fprintf(html, "<div><b>%s</b><span class=\"quiet\">%s</span></div>\n", value, name);
}

static void add_head(struct html_writer *writer)
{
    const struct report_data *report = writer->report;
    const struct lenet5_evaluation *e = report->evaluation;
    const double error = evaluation_error(e);
    FILE *html = writer->html;
    char text[64], count[LAYER_NAME_SIZE];
    fputs(head, html);
    fputs("<title>", html);
    plot_text(html, lenet5_network_architecture(report->network)->name);
    fputs(" \xe2\x80\x93 report</title>\n</head>\n<body>\n<h1>", html);
    plot_text(html, lenet5_network_architecture(report->network)->name);
    fputs("</h1>\n<p>Evaluated on ", html);
    layer_count_text(count, e->samples);
    fprintf(html, "%s images, %s: ", count, report->split_name);
    plot_text(html, report->data_name);
    fputs("</p>\n<div class=\"figures\">\n", html);
    snprintf(text, sizeof(text), "%.2f %%", 100 * e->accuracy);
    figure(html, text, "accuracy");
    snprintf(text, sizeof(text), "%.2f %%", 100 * error);
    figure(html, text, "error rate");
    const struct evaluation_interval interval = evaluation_interval(e);
    snprintf(text, sizeof(text), "%.2f to %.2f %%", 100 * interval.low, 100 * interval.high);
    figure(html, text, "error rate, 95 % interval");
    snprintf(text, sizeof(text), "%.4f", e->loss);
    figure(html, text, "cross-entropy");
    layer_count_text(count, lenet5_network_parameter_count(report->network));
    figure(html, count, "parameters");
    fputs("</div>\n", html);
}

static void add_fact(FILE *html, const char *name, const char *value)
{
    fputs("<tr><th scope=\"row\">", html);
    plot_text(html, name);
    fputs("</th><td>", html);
    plot_text(html, value);
    fputs("</td></tr>\n", html);
}

/* The command line and the version come first, then the recipe. Nothing depends on the date. */
static void add_run(struct html_writer *writer)
{
    const struct report_data *report = writer->report;
    FILE *html = writer->html;
    fputs("<h2>Run</h2>\n<table class=\"facts\">\n<tr><th scope=\"row\">command</th><td><code>",
          html);
    for (int i = 0; report->arguments[i]; i++) {
        fputs(i ? " " : "", html);
        plot_text(html, i ? report->arguments[i] : cli_program_name);
    }
    fputs("</code></td></tr>\n", html);
    add_fact(html, "version", PROGRAM_VERSION);
    for (int i = 0; i < report->fact_count; i++)
        add_fact(html, report->facts[i].name, report->facts[i].value);
    fputs("</table>\n", html);
}

/* The training figures are measured as validation is, so that the lines can be compared. */
static void add_curve(struct html_writer *writer, const char *title, const double *train,
                      const double *validation, int percent)
{
    static const char *const names[2] = {"training", "validation"};
    char name[32];
    snprintf(name, sizeof(name), "%s.svg", percent ? "accuracy" : "loss");
    plot_curves(html_svg_start(writer), title, names, (const double *const[]){train, validation},
                writer->report->epoch_count, percent);
    html_svg_end(writer, name);
}

static void add_curves(struct html_writer *writer)
{
    const struct report_data *report = writer->report;
    const int count = report->epoch_count;
    const bool validated = report->validation_samples > 0;
    double *val_loss = count > 0 ? malloc(2 * (size_t)count * sizeof(*val_loss)) : NULL;
    if (!val_loss)
        return;
    double *val_accuracy = val_loss + count;
    for (int i = 0; i < count; i++) {
        val_loss[i] = report->epochs[i].val_loss;
        val_accuracy[i] = report->epochs[i].val_accuracy;
    }
    char samples[2][LAYER_NAME_SIZE];
    layer_count_text(samples[0], report->train_samples);
    layer_count_text(samples[1], report->validation_samples);
    fprintf(writer->html,
            "<h2>Curves</h2>\n<p class=\"quiet\">Measured with each epoch's final weights and the "
            "same loss (%s, without label smoothing): training on %s of the images trained on, "
            "without dropout and distortion",
            report->loss, samples[0]);
    if (validated)
        fprintf(writer->html, "; validation on the %s images held out", samples[1]);
    if (isnan(report->train_losses[0]))
        fputs("; epochs before the resumption have no training figures", writer->html);
    fputs(".</p>\n<div class=\"grid\">\n", writer->html);
    add_curve(writer, "Loss", report->train_losses, validated ? val_loss : NULL, 0);
    add_curve(writer, "Accuracy", report->train_accuracies, validated ? val_accuracy : NULL, 1);
    if (report->train_errors) {
        plot_curves(html_svg_start(writer), "Error",
                    (const char *const[]){"train", report->split_name},
                    (const double *const[]){report->train_errors, report->errors}, count, 1);
        html_svg_end(writer, "error.svg");
    }
    if (report->size_count > 0) {
        plot_points(html_svg_start(writer), "Error by the number of images", "images",
                    report->sizes, report->size_errors, report->size_count, 0);
        html_svg_end(writer, "sizes.svg");
    }
    fputs("</div>\n", writer->html);
    free(val_loss);
}

static void add_architecture(struct html_writer *writer)
{
    const struct lenet5_network *network = writer->report->network;
    char paper[LAYER_NAME_SIZE], operation[LAYER_NAME_SIZE], parameters[LAYER_NAME_SIZE],
        macs[LAYER_NAME_SIZE];
    FILE *html = writer->html;
    fputs("<h2>Architecture</h2>\n", html);
    diagram_write(html_svg_start(writer), network);
    html_svg_end(writer, "architecture.svg");
    fputs("<div class=\"wide\"><table "
          "class=\"layers\">\n<thead><tr><th>layer</th><th>operation</th><th>output</th>"
          "<th>parameters</th><th>multiply-accumulates</th></tr></thead>\n<tbody>\n",
          html);
    for (int i = 0; i < lenet5_network_architecture(network)->layer_count; i++) {
        const struct lenet5_layer_info info = lenet5_network_layer(network, i);
        layer_paper_name(paper, network, i);
        layer_operation(operation, &info.layer);
        layer_count_text(parameters, info.parameters);
        layer_count_text(macs, info.macs);
        fprintf(html,
                "<tr><td>%s</td><td>%s</td><td>(%d, %d, %d)</td><td>%s</td><td>%s</td></tr>\n",
                paper, operation, info.out.c, info.out.h, info.out.w, parameters, macs);
    }
    layer_count_text(parameters, lenet5_network_parameter_count(network));
    layer_count_text(macs, lenet5_network_macs(network));
    fprintf(html,
            "</tbody>\n<tfoot><tr><td>"
            "total</td><td></td><td></td><td>%s</td><td>%s</td></tr></tfoot>\n"
            "</table></div>\n",
            parameters, macs);
}

static void add_share(FILE *html, double share)
{
    isnan(share) ? fputs("<td>-</td>", html) : fprintf(html, "<td>%.2f</td>", 100 * share);
}

static void add_classes(struct html_writer *writer)
{
    const struct report_data *report = writer->report;
    const struct lenet5_evaluation *e = report->evaluation;
    const char *const *names = lenet5_network_architecture(report->network)->classes;
    FILE *html = writer->html;
    fputs("<h2>Confusion matrix</h2>\n<div class=\"grid\">\n", html);
    plot_confusion(html_svg_start(writer), e->confusion, e->classes, names);
    html_svg_end(writer, "confusion.svg");
    fputs(
        "<div class=\"wide\"><table>\n<thead><tr><th>class</th><th>images</th><th>precision, %</th>"
        "<th>recall, %</th><th>F1, %</th></tr></thead>\n<tbody>\n",
        html);
    for (int i = 0; i < e->classes; i++) {
        const struct evaluation_class class = evaluation_class(e, i);
        fputs("<tr><td>", html);
        plot_text(html, names[i]);
        fprintf(html, "</td><td>%ju</td>", (uintmax_t) class.samples);
        add_share(html, class.precision);
        add_share(html, class.recall);
        add_share(html, class.f1);
        fputs("</tr>\n", html);
    }
    fputs("</tbody></table></div>\n</div>\n", html);
}

/* The document as --json prints it; no "</" can end the element early. */
static void add_numbers(struct html_writer *writer)
{
    char *text = json_serialize(writer->report->numbers);
    fputs("<script type=\"application/json\" id=\"numbers\">", writer->html);
    for (const char *c = text; *c; c++)
        *c == '<' ? fputs("\\u003c", writer->html) : fputc(*c, writer->html);
    fputs("</script>\n</body>\n</html>\n", writer->html);
    free(text);
}

/* The network's prediction for every evaluated image. */
static int classify(struct html_writer *writer)
{
    const struct report_data *report = writer->report;
    const struct lenet5_dataset *data = report->evaluated;
    const size_t count = lenet5_dataset_count(data), classes = (size_t)report->evaluation->classes;
    struct lenet5_error error;
    writer->probabilities = malloc(count * classes * sizeof(float));
    writer->predictions = malloc(count);
    if (!writer->probabilities || !writer->predictions)
        return cli_error(CLI_MEMORY, "out of memory");
    if (lenet5_classify(report->classifier, writer->probabilities, lenet5_dataset_image(data, 0),
                        count, lenet5_dataset_rows(data), lenet5_dataset_cols(data), &error))
        return cli_fail(&error);
    for (size_t i = 0; i < count; i++) {
        const float *p = writer->probabilities + i * classes;
        size_t best = 0;
        for (size_t k = 1; k < classes; k++)
            best = p[k] > p[best] ? k : best;
        writer->predictions[i] = (uint8_t)best;
    }
    return CLI_OK;
}

int html_report_write(const char *directory, const struct report_data *report)
{
    struct html_writer writer = {.report = report, .directory = directory};
    struct file_text page;
    writer.code = classify(&writer);
    if (!writer.code) {
        file_text_start(&page);
        writer.html = page.stream;
        add_head(&writer);
        add_run(&writer);
        add_curves(&writer);
        add_classes(&writer);
        html_rejection(&writer);
        html_predictions(&writer);
        html_samples(&writer);
        add_architecture(&writer);
        html_kernels(&writer);
        html_codes(&writer);
        html_maps(&writer);
        html_features(&writer);
        add_numbers(&writer);
        const int code = file_text_end(&page);
        writer.code = writer.code ? writer.code : code;
        html_save(&writer, "report.html", page.bytes, page.size);
        free(page.bytes);
    }
    free(writer.probabilities);
    free(writer.predictions);
    return writer.code;
}
