/*
 * A network's parameters as tensors with PyTorch's names and shapes, as in model files. All other formats
 * of weights are converted to and from these.
 */
#ifndef MODEL_TENSORS_H
#define MODEL_TENSORS_H

#include <stdbool.h>

#include "network/network_internal.h"
#include "safetensors.h"

/*
 * The tensors of a layer with input shape in, weights and biases: kernels that a table of connections leaves
 * out are part of them. Returns how many there are, 2 or 0.
 */
int tensors_of_layer(struct safetensors_tensor pair[2], const struct lenet5_layer *desc,
                     struct lenet5_shape in);

/* Whether the tensors of a layer are there, with its shapes; marks them as seen. Errors: DATA. */
enum lenet5_status tensors_check_layer(bool *seen, const struct safetensors *file,
                                       const struct lenet5_layer *desc, struct lenet5_shape in,
                                       const char *path, struct lenet5_error *error);

/* Whether every tensor was seen. Errors: DATA. */
enum lenet5_status tensors_check_rest(const bool *seen, const struct safetensors *file,
                                      const char *path, struct lenet5_error *error);

/* Whether the tensors are those of the network, no more and no less. Errors: DATA. */
enum lenet5_status tensors_check(const struct safetensors *file,
                                 const struct lenet5_network *network, const char *path,
                                 struct lenet5_error *error);

/* Adds all tensors of the network to a file without any, in the order of the layers, without offsets. */
void tensors_list(struct safetensors *file, const struct lenet5_network *network);

/* Writes the parameters to their places in data, which is zero. */
void tensors_store(unsigned char *data, const struct safetensors *file,
                   const struct lenet5_network *network);

/*
 * Reads the parameters from data; the tensors must have been checked.
 * Errors: DATA (not finite, or not zero where there is no connection).
 */
enum lenet5_status tensors_load(struct lenet5_network *network, const unsigned char *data,
                                const struct safetensors *file, const char *path,
                                struct lenet5_error *error);

/*
 * Fails with the message of lenet5_network_create or layer_init, preceded by the path of the file; an
 * ARGUMENT becomes DATA.
 */
enum lenet5_status model_refuse(struct lenet5_error *error, enum lenet5_status status,
                                const char *path, const struct lenet5_error *detail);

#endif
