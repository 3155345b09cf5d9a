#include "fuzz.h"

#include <lenet5/classifier.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *fuzz_file(int i, const uint8_t *bytes, size_t size)
{
    static int descriptors[FUZZ_FILES] = {-1, -1};
    static char paths[FUZZ_FILES][32];
    if (descriptors[i] < 0) {
        descriptors[i] = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(paths[i], sizeof(paths[i]), "/proc/self/fd/%d", descriptors[i]);
    }
    if (ftruncate(descriptors[i], (off_t)size) ||
        pwrite(descriptors[i], bytes, size, 0) != (ssize_t)size)
        abort();
    return paths[i];
}

void fuzz_check(enum lenet5_status status, const struct lenet5_error *error)
{
    if (status == LENET5_OK)
        return;
    if (status != LENET5_ERROR_DATA && status != LENET5_ERROR_UNSUPPORTED)
        abort();
    if (error->status != status || !error->message[0] || strchr(error->message, '\n'))
        abort();
}

static volatile uint8_t seen;

void fuzz_read(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        seen = bytes[i];
}

void fuzz_use(const struct lenet5_network *network)
{
    enum { MOST = 1 << 16 };
    static const uint8_t image[MOST];
    const struct lenet5_architecture *a = lenet5_network_architecture(network);
    if (a->input.c != 1 || a->input.h * a->input.w > MOST ||
        lenet5_network_parameter_count(network) > MOST || lenet5_network_macs(network) > MOST)
        return;
    struct lenet5_classifier *classifier;
    struct lenet5_error error;
    float probabilities[LENET5_MAX_CLASSES], sum = 0;
    if (lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error) ||
        lenet5_classify(classifier, probabilities, image, 1, a->input.h, a->input.w, &error))
        abort();
    for (int k = 0; k < a->class_count; k++)
        sum += probabilities[k];
    if (fabsf(sum - 1) > 1e-3f && !isnan(sum)) /* weights may be so large that the sums overflow */
        abort();
    lenet5_classifier_destroy(classifier);
}
