#include "selftest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json_output.h"

enum { IMAGES = 640, LOOKED_AT = 64, CLASSES = LENET5_MAX_CLASSES };

static const int teams[] = {1, 2, 3, 4, 5, 7, 8, 16};
enum { TEAMS = sizeof(teams) / sizeof(*teams) };
static const double backend_tolerance = 1e-4;

struct findings {
    struct lenet5_blas blas;
    struct lenet5_blas_check products;
    bool products_ok;
    double backends; /* the largest difference of a probability */
    int teams;
    char sha256[TEAMS][65];
    bool same;
};

static enum lenet5_status classify(float *probabilities, const struct lenet5_network *network,
                                   enum lenet5_backend backend, const struct lenet5_dataset *digits,
                                   struct lenet5_error *error)
{
    struct lenet5_classifier *classifier;
    enum lenet5_status status = lenet5_classifier_create(&classifier, network, backend, 1, error);
    if (!status)
        status = lenet5_classify(classifier, probabilities, lenet5_dataset_image(digits, 0),
                                 LOOKED_AT, lenet5_dataset_rows(digits),
                                 lenet5_dataset_cols(digits), error);
    lenet5_classifier_destroy(classifier);
    return status;
}

/* The backends after some training. */
static enum lenet5_status compare_backends(struct findings *found,
                                           const struct lenet5_network *network,
                                           const struct lenet5_dataset *digits,
                                           struct lenet5_error *error)
{
    static float naive[LOOKED_AT * CLASSES], fast[LOOKED_AT * CLASSES];
    const int classes = lenet5_network_architecture(network)->class_count;
    enum lenet5_status status = classify(naive, network, LENET5_BACKEND_NAIVE, digits, error);
    for (int backend = LENET5_BACKEND_BLAS; !status && backend <= LENET5_BACKEND_DIRECT;
         backend++) {
        status = classify(fast, network, (enum lenet5_backend)backend, digits, error);
        for (int i = 0; !status && i < LOOKED_AT * classes; i++)
            if (!(fabsf(naive[i] - fast[i]) <= found->backends))
                found->backends = (double)fabsf(naive[i] - fast[i]);
    }
    return status;
}

/* One epoch of the recipe on drawn digits, on this number of threads. Returns an exit code. */
static int train(struct findings *found, const struct recipe *recipe, int threads,
                 const struct lenet5_dataset *digits)
{
    struct lenet5_network *network = NULL;
    struct lenet5_trainer *trainer = NULL;
    struct lenet5_result result;
    struct lenet5_error error;
    struct lenet5_training training = recipe->training;
    training.threads = threads;
    training.epochs = 1;
    training.validation = 0;
    training.patience = 0;
    training.keep = LENET5_KEEP_LAST;
    int code = recipe_network(&network, recipe, lenet5_dataset_classes(digits), NULL);
    if (code)
        return code;
    enum lenet5_status status = lenet5_trainer_create(&trainer, network, digits, &training, &error);
    if (!status)
        status = lenet5_trainer_run(trainer, &result, NULL, NULL, &error);
    if (!status)
        lenet5_network_sha256(network, found->sha256[found->teams++]);
    if (!status && found->teams == 1)
        status = compare_backends(found, network, digits, &error);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    return status ? cli_fail(&error) : CLI_OK;
}

static int check(struct findings *found, const struct recipe *recipe)
{
    struct lenet5_network *network = NULL;
    struct lenet5_dataset *digits;
    struct lenet5_error error;
    lenet5_blas_describe(&found->blas);
    if (lenet5_dataset_draw_digits(&digits, IMAGES, 1, LENET5_SPLIT_TRAIN, &error))
        return cli_fail(&error);
    int code = recipe_network(&network, recipe, lenet5_dataset_classes(digits), NULL);
    const enum lenet5_status status = code
                                          ? LENET5_OK
                                          : lenet5_blas_check(&found->products, network, 0, &error);
    found->products_ok = !status;
    if (status && status != LENET5_ERROR_BLAS) /* wrong products are a finding, but not the last */
        code = cli_fail(&error);
    for (int i = 0; !code && i < TEAMS; i++)
        if (teams[i] == 1 || found->blas.parallel != LENET5_BLAS_SERIAL)
            code = train(found, recipe, teams[i], digits);
    found->same = true;
    for (int i = 1; i < found->teams; i++)
        found->same = found->same && strcmp(found->sha256[0], found->sha256[i]) == 0;
    lenet5_dataset_destroy(digits);
    lenet5_network_destroy(network);
    return code;
}

static void print_json(const struct findings *found, bool ok)
{
    struct cJSON *json = json_document("lenet5-self-test/1");
    json_text(json, "result", ok ? "ok" : "failed");
    json_text(json, "blas", found->blas.config);
    json_text(json, "kernels", found->blas.core);
    json_text(json, "parallel", lenet5_blas_parallel_string(found->blas.parallel));
    json_count(json, "threads", (uint64_t)lenet5_default_threads());
    json_count(json, "sgemm_shapes", (uint64_t)found->products.shapes);
    json_count(json, "sgemm_products", (uint64_t)found->products.products);
    json_real(json, "sgemm_worst", found->products.worst);
    json_text(json, "sgemm_worst_shape", found->products.worst_shape);
    json_real(json, "backend_difference", found->backends);
    struct cJSON *hashes = json_array(json, "weights_sha256");
    for (int i = 0; i < found->teams; i++) {
        struct cJSON *hash = json_object(hashes, NULL);
        json_count(hash, "threads", (uint64_t)teams[i]);
        json_text(hash, "sha256", found->sha256[i]);
    }
    json_print(json);
}

static void print_line(const char *what, bool ok)
{
    printf("%-11s%s  ", what, ok ? "ok    " : "FAILED");
}

static void print_text(const struct findings *found, bool ok)
{
    printf("BLAS       %s\nkernels    %s, %s, on %d thread%s\n", found->blas.config,
           found->blas.core, lenet5_blas_parallel_string(found->blas.parallel),
           lenet5_default_threads(), lenet5_default_threads() == 1 ? "" : "s");
    print_line("SGEMM", found->products_ok);
    printf("%d products of %d shapes, the largest error is %.2g of what rounding may do (%s)\n",
           found->products.products, found->products.shapes, found->products.worst,
           found->products.worst_shape);
    print_line("backends", found->backends <= backend_tolerance);
    printf("naive, blas and direct agree within %.1g on %d images\n", found->backends, LOOKED_AT);
    print_line("threads", found->same);
    printf("one epoch on %d to %d threads: ", teams[0], teams[found->teams - 1]);
    for (int i = 0; i < (found->same ? 1 : found->teams); i++)
        printf("%s%.16s", i ? ", " : "", found->sha256[i]);
    printf("\nresult     %s\n", ok ? "ok" : "FAILED");
}

int selftest(const struct recipe *recipe, bool json)
{
    static struct findings found;
    const int code = check(&found, recipe);
    if (code)
        return code;
    const bool ok = found.products_ok && found.backends <= backend_tolerance && found.same;
    if (json)
        print_json(&found, ok);
    else
        print_text(&found, ok);
    return ok ? CLI_OK : CLI_FAILURE;
}
