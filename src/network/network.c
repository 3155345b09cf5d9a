/* A network: its layers, what follows from it, and its parameters as one flat vector. */
#include "network_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { NAME_SIZE = 64 };

static bool has_parameters(enum lenet5_layer_kind kind)
{
    return kind == LENET5_LAYER_CONV || kind == LENET5_LAYER_DENSE ||
           kind == LENET5_LAYER_SUBSAMPLE;
}

/* Layers without a name get PyTorch's usual ones, conv1, conv2, fc1, ..., or that of their kind. */
static char *layer_name(const struct lenet5_architecture *architecture, int i)
{
    const struct lenet5_layer *desc = &architecture->layers[i];
    char name[NAME_SIZE];
    int number = 1;
    if (desc->name)
        return memory_strdup(desc->name);
    for (int k = 0; k < i; k++)
        number += architecture->layers[k].kind == desc->kind;
    snprintf(name, sizeof(name), "%s%d",
             desc->kind == LENET5_LAYER_DENSE ? "fc" : lenet5_layer_kind_string(desc->kind),
             number);
    return memory_strdup(name);
}

/* Copies a table (outputs, inputs), if there is one. False without memory. */
static bool copy_table(const uint8_t **copy, const uint8_t *table, int outputs, int inputs)
{
    if (!table || outputs <= 0)
        return true;
    const size_t size = (size_t)outputs * (size_t)inputs;
    uint8_t *own = memory_alloc(size, 1);
    *copy = own;
    if (own)
        memcpy(own, table, size);
    return own;
}

/* Copies layer i into layers: its strings and tables now belong to the network. */
static enum lenet5_status copy_layer(struct lenet5_layer *layers,
                                     const struct lenet5_architecture *from, int i, int inputs,
                                     struct lenet5_error *error)
{
    const struct lenet5_layer *desc = &from->layers[i];
    struct lenet5_layer *copy = &layers[i];
    *copy = *desc;
    copy->name = NULL;
    copy->connections = copy->codes = NULL;
    bool ok = true;
    if (copy->kind == LENET5_LAYER_RBF)
        ok = copy_table(&copy->codes, desc->codes, copy->outputs, inputs);
    else if (copy->kind == LENET5_LAYER_CONV)
        ok = copy_table(&copy->connections, desc->connections, copy->outputs, inputs);
    if (ok && has_parameters(copy->kind))
        ok = (copy->name = layer_name(from, i));
    if (!ok)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    for (int k = 0; copy->name && k < i; k++)
        if (layers[k].name && strcmp(layers[k].name, copy->name) == 0)
            return fail(error, LENET5_ERROR_ARGUMENT, "layers %d and %d have the same name, %s", k,
                        i, copy->name);
    return LENET5_OK;
}

static enum lenet5_status copy_classes(struct lenet5_architecture *copy,
                                       const struct lenet5_architecture *from,
                                       struct lenet5_error *error)
{
    char **classes = memory_alloc((size_t)from->class_count, sizeof(*classes));
    copy->classes = (const char *const *)classes;
    if (!classes)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    for (int i = 0; i < from->class_count; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof(name), "%d", i);
        classes[i] = memory_strdup(from->classes ? from->classes[i] : name);
        if (!classes[i])
            return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    }
    return LENET5_OK;
}

static enum lenet5_status copy_architecture(struct lenet5_network *network,
                                            const struct lenet5_architecture *from,
                                            struct lenet5_error *error)
{
    struct lenet5_architecture *copy = &network->architecture;
    struct lenet5_layer *layers = memory_alloc((size_t)from->layer_count, sizeof(*layers));
    enum lenet5_status status = check_reserved(from->reserved, "lenet5_architecture", error);
    *copy = *from;
    copy->layers = layers;
    copy->name = memory_strdup(from->name ? from->name : "");
    copy->classes = NULL;
    network->layers = memory_alloc((size_t)from->layer_count, sizeof(*network->layers));
    network->offsets = memory_alloc((size_t)from->layer_count, sizeof(*network->offsets));
    if (!layers || !copy->name || !network->layers || !network->offsets)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    struct lenet5_shape shape = from->input;
    if (status)
        return status;
    for (int i = 0; i < from->layer_count; i++) {
        if ((status = check_reserved(from->layers[i].reserved, "lenet5_layer", error)) ||
            (status = copy_layer(layers, from, i, shape.c, error)) ||
            (status = layer_init(&network->layers[i], &layers[i], shape, i, error)))
            return status;
        layers[i] = network->layers[i].desc;
        network->offsets[i] = network->parameter_count;
        network->parameter_count += network->layers[i].weight_count + network->layers[i].bias_count;
        shape = network->layers[i].out;
    }
    if (shape.c != from->class_count || shape.h != 1 || shape.w != 1)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "the last layer gives (%d, %d, %d), expected a vector of %d classes", shape.c,
                    shape.h, shape.w, from->class_count);
    return copy_classes(copy, from, error);
}

enum lenet5_status lenet5_network_create(struct lenet5_network **network,
                                         const struct lenet5_architecture *architecture,
                                         struct lenet5_error *error)
{
    const struct lenet5_shape input = architecture->input;
    *network = NULL;
    if (architecture->layer_count < 1 || architecture->layer_count > NETWORK_MAX_LAYERS)
        return fail(error, LENET5_ERROR_ARGUMENT, "%d layers, expected 1 to %d",
                    architecture->layer_count, NETWORK_MAX_LAYERS);
    if (input.c != 1 || input.h < 1 || input.w < 1 || input.h > LENET5_MAX_SIDE ||
        input.w > LENET5_MAX_SIDE)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "the input is (%d, %d, %d), expected one map with sides of 1 to %d", input.c,
                    input.h, input.w, LENET5_MAX_SIDE);
    if (!isfinite(architecture->scale) || !isfinite(architecture->shift))
        return fail(error, LENET5_ERROR_ARGUMENT, "the input's scale %g or shift %g is not finite",
                    (double)architecture->scale, (double)architecture->shift);
    if (architecture->fit != LENET5_FIT_PAD && architecture->fit != LENET5_FIT_RESIZE)
        return fail(error, LENET5_ERROR_ARGUMENT, "unknown fit %d", (int)architecture->fit);
    if (architecture->class_count < 1 || architecture->class_count > LENET5_MAX_CLASSES)
        return fail(error, LENET5_ERROR_ARGUMENT, "%d classes, expected 1 to %d",
                    architecture->class_count, LENET5_MAX_CLASSES);
    struct lenet5_network *self = memory_alloc(1, sizeof(*self));
    if (!self)
        return fail(error, LENET5_ERROR_MEMORY, "out of memory");
    enum lenet5_status status = copy_architecture(self, architecture, error);
    if (!status &&
        !(self->parameters = memory_alloc(self->parameter_count, sizeof(*self->parameters))))
        status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
    if (status) {
        lenet5_network_destroy(self);
        return status;
    }
    *network = self;
    return LENET5_OK;
}

enum lenet5_status lenet5_network_copy(struct lenet5_network **copy,
                                       const struct lenet5_network *network,
                                       struct lenet5_error *error)
{
    enum lenet5_status status = lenet5_network_create(copy, &network->architecture, error);
    if (!status)
        memcpy((*copy)->parameters, network->parameters,
               network->parameter_count * sizeof(*network->parameters));
    return status;
}

void lenet5_network_destroy(struct lenet5_network *network)
{
    if (!network)
        return;
    struct lenet5_architecture *architecture = &network->architecture;
    for (int i = 0; architecture->classes && i < architecture->class_count; i++)
        memory_free((void *)architecture->classes[i]);
    memory_free((void *)architecture->classes);
    for (int i = 0; architecture->layers && i < architecture->layer_count; i++) {
        memory_free((void *)architecture->layers[i].name);
        memory_free((void *)architecture->layers[i].connections);
        memory_free((void *)architecture->layers[i].codes);
    }
    for (int i = 0; network->layers && i < architecture->layer_count; i++)
        layer_finish(&network->layers[i]);
    memory_free((void *)architecture->layers);
    memory_free((void *)architecture->name);
    memory_free(network->layers);
    memory_free(network->offsets);
    memory_free(network->parameters);
    memory_free(network);
}

size_t network_first_not_finite(const struct lenet5_network *network)
{
    size_t i = 0;
    while (i < network->parameter_count && isfinite(network->parameters[i]))
        i++;
    return i;
}

const struct lenet5_architecture *lenet5_network_architecture(const struct lenet5_network *network)
{
    return &network->architecture;
}

size_t lenet5_network_parameter_count(const struct lenet5_network *network)
{
    return network->parameter_count;
}

float *lenet5_network_parameters(struct lenet5_network *network)
{
    return network->parameters;
}

const float *lenet5_network_weights(const struct lenet5_network *network)
{
    return network->parameters;
}

struct lenet5_layer_info lenet5_network_layer(const struct lenet5_network *network, int i)
{
    const struct layer *layer = &network->layers[i];
    return (struct lenet5_layer_info){
        .layer = layer->desc,
        .in = layer->in,
        .out = layer->out,
        .parameters = layer->weight_count + layer->bias_count,
        .macs = layer->macs,
        .weight_offset = network->offsets[i],
        .weight_count = layer->weight_count,
        .bias_count = layer->bias_count,
        .connections = layer->connections,
    };
}

size_t lenet5_network_macs(const struct lenet5_network *network)
{
    size_t macs = 0;
    for (int i = 0; i < network->architecture.layer_count; i++)
        macs += network->layers[i].macs;
    return macs;
}

size_t lenet5_network_connections(const struct lenet5_network *network)
{
    size_t connections = 0;
    for (int i = 0; i < network->architecture.layer_count; i++)
        connections += network->layers[i].connections;
    return connections;
}
