/*
 * Trains on its own arrays: 1,000 images of 20x20 pixels, each with a horizontal or a vertical bar. Prints a
 * line per epoch, then makes one single training step, and saves the model:
 *     train MODEL
 */
#include <lenet5/lenet5.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 1000, SIDE = 20 };

static uint8_t images[COUNT][SIDE][SIDE], labels[COUNT];

static void draw_bars(void)
{
    for (int i = 0; i < COUNT; i++) {
        const int at = 2 + 7 * i % 15;
        labels[i] = (uint8_t)(i / 2 % 2);
        for (int k = 3; k < SIDE - 3; k++)
            if (labels[i])
                images[i][k][at] = images[i][k][at + 1] = 255;
            else
                images[i][at][k] = images[i][at + 1][k] = 255;
    }
}

/* Another value than 0 stops the training. */
static int print_epoch(void *user, const struct lenet5_progress *now)
{
    (void)user;
    if (now->epoch_done)
        printf("epoch %d: loss %.4f, %.1f %% of the held out images right\n", now->epoch,
               now->train_loss, 100 * now->val_accuracy);
    return 0;
}

int main(int argc, char **argv)
{
    struct lenet5_error error;
    struct lenet5_dataset *data = NULL;
    struct lenet5_network *network = NULL;
    struct lenet5_trainer *trainer = NULL;
    struct lenet5_result result;
    int status = 1;
    if (argc != 2)
        return 2;

    /* LeNet-5 with two outputs instead of ten. */
    static const char *const names[] = {"horizontal", "vertical"};
    struct lenet5_architecture architecture = lenet5_preset("lenet5")->architecture;
    struct lenet5_layer layers[16];
    memcpy(layers, architecture.layers, sizeof(*layers) * (size_t)architecture.layer_count);
    layers[architecture.layer_count - 1].outputs = 2;
    architecture.layers = layers;
    architecture.classes = names;
    architecture.class_count = 2;

    struct lenet5_training training = lenet5_training_defaults();
    training.epochs = 3;
    training.batch_size = 20;

    draw_bars();
    double loss;
    const uint32_t some[] = {0, 1, 2, 3};
    if (lenet5_dataset_create(&data, images[0][0], labels, COUNT, SIDE, SIDE, 2, &error) ||
        lenet5_network_create(&network, &architecture, &error) ||
        lenet5_network_initialise(network, LENET5_INIT_HE, training.seed, &error) ||
        lenet5_trainer_create(&trainer, network, data, &training, &error) ||
        lenet5_trainer_run(trainer, &result, print_epoch, NULL, &error) ||
        lenet5_trainer_step(trainer, some, 4, &loss, &error) ||
        lenet5_model_save(network, argv[1], &error)) {
        fprintf(stderr, "%s\n", error.message);
    } else {
        printf("one more step: loss %.4f\n", loss);
        status = result.val_accuracy < 0.99;
    }
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(data);
    return status;
}
