#include "learning_curve.h"

#include "cli/cli.h"

static int on_progress(void *user, const struct lenet5_progress *now)
{
    const volatile sig_atomic_t *stop = user;
    (void)now;
    return *stop;
}

static int train_point(struct learning_point *point, const struct recipe *recipe,
                       const char *const *classes, const struct lenet5_dataset *train,
                       const struct lenet5_dataset *test, const volatile sig_atomic_t *stop)
{
    const struct lenet5_training *t = &recipe->training;
    static struct lenet5_evaluation evaluation;
    struct lenet5_dataset *data;
    struct lenet5_network *network = NULL;
    struct lenet5_trainer *trainer = NULL;
    struct lenet5_classifier *classifier = NULL;
    struct lenet5_result result;
    struct lenet5_error error;
    enum lenet5_status status;
    if (lenet5_dataset_first(&data, train, point->samples, &error))
        return cli_fail(&error);
    int code = recipe_network(&network, recipe, lenet5_dataset_classes(train), classes);
    if (code)
        goto done;
    if (!(status = lenet5_trainer_create(&trainer, network, data, t, &error)) &&
        !(status = lenet5_trainer_run(trainer, &result, on_progress, (void *)stop, &error)) &&
        !(status = lenet5_classifier_create(&classifier, network, t->backend, t->threads,
                                            &error)) &&
        !(status = t->centring == LENET5_CENTRING_EACH
                       ? lenet5_classifier_centre(classifier, test, &error)
                       : LENET5_OK))
        status = lenet5_evaluate(classifier, &evaluation, test, &error);
    point->error = 1 - evaluation.accuracy;
    code = !status || status == LENET5_STOPPED ? CLI_OK : cli_fail(&error);
done:
    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(data);
    return code;
}

int learning_curve_train(struct learning_point points[LEARNING_CURVE_MOST], int halvings,
                         const struct recipe *recipe, const char *const *classes,
                         const struct lenet5_dataset *train, const struct lenet5_dataset *test,
                         const volatile sig_atomic_t *stop)
{
    const size_t all = lenet5_dataset_count(train);
    int code = CLI_OK;
    if (all >> halvings == 0)
        return cli_error(CLI_USAGE, "--halvings: %d of %zu images leave none", halvings, all);
    for (int i = 0; !code && !*stop && i < halvings; i++) {
        points[i].samples = all >> (halvings - i);
        code = train_point(&points[i], recipe, classes, train, test, stop);
        if (!code && !*stop)
            cli_note("trained on the first %zu images: test error %.2f %%", points[i].samples,
                     100 * points[i].error);
    }
    return code;
}
