/*
 * A network's weights for conversion: tensors with PyTorch's names and shapes, and their values as
 * little-endian float32, as ONNX, NumPy and HDF5 store them.
 */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include <lenet5/network.h>

#include "formats/safetensors.h"

struct weights {
    struct safetensors file; /* ordered by name, each with its place in data */
    unsigned char *data;
    bool seen[SAFETENSORS_TENSORS]; /* by weights_take */
};

/*
 * The tensors of a network, their values zero. The caller destroys *weights; path is for messages.
 * Errors: MEMORY.
 */
enum lenet5_status weights_create(struct weights *weights, const struct lenet5_network *network,
                                  const char *path, struct lenet5_error *error);

/* The same with the network's values. */
enum lenet5_status weights_of(struct weights *weights, const struct lenet5_network *network,
                              const char *path, struct lenet5_error *error);

/* Frees what weights holds. */
void weights_destroy(struct weights *weights);

/*
 * The tensor of this name, to be filled by a reader, with the place of its values.
 * Errors: DATA (no such tensor, or one that was taken before).
 */
enum lenet5_status weights_take(const struct safetensors_tensor **tensor, unsigned char **values,
                                struct weights *weights, const char *name, const char *path,
                                struct lenet5_error *error);

/* The same for the weights and the bias of a named layer. */
enum lenet5_status weights_take_layer(const struct safetensors_tensor *tensors[2],
                                      unsigned char *values[2], struct weights *weights,
                                      const char *layer, const char *path,
                                      struct lenet5_error *error);

/*
 * Puts the values into the network that the weights were made for; after an error it is as it was.
 * Errors: DATA (a tensor that was never taken; a value that is not finite, or not zero where there is
 * no connection), MEMORY.
 */
enum lenet5_status weights_put(struct lenet5_network *network, const struct weights *weights,
                               const char *path, struct lenet5_error *error);

/* How many values a tensor has. */
size_t weights_count(const struct safetensors_tensor *tensor);

#endif
