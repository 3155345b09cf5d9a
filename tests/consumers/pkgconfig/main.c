/* Classifies one image on both backends, from C17 and from C++17 alike. */
#include <lenet5/lenet5.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int check(void)
{
    struct lenet5_error error;
    struct lenet5_network *network = NULL;
    struct lenet5_dataset *digits = NULL;
    float probabilities[2][10];
    int failed = 1;

    if (lenet5_network_create(&network, &lenet5_preset("lenet5")->architecture, &error) ||
        lenet5_network_initialise(network, LENET5_INIT_GLOROT, 1, &error) ||
        lenet5_dataset_draw_digits(&digits, 1, 1, LENET5_SPLIT_TEST, &error))
        goto done;
    for (int backend = 0; backend < 2; backend++) {
        struct lenet5_classifier *classifier;
        if (lenet5_classifier_create(&classifier, network, (enum lenet5_backend)backend, 1, &error))
            goto done;
        enum lenet5_status status = lenet5_classify(
            classifier, probabilities[backend], lenet5_dataset_image(digits, 0), 1,
            lenet5_dataset_rows(digits), lenet5_dataset_cols(digits), &error);
        lenet5_classifier_destroy(classifier);
        if (status)
            goto done;
    }
    failed = 0;

done:
    if (failed)
        fprintf(stderr, "consumer: %s\n", error.message);
    lenet5_dataset_destroy(digits);
    lenet5_network_destroy(network);
    if (failed)
        return 1;

    float sum = 0;
    for (int k = 0; k < 10; k++) {
        sum += probabilities[LENET5_BACKEND_BLAS][k];
        failed |= !(fabsf(probabilities[LENET5_BACKEND_BLAS][k] -
                          probabilities[LENET5_BACKEND_NAIVE][k]) < 1e-5f);
    }
    printf("lenet5 %s: probabilities add up to %g\n", lenet5_version(), (double)sum);
    return failed || !(fabsf(sum - 1) < 1e-5f);
}

int main(void)
{
    if (strcmp(lenet5_version(), EXPECTED_VERSION) != 0) {
        fprintf(stderr, "consumer: library %s, pkg-config %s\n", lenet5_version(),
                EXPECTED_VERSION);
        return 1;
    }
    return check();
}
