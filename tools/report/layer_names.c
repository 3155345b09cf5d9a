#include "layer_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_pool(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_AVG_POOL || kind == LENET5_LAYER_MAX_POOL ||
           kind == LENET5_LAYER_SUBSAMPLE;
}

static bool is_numbered(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_CONV || kind == LENET5_LAYER_DENSE || kind == LENET5_LAYER_RBF ||
           is_pool(kind);
}

/* Whether the layer's input is flattened maps. */
static bool sees_whole_maps(const struct lenet5_network *network, int layer)
{
    const struct lenet5_layer_info before = lenet5_network_layer(network,
                                                                 layer > 0 ? layer - 1 : 0);
    return layer > 0 && before.layer.kind == LENET5_LAYER_FLATTEN && before.in.h * before.in.w > 1;
}

void layer_paper_name(char label[LAYER_NAME_SIZE], const struct lenet5_network *network, int layer)
{
    const struct lenet5_architecture *architecture = lenet5_network_architecture(network);
    const enum lenet5_layer_kind kind = architecture->layers[layer].kind;
    int number = 0;
    bool last = true;
    for (int i = 0; i < architecture->layer_count; i++)
        if (is_numbered(architecture->layers[i].kind)) {
            number += i <= layer;
            last = last && i <= layer;
        }
    const char letter = kind == LENET5_LAYER_CONV ||
                                (kind == LENET5_LAYER_DENSE && sees_whole_maps(network, layer))
                            ? 'C'
                        : kind == LENET5_LAYER_DENSE || kind == LENET5_LAYER_RBF ? 'F'
                                                                                 : 'S';
    if (!is_numbered(kind))
        label[0] = '\0';
    else if (last)
        strcpy(label, "output");
    else
        snprintf(label, LAYER_NAME_SIZE, "%c%d", letter, number);
}

void layer_operation(char label[LAYER_NAME_SIZE], const struct lenet5_layer *layer)
{
    switch (layer->kind) {
    case LENET5_LAYER_CONV:
        snprintf(label, LAYER_NAME_SIZE, "%dx%d convolution", layer->kernel.h, layer->kernel.w);
        break;
    case LENET5_LAYER_AVG_POOL:
    case LENET5_LAYER_MAX_POOL:
        snprintf(label, LAYER_NAME_SIZE, "%dx%d %s pooling", layer->kernel.h, layer->kernel.w,
                 layer->kind == LENET5_LAYER_AVG_POOL ? "average" : "max");
        break;
    case LENET5_LAYER_SUBSAMPLE:
        snprintf(label, LAYER_NAME_SIZE, "%dx%d subsampling", layer->kernel.h, layer->kernel.w);
        break;
    case LENET5_LAYER_RBF:
        strcpy(label, "Euclidean RBF");
        break;
    case LENET5_LAYER_SCALED_TANH:
        strcpy(label, "scaled tanh");
        break;
    case LENET5_LAYER_DENSE:
        strcpy(label, "full connection");
        break;
    case LENET5_LAYER_DROPOUT:
        snprintf(label, LAYER_NAME_SIZE, "dropout %g", (double)layer->rate);
        break;
    default:
        snprintf(label, LAYER_NAME_SIZE, "%s", lenet5_layer_kind_string(layer->kind));
    }
}

void layer_count_text(char label[LAYER_NAME_SIZE], size_t count)
{
    char digits[LAYER_NAME_SIZE];
    const int length = snprintf(digits, sizeof(digits), "%zu", count);
    for (int i = 0; i < length; i++) {
        *label++ = digits[i];
        if (i + 1 < length && (length - 1 - i) % 3 == 0)
            *label++ = ',';
    }
    *label = '\0';
}
