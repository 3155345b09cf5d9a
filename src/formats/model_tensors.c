/* Maps tensors to ranges of the parameter vector. */
#include "model_tensors.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "files/little_endian.h"

int tensors_of_layer(struct safetensors_tensor pair[2], const struct lenet5_layer *desc,
                     struct lenet5_shape in)
{
    if (desc->kind != LENET5_LAYER_CONV && desc->kind != LENET5_LAYER_DENSE &&
        desc->kind != LENET5_LAYER_SUBSAMPLE)
        return 0;
    pair[0] = (struct safetensors_tensor){.dtype = SAFETENSORS_F32,
                                          .shape = {2, {desc->outputs, (int64_t)shape_size(in)}}};
    pair[1] = (struct safetensors_tensor){.dtype = SAFETENSORS_F32, .shape = {1, {desc->outputs}}};
    if (desc->kind == LENET5_LAYER_CONV)
        pair[0].shape = (struct safetensors_shape){
            4, {desc->outputs, in.c, desc->kernel.h, desc->kernel.w}};
    if (desc->kind == LENET5_LAYER_SUBSAMPLE)
        pair[0].shape = pair[1].shape = (struct safetensors_shape){1, {in.c}};
    snprintf(pair[0].name, sizeof(pair[0].name), "%s.weight", desc->name);
    snprintf(pair[1].name, sizeof(pair[1].name), "%s.bias", desc->name);
    return 2;
}

enum lenet5_status tensors_check_layer(bool *seen, const struct safetensors *file,
                                       const struct lenet5_layer *desc, struct lenet5_shape in,
                                       const char *path, struct lenet5_error *error)
{
    struct safetensors_tensor pair[2];
    int count = tensors_of_layer(pair, desc, in);
    for (int k = 0; k < count; k++) {
        const struct safetensors_tensor *tensor;
        enum lenet5_status status = safetensors_expect(&tensor, file, &pair[k], path, error);
        if (status)
            return status;
        seen[tensor - file->tensors] = true;
    }
    return LENET5_OK;
}

enum lenet5_status tensors_check_rest(const bool *seen, const struct safetensors *file,
                                      const char *path, struct lenet5_error *error)
{
    for (int i = 0; i < file->count; i++)
        if (!seen[i])
            return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' belongs to no layer", path,
                        file->tensors[i].name);
    return LENET5_OK;
}

enum lenet5_status tensors_check(const struct safetensors *file,
                                 const struct lenet5_network *network, const char *path,
                                 struct lenet5_error *error)
{
    bool seen[SAFETENSORS_TENSORS] = {false};
    for (int i = 0; i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        enum lenet5_status status = tensors_check_layer(seen, file, &layer->desc, layer->in, path,
                                                        error);
        if (status)
            return status;
    }
    return tensors_check_rest(seen, file, path, error);
}

void tensors_list(struct safetensors *file, const struct lenet5_network *network)
{
    assert(2 * network->architecture.layer_count <= SAFETENSORS_TENSORS);
    for (int i = 0; i < network->architecture.layer_count; i++) {
        const struct layer *layer = &network->layers[i];
        file->count += tensors_of_layer(&file->tensors[file->count], &layer->desc, layer->in);
    }
}

/*
 * A weight tensor as blocks, each stored in the parameters or left out by a table of connections: the
 * kernels of a convolution; all weights of another layer are one block.
 */
struct blocks {
    size_t count, size;
    const int *index; /* which of the parameters' blocks each is, -1 = none; NULL = the only one */
};

static struct blocks weight_blocks(const struct layer *layer)
{
    if (layer->desc.kind != LENET5_LAYER_CONV)
        return (struct blocks){1, layer->weight_count, NULL};
    return (struct blocks){
        .count = (size_t)layer->desc.outputs * (size_t)layer->in.c,
        .size = (size_t)layer->desc.kernel.h * (size_t)layer->desc.kernel.w,
        .index = layer->kernels,
    };
}

static void store_floats(unsigned char *data, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store_float(data + i * sizeof(float), values[i]);
}

/* data is that of the whole file, zero at first. */
static void store_layer(unsigned char *data, const struct safetensors *file,
                        const struct layer *layer, const float *parameters)
{
    struct safetensors_tensor pair[2];
    if (!tensors_of_layer(pair, &layer->desc, layer->in))
        return;
    struct blocks blocks = weight_blocks(layer);
    unsigned char *weights = data + safetensors_find(file, pair[0].name)->begin;
    for (size_t k = 0; k < blocks.count; k++, weights += blocks.size * sizeof(float)) {
        int index = blocks.index ? blocks.index[k] : 0;
        if (index >= 0)
            store_floats(weights, parameters + (size_t)index * blocks.size, blocks.size);
    }
    store_floats(data + safetensors_find(file, pair[1].name)->begin,
                 parameters + layer->weight_count, layer->bias_count);
}

/* Reads count values into values or, where that is NULL, expects them to be zero. */
static enum lenet5_status load_floats(float *values, const unsigned char *data, size_t count,
                                      const char *path, const char *name,
                                      struct lenet5_error *error)
{
    for (size_t i = 0; i < count; i++) {
        float value = load_float(data + i * sizeof(float));
        if (!isfinite(value))
            return fail(error, LENET5_ERROR_DATA,
                        "%s: tensor '%s' has a value that is not finite: %g", path, name, value);
        if (values)
            values[i] = value;
        else if (value != 0)
            return fail(error, LENET5_ERROR_DATA,
                        "%s: tensor '%s' has %g where there is no connection, expected 0", path,
                        name, value);
    }
    return LENET5_OK;
}

static enum lenet5_status load_layer(float *parameters, const unsigned char *data,
                                     const struct safetensors *file, const struct layer *layer,
                                     const char *path, struct lenet5_error *error)
{
    struct safetensors_tensor pair[2];
    if (!tensors_of_layer(pair, &layer->desc, layer->in))
        return LENET5_OK;
    struct blocks blocks = weight_blocks(layer);
    const unsigned char *weights = data + safetensors_find(file, pair[0].name)->begin;
    enum lenet5_status status = LENET5_OK;
    for (size_t k = 0; !status && k < blocks.count; k++, weights += blocks.size * sizeof(float)) {
        int index = blocks.index ? blocks.index[k] : 0;
        status = load_floats(index < 0 ? NULL : parameters + (size_t)index * blocks.size, weights,
                             blocks.size, path, pair[0].name, error);
    }
    if (status)
        return status;
    return load_floats(parameters + layer->weight_count,
                       data + safetensors_find(file, pair[1].name)->begin, layer->bias_count, path,
                       pair[1].name, error);
}

void tensors_store(unsigned char *data, const struct safetensors *file,
                   const struct lenet5_network *network)
{
    for (int i = 0; i < network->architecture.layer_count; i++)
        store_layer(data, file, &network->layers[i], network->parameters + network->offsets[i]);
}

enum lenet5_status tensors_load(struct lenet5_network *network, const unsigned char *data,
                                const struct safetensors *file, const char *path,
                                struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    for (int i = 0; !status && i < network->architecture.layer_count; i++)
        status = load_layer(network->parameters + network->offsets[i], data, file,
                            &network->layers[i], path, error);
    return status;
}
