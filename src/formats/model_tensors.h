/*
 * A network's parameters as tensors with PyTorch's names and shapes: what model files hold, and what
 * every other format of weights is brought into.
 */
#ifndef MODEL_TENSORS_H
#define MODEL_TENSORS_H

#include <stdbool.h>

#include "network/network_state.h"
#include "safetensors.h"

/*
 * The tensors of a row that sees in, weights and biases: kernels that a table of connections leaves
 * out are part of them. Returns how many there are, 2 or 0.
 */
int tensors_of_row(struct safetensors_tensor pair[2], const struct lenet5_layer *desc,
                   struct lenet5_shape in);

/* Whether the tensors of a row are there, with its shapes; marks them as seen. Errors: DATA. */
enum lenet5_status tensors_check_row(bool *seen, const struct safetensors *file,
                                     const struct lenet5_layer *desc, struct lenet5_shape in,
                                     const char *path, struct lenet5_error *error);

/* Whether every tensor was seen. Errors: DATA. */
enum lenet5_status tensors_check_rest(const bool *seen, const struct safetensors *file,
                                      const char *path, struct lenet5_error *error);

/* Whether the tensors are those of the network, no more and no less. Errors: DATA. */
enum lenet5_status tensors_check(const struct safetensors *file,
                                 const struct lenet5_network *network, const char *path,
                                 struct lenet5_error *error);

/* Adds all tensors of the network to a file without any, in the table's order and without their places. */
void tensors_list(struct safetensors *file, const struct lenet5_network *network);

/* Writes the parameters to their places in data, which is zero. */
void tensors_store(unsigned char *data, const struct safetensors *file,
                   const struct lenet5_network *network);

/*
 * The other way round, from tensors that were checked.
 * Errors: DATA (not finite, or not zero where there is no connection).
 */
enum lenet5_status tensors_load(struct lenet5_network *network, const unsigned char *data,
                                const struct safetensors *file, const char *path,
                                struct lenet5_error *error);

#endif
