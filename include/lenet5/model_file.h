/*
 * Model files: safetensors with PyTorch's names and layouts, plus the architecture.
 *
 * A convolution has NAME.weight (outputs, inputs, kernel h, kernel w) and NAME.bias (outputs); a dense
 * layer has NAME.weight (outputs, inputs) and NAME.bias (outputs); all are F32. The metadata
 * entry "lenet5" is a JSON text with the architecture, the input scaling and the class names;
 * docs/model-file.md describes it. The bytes depend on the network alone, not on time or host.
 */
#ifndef LENET5_MODEL_FILE_H
#define LENET5_MODEL_FILE_H

#include "network.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Writes the network to path. A temporary file beside it is written, checked, synced and renamed, so path
 * holds the complete old or the complete new file at any moment. Temporary files that killed processes
 * left beside path are removed.
 * Errors: IO (the old file is unchanged and the temporary one removed; if only syncing the directory
 * failed, the new file is in place and the message says so), MEMORY, ARGUMENT (the file could not be
 * loaded again, for example because a layer's name is longer than 100 bytes), DIVERGED (a parameter is
 * not finite; nothing is written).
 */
LENET5_API enum lenet5_status lenet5_model_save(const struct lenet5_network *network,
                                                const char *path, struct lenet5_error *error);

/*
 * Reads a network. Header, names, shapes and sizes are checked against the architecture and the file's
 * real size before memory for the parameters is allocated. The caller destroys *network.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (not a safetensors file of this form; a weight is not finite; the
 * bytes do not match the SHA-256 in the file).
 */
LENET5_API enum lenet5_status lenet5_model_load(struct lenet5_network **network, const char *path,
                                                struct lenet5_error *error);

/*
 * Reads the tensors of any safetensors file, such as a PyTorch state_dict, into an existing network. Names
 * and shapes must be exactly those of the network's layers, none missing and none extra; metadata is
 * ignored. After an error the network is unchanged.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (the message names the tensor).
 */
LENET5_API enum lenet5_status lenet5_model_load_weights(struct lenet5_network *network,
                                                        const char *path,
                                                        struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
