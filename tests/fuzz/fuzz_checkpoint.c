/*
 * A checkpoint of a run on two classes of four pixels. Unless the first byte says otherwise, the checksum is made
 * right, so that what it covers is looked at; a header's length is the bytes' own.
 */
#include <lenet5/lenet5.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files/digest.h"
#include "formats/checkpoint_codec.h"
#include "fuzz.h"

enum { SIDE = 2, COUNT = 6, MOST_BYTES = 1 << 16 };

static const struct lenet5_layer rows[] = {{.kind = LENET5_LAYER_FLATTEN},
                                           {.kind = LENET5_LAYER_DENSE, .outputs = 2}};
static const struct lenet5_architecture tiny = {.name = "tiny",
                                                .input = {1, SIDE, SIDE},
                                                .scale = 1 / 255.0f,
                                                .layers = rows,
                                                .layer_count = 2,
                                                .class_count = 2};

static struct lenet5_network *network;

static struct lenet5_trainer *make_trainer(void)
{
    static const uint8_t labels[COUNT] = {0, 1, 0, 1, 0, 1};
    static uint8_t images[COUNT * SIDE * SIDE];
    struct lenet5_training training = lenet5_training_defaults();
    static struct lenet5_dataset *dataset;
    struct lenet5_trainer *trainer;
    struct lenet5_error error;
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        images[i] = (uint8_t)(37 * i);
    training.backend = LENET5_BACKEND_NAIVE; /* whose checkpoints do not depend on the CPU */
    training.threads = 1;
    training.epochs = 3;
    training.batch_size = 2;
    training.validation = 0;
    training.random_shift = 0;
    training.optimizer = LENET5_OPTIMIZER_ADAM;
    if ((!dataset &&
         lenet5_dataset_create(&dataset, images, labels, COUNT, SIDE, SIDE, 2, &error)) ||
        lenet5_network_create(&network, &tiny, &error) ||
        lenet5_trainer_create(&trainer, network, dataset, &training, &error))
        abort();
    return trainer;
}

/* Refused with a sentence, or restored to weights that are numbers: whether it was. */
static bool is_accepted(struct lenet5_trainer *trainer, const unsigned char *image, size_t size)
{
    struct lenet5_error error;
    char before[65], after[65];
    lenet5_network_sha256(network, before);
    const enum lenet5_status status = checkpoint_decode(trainer, image, size, false, "fuzz",
                                                        &error);
    if (status == LENET5_OK) {
        const float *weights = lenet5_network_weights(network);
        for (size_t i = 0; i < lenet5_network_parameter_count(network); i++)
            if (!(weights[i] - weights[i] == 0))
                abort();
        return true;
    }
    if (status != LENET5_ERROR_DATA && status != LENET5_ERROR_ARGUMENT)
        abort();
    if (!error.message[0] || strchr(error.message, '\n'))
        abort();
    lenet5_network_sha256(network, after);
    if (strcmp(before, after) != 0) /* nothing has changed */
        abort();
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct lenet5_trainer *trainer;
    static unsigned char image[MOST_BYTES];
    if (!trainer)
        trainer = make_trainer();
    if (size < CHECKPOINT_CODEC_LEAST + 1 || size - 1 > sizeof(image) ||
        size - 1 > checkpoint_codec_most(trainer))
        return 0;
    memcpy(image, bytes + 1, --size);
    if (bytes[0] != 'x')
        digest_sha256_bytes(image + size - DIGEST_SIZE, image, size - DIGEST_SIZE);
    if (is_accepted(trainer, image, size)) { /* every input meets the same run */
        lenet5_trainer_destroy(trainer);
        lenet5_network_destroy(network);
        trainer = NULL;
    }
    return 0;
}
