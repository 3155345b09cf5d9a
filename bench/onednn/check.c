/*
 * The same network in plain loops and double precision, to compare each variant with. Pooling is a
 * layer with fixed weights of 1/4; a linear layer is a convolution as large as its input.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

enum {
    CHECK_BATCH = 128,
    CHECK_THREADS = 2,
    EXACT_STEPS = 3,
    TRAIN_STEPS = 200,
    MAX_MAP = 6 * 28 * 28,
};

typedef double plain_arena[PARAMETERS][MAX_PARAMETER];
static plain_arena plain_w, plain_v, plain_g;
static double maps[LAYERS + 1][MAX_MAP], dmaps[LAYERS + 1][MAX_MAP];

/* Forward: maps[i + 1] from maps[i]. Backward: dmaps[i] and the gradient from dmaps[i + 1]. */
static void plain_layer(int i, bool backward)
{
    const struct layer *layer = &layers[i];
    const bool pool = layer->kind == POOLING;
    const int side = layer->out_side, k = layer->kernel, stride = pool ? 2 : 1;
    for (int at = 0; at < layer->out * side * side; at++) {
        const int o = at / side / side, r = at / side % side * stride, c = at % side * stride;
        double *y = &maps[i + 1][at], dy = dmaps[i + 1][at], sum = plain_w[2 * i + 1][o];
        if (layer->tanh != NO_TANH)
            dy *= 1 - *y * *y;
        for (int d = pool ? o : 0; d < (pool ? o + 1 : layer->in); d++)
            for (int u = 0; u < k; u++)
                for (int v = 0; v < k; v++) {
                    const int x = (d * layer->in_side + r + u) * layer->in_side + c + v;
                    const int w = ((o * layer->in + d) * k + u) * k + v;
                    sum += plain_w[2 * i][w] * maps[i][x];
                    if (backward) {
                        plain_g[2 * i][w] += dy * maps[i][x];
                        dmaps[i][x] += dy * plain_w[2 * i][w];
                    }
                }
        if (backward)
            plain_g[2 * i + 1][o] += dy;
        else
            *y = layer->tanh == NO_TANH ? sum : tanh(sum);
    }
}

/* A training step. Writes logits (n, CLASSES). */
static void plain_step(double *logits, const float *x, const uint8_t *labels, int n)
{
    memset(plain_g, 0, sizeof(plain_g));
    for (int s = 0; s < n; s++, logits += CLASSES) {
        double sum = 0;
        memset(dmaps, 0, sizeof(dmaps));
        for (int j = 0; j < PIXELS; j++)
            maps[0][j] = x[s * PIXELS + j];
        for (int i = 0; i < LAYERS; i++)
            plain_layer(i, false);
        for (int j = 0; j < CLASSES; j++)
            sum += exp(logits[j] = maps[LAYERS][j]);
        for (int j = 0; j < CLASSES; j++)
            dmaps[LAYERS][j] = (exp(logits[j]) / sum - (j == labels[s])) / n;
        for (int i = LAYERS - 1; i >= 0; i--)
            plain_layer(i, true);
    }
    for (int p = 0; p < PARAMETERS; p++)
        for (int k = 0; k < MAX_PARAMETER && layers[p / 2].kind != POOLING; k++) {
            plain_v[p][k] = model_momentum * plain_v[p][k] + plain_g[p][k];
            plain_w[p][k] -= model_rate * (plain_g[p][k] + model_momentum * plain_v[p][k]);
        }
}

static void plain_start(const struct model *model)
{
    static float plain[MAX_PARAMETER];
    for (int p = 0; p < PARAMETERS; p++) {
        const bool pool = layers[p / 2].kind == POOLING;
        if (!pool)
            model_copy(model, WEIGHTS, p, plain, true);
        for (int k = 0; k < MAX_PARAMETER; k++)
            plain_w[p][k] = !pool ? plain[k] : p % 2 == 0 ? 0.25 : 0;
    }
}

/* The largest difference, in units of the largest value; NaN if there is one. */
static double distance(const float *found, const double *expected, size_t size)
{
    double difference = 0, scale = 0;
    for (size_t k = 0; k < size; k++) {
        const double d = fabs(found[k] - expected[k]);
        difference = d > difference || isnan(d) ? d : difference;
        scale = fmax(scale, fabs(expected[k]));
    }
    return difference / scale;
}

/* Of the worst parameter. */
static double arena_distance(const struct model *model, enum arena what, plain_arena expected)
{
    static float plain[MAX_PARAMETER];
    double worst = 0;
    for (int p = 0; p < PARAMETERS; p++) {
        if (layers[p / 2].kind == POOLING)
            continue;
        const size_t size = model_copy(model, what, p, plain, true);
        const double d = distance(plain, expected[p], size);
        worst = d > worst || isnan(d) ? d : worst;
    }
    return worst;
}

/* Prints the comparison; true if the difference is too large or NaN. */
static bool differs(enum variant variant, const char *what, double found, double allowed)
{
    const bool wrong = !(found <= allowed); /* or NaN */
    printf("%-8s  %-20s %.1e  %s\n", variant_names[variant], what, found, wrong ? "WRONG" : "good");
    return wrong;
}

int check(void)
{
    static uint8_t labels[SAMPLES];
    static double logits[CHECK_BATCH * CLASSES];
    struct model *models[VARIANTS];
    float *x = zeros((size_t)SAMPLES * PIXELS, sizeof(float));
    bool wrong = false;
    samples_draw(x, labels, SAMPLES, 1);
    for (enum variant v = 0; v < VARIANTS; v++)
        models[v] = model_create(true, v, CHECK_BATCH, CHECK_THREADS);
    plain_start(models[WHOLE]);
    for (int step = 0; step < EXACT_STEPS; step++) {
        plain_step(logits, x, labels, CHECK_BATCH);
        for (enum variant v = 0; v < VARIANTS; v++) {
            model_run(models[v], x, labels);
            if (step > 0)
                continue;
            struct model *infers = model_create(false, v, CHECK_BATCH, CHECK_THREADS);
            model_run(infers, x, NULL);
            wrong |= differs(v, "logits of inference",
                             distance(infers->logits, logits, CHECK_BATCH * CLASSES), 1e-5);
        }
    }
    for (enum variant v = 0; v < VARIANTS; v++) {
        const struct model *model = models[v];
        double loss = 0;
        wrong |= differs(v, "logits of training",
                         distance(model->logits, logits, CHECK_BATCH * CLASSES), 1e-5);
        wrong |= differs(v, "gradients", arena_distance(model, GRADIENTS, plain_g), 1e-5);
        wrong |= differs(v, "velocities", arena_distance(model, VELOCITIES, plain_v), 1e-5);
        wrong |= differs(v, "weights", arena_distance(model, WEIGHTS, plain_w), 1e-6);
        for (int step = 0, batches = SAMPLES / CHECK_BATCH; step < TRAIN_STEPS; step++) {
            const size_t at = (size_t)(step % batches) * CHECK_BATCH;
            loss = model_run(model, x + at * PIXELS, labels + at);
        }
        wrong |= differs(v, "loss after training", loss, 0.1);
    }
    return wrong;
}
