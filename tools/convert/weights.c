#include "weights.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "formats/model_tensors.h"

enum lenet5_status weights_create(struct weights *weights, const struct lenet5_network *network,
                                  const char *path, struct lenet5_error *error)
{
    *weights = (struct weights){.data = NULL};
    tensors_list(&weights->file, network);
    weights->data = memory_alloc(safetensors_arrange(&weights->file), 1);
    return weights->data ? LENET5_OK : fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
}

enum lenet5_status weights_of(struct weights *weights, const struct lenet5_network *network,
                              const char *path, struct lenet5_error *error)
{
    const enum lenet5_status status = weights_create(weights, network, path, error);
    if (!status)
        tensors_store(weights->data, &weights->file, network);
    return status;
}

void weights_destroy(struct weights *weights)
{
    memory_free(weights->data);
    weights->data = NULL;
}

enum lenet5_status weights_take(const struct safetensors_tensor **tensor, unsigned char **values,
                                struct weights *weights, const char *name, const char *path,
                                struct lenet5_error *error)
{
    *tensor = safetensors_find(&weights->file, name);
    if (!*tensor)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: tensor '%s' belongs to no layer; of another network?", path, name);
    bool *seen = &weights->seen[*tensor - weights->file.tensors];
    if (*seen)
        return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' is there twice", path, name);
    *seen = true;
    *values = weights->data + (*tensor)->begin;
    return LENET5_OK;
}

enum lenet5_status weights_take_layer(const struct safetensors_tensor *tensors[2],
                                      unsigned char *values[2], struct weights *weights,
                                      const char *layer, const char *path,
                                      struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    for (int t = 0; !status && t < 2; t++) {
        char name[SAFETENSORS_NAME];
        snprintf(name, sizeof(name), "%s.%s", layer, t ? "bias" : "weight");
        status = weights_take(&tensors[t], &values[t], weights, name, path, error);
    }
    return status;
}

enum lenet5_status weights_put(struct lenet5_network *network, const struct weights *weights,
                               const char *path, struct lenet5_error *error)
{
    for (int i = 0; i < weights->file.count; i++)
        if (!weights->seen[i])
            return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' is missing", path,
                        weights->file.tensors[i].name);
    struct lenet5_network *copy;
    enum lenet5_status status = lenet5_network_copy(&copy, network, error);
    if (status)
        return status;
    status = tensors_load(copy, weights->data, &weights->file, path, error);
    if (!status)
        memcpy(network->parameters, copy->parameters,
               network->parameter_count * sizeof(*network->parameters));
    lenet5_network_destroy(copy);
    return status;
}

size_t weights_count(const struct safetensors_tensor *tensor)
{
    return (tensor->end - tensor->begin) / sizeof(float);
}
