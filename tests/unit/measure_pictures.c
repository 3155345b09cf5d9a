/*
 * How often a digit on a page is read as the same digit is read from MNIST itself: every image,
 * enlarged ten times, somewhere on a page of 600x500, clean and as a poor photograph shows it.
 *
 *     measure_pictures [COUNT [train]]    the first COUNT images of the test or training set
 *
 * LENET5_DATA names MNIST's directory. Thresholds are chosen with `train`, never on the test set.
 */
#include <lenet5/lenet5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "data/resize.h"

enum {
    SIDE = LENET5_DIGIT_SIDE,
    LARGE = 10 * SIDE,
    WIDTH = 600,
    HEIGHT = 500,
    NORMALS = 1 << 16,
    SKIPPED = 77,
};

/* What a picture is taken of and how; greys from 0 to 255. */
struct scene {
    int left, top;     /* of the enlarged image */
    double paper, ink; /* greys in full light */
    double shade,
        angle; /* share of the light lost from one side to the other, and in which direction */
    double vignette; /* share lost in the corners */
    double noise;    /* standard deviation */
    int blur;        /* passes of (1 2 1) / 4 */
};

static float normals[NORMALS];

static double within(struct rng *rng, double low, double high)
{
    return low + (high - low) * (double)rng_uniform(rng);
}

/* A scanner's page: paper almost white, ink almost black, or the reverse. */
static struct scene clean(struct rng *rng)
{
    struct scene scene = {.left = (int)rng_below(rng, WIDTH - LARGE + 1),
                          .top = (int)rng_below(rng, HEIGHT - LARGE + 1),
                          .paper = 245,
                          .ink = 15};
    if (rng_below(rng, 2)) {
        scene.paper = 15;
        scene.ink = 245;
    }
    return scene;
}

/*
 * A phone's photograph in poor light. Every third is of chalk on a board: that board has 40 to 90, and
 * the chalk 35 to 70 % of what is missing to 230.
 */
static struct scene photograph(struct rng *rng)
{
    struct scene scene = clean(rng);
    double contrast = within(rng, 0.35, 0.7);
    scene.paper = within(rng, 150, 230);
    scene.ink = scene.paper * (1 - contrast);
    if (rng_below(rng, 3) == 0) {
        scene.paper = within(rng, 40, 90);
        scene.ink = scene.paper + contrast * (230 - scene.paper);
    }
    scene.shade = within(rng, 0, 0.4);
    scene.angle = within(rng, 0, 6.2831853);
    scene.vignette = within(rng, 0, 0.25);
    scene.noise = within(rng, 4, 8);
    scene.blur = 1 + (int)rng_below(rng, 4);
    return scene;
}

static void blur(float *page, int width, int height, int passes)
{
    for (int pass = 0; pass < 2 * passes; pass++) {
        int lines = pass % 2 ? width : height, length = pass % 2 ? height : width;
        int step = pass % 2 ? width : 1, next = pass % 2 ? 1 : width;
        for (int line = 0; line < lines; line++) {
            float *at = page + line * next, before = *at;
            for (int i = 0; i < length; i++, at += step) {
                float here = *at, after = i + 1 < length ? at[step] : here;
                *at = (before + 2 * here + after) / 4;
                before = here;
            }
        }
    }
}

static void take(uint8_t *pixels, const uint8_t *digit, const struct scene *scene, struct rng *rng)
{
    static float page[WIDTH * HEIGHT];
    static struct resize resize;
    uint8_t row[LARGE];
    memset(page, 0, sizeof(page));
    resize_start(&resize, LARGE, LARGE, SIDE, SIDE);
    for (int y = 0; y < LARGE; y++) {
        resize_row(row, digit, &resize, y);
        for (int x = 0; x < LARGE; x++)
            page[(scene->top + y) * WIDTH + scene->left + x] = (float)row[x] / 255;
    }
    blur(page, WIDTH, HEIGHT, scene->blur);
    uint32_t at = rng_u32(rng), stride = rng_u32(rng) | 1;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            double u = (x - WIDTH / 2) / (WIDTH / 2.0), v = (y - HEIGHT / 2) / (HEIGHT / 2.0);
            double along = (u * cos(scene->angle) + v * sin(scene->angle)) / sqrt(2);
            double light = (1 - scene->shade * (0.5 + 0.5 * along)) *
                           (1 - scene->vignette * (u * u + v * v) / 2);
            double grey = scene->paper + (scene->ink - scene->paper) * (double)page[y * WIDTH + x];
            at = at * 1664525 + stride;
            grey = grey * light + scene->noise * (double)normals[at >> 16];
            pixels[y * WIDTH + x] = (uint8_t)lround(fmin(fmax(grey, 0), 255));
        }
}

static int most_likely(struct lenet5_classifier *classifier, const uint8_t *digit)
{
    float p[10];
    int best = 0;
    lenet5_classify(classifier, p, digit, 1, SIDE, SIDE, NULL);
    for (int i = 1; i < 10; i++)
        best = p[i] > p[best] ? i : best;
    return best;
}

/* Returns the share of labels that the page keeps. */
static double measure(struct lenet5_classifier *classifier, const struct lenet5_dataset *dataset,
                      size_t count, const char *name, struct scene (*choose)(struct rng *))
{
    static uint8_t pixels[WIDTH * HEIGHT];
    size_t same = 0, right = 0, plain_right = 0, refused = 0;
    for (size_t i = 0; i < count; i++) {
        struct rng rng = rng_stream(7, RNG_DIGITS, choose == photograph, (uint32_t)i);
        const uint8_t *digit = lenet5_dataset_image(dataset, i);
        struct scene scene = choose(&rng);
        uint8_t seen[SIDE * SIDE];
        struct lenet5_error error;
        take(pixels, digit, &scene, &rng);
        int plain = most_likely(classifier, digit), label = lenet5_dataset_label(dataset, i);
        plain_right += plain == label;
        if (lenet5_image_to_digit(seen, &(struct lenet5_image){WIDTH, HEIGHT, pixels}, &error)) {
            printf("%s, image %zu, a %d: %s\n", name, i, label, error.message);
            refused++;
            continue;
        }
        int found = most_likely(classifier, seen);
        same += found == plain;
        right += found == label;
    }
    double share = 100.0 / (double)count;
    printf(
        "%s: %.2f %% of %zu keep their label, %.2f %% right (plain images: %.2f %%), %zu refused\n",
        name, share * (double)same, count, share * (double)right, share * (double)plain_right,
        refused);
    return (double)same / (double)count;
}

static int failed(const struct lenet5_error *error)
{
    fprintf(stderr, "%s\n", error->message);
    return 1;
}

int main(int argc, char **argv)
{
    const char *directory = getenv("LENET5_DATA");
    const struct lenet5_preset *preset = lenet5_preset("lenet5");
    struct lenet5_training training = preset->training;
    struct lenet5_dataset *train, *test;
    struct lenet5_network *network;
    struct lenet5_trainer *trainer;
    struct lenet5_classifier *classifier;
    struct lenet5_result result;
    struct lenet5_error error;
    if (!directory)
        return SKIPPED;
    if (lenet5_dataset_read_mnist(&train, directory, LENET5_SPLIT_TRAIN, &error) ||
        lenet5_dataset_read_mnist(&test, directory, LENET5_SPLIT_TEST, &error) ||
        lenet5_network_create(&network, &preset->architecture, &error) ||
        lenet5_network_initialise(network, preset->init, 1, &error) ||
        lenet5_trainer_create(&trainer, network, train, &training, &error) ||
        lenet5_trainer_run(trainer, &result, NULL, NULL, &error) ||
        lenet5_classifier_create(&classifier, network, LENET5_BACKEND_BLAS, 1, &error))
        return failed(&error);

    const struct lenet5_dataset *dataset = argc > 2 ? train : test;
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 500;
    if (count < 1 || count > lenet5_dataset_count(dataset))
        count = lenet5_dataset_count(dataset);
    struct rng rng = rng_stream(7, RNG_DIGITS, 2, 0);
    for (int i = 0; i < NORMALS; i++)
        normals[i] = rng_normal(&rng);
    double chance = count < 5000 ? 0.01 : 0; /* a few hundred images are not all */
    double kept_clean = measure(classifier, dataset, count, "clean", clean);
    double kept_photo = measure(classifier, dataset, count, "photograph", photograph);

    lenet5_classifier_destroy(classifier);
    lenet5_trainer_destroy(trainer);
    lenet5_network_destroy(network);
    lenet5_dataset_destroy(test);
    lenet5_dataset_destroy(train);
    return kept_clean < 0.985 - chance || kept_photo < 0.97 - chance;
}
