/*
 * Model files: safetensors with PyTorch's names and layouts, plus what is needed to use them.
 *
 * Every conv is NAME.weight (outputs, inputs, kernel h, kernel w) and NAME.bias, every dense layer
 * NAME.weight (outputs, inputs) and NAME.bias, all F32. The metadata's "lenet5" entry is a JSON
 * text with the architecture, the input scaling and the class names; its form is described in
 * docs/model-file.md. The bytes depend on the network alone: no time, no host.
 */
#ifndef LENET5_MODEL_FILE_H
#define LENET5_MODEL_FILE_H

#include "network.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Writes the network to path: a temporary file beside it is written, checked, synced and renamed,
 * so that path holds the old file or the whole new one at any moment. What killed processes left
 * beside it when they saved there is removed.
 * Errors: IO (the old file is untouched and the temporary one removed; if only syncing the directory
 * failed the new file is in place, and the message says so), MEMORY, ARGUMENT (what could not be
 * loaded again, such as a layer name above 100 bytes), DIVERGED (a parameter is not finite; nothing
 * is written).
 */
LENET5_API enum lenet5_status lenet5_model_save(const struct lenet5_network *network,
                                                const char *path, struct lenet5_error *error);

/*
 * Reads a network. Header, sizes, names and shapes are checked against the file's real size and the
 * architecture before anything of a size the file chose is allocated. The caller destroys *network.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (not a safetensors file of this form; a weight that is not
 * finite; bytes that are not those it was saved with, by the SHA-256 in it).
 */
LENET5_API enum lenet5_status lenet5_model_load(struct lenet5_network **network, const char *path,
                                                struct lenet5_error *error);

#ifdef __cplusplus
}
#endif
#endif
