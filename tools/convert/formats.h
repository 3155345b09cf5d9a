/*
 * The formats that lenet5-convert reads and writes besides model files. A file is checked completely
 * before a network changes; a saved file replaces the old one completely. Messages name the file.
 */
#ifndef FORMATS_H
#define FORMATS_H

#include <lenet5/network.h>
#include <stdbool.h>

/*
 * ONNX, opset 13: one chain of operators from an input (N, 1, h, w) to the logits (N, classes).
 * The graph begins after the input's scaling and fit; these and the class names are metadata.
 * softmax: the output is the probabilities.
 * Errors: IO, MEMORY.
 */
enum lenet5_status onnx_save(const struct lenet5_network *network, const char *path, bool softmax,
                             struct lenet5_error *error);

/*
 * Reads a chain of the operators that a LeNet has, of opset 7 to 21; Dropout, Identity and a last Softmax
 * are passed over. Without metadata the input is byte / 255, padded. The caller destroys *network.
 * Errors: NOT_FOUND, IO, MEMORY, DATA (the message names the node).
 */
enum lenet5_status onnx_load(struct lenet5_network **network, const char *path,
                             struct lenet5_error *error);

/*
 * NumPy's .npz: an array for each tensor, with PyTorch's names and shapes.
 * Errors: IO, MEMORY.
 */
enum lenet5_status npz_save(const struct lenet5_network *network, const char *path,
                            struct lenet5_error *error);

/*
 * Reads the arrays of an .npz, plain or compressed, float32 or float64 in C order, into an existing
 * network; after an error it is unchanged.
 * Errors: NOT_FOUND, IO, MEMORY, DATA.
 */
enum lenet5_status npz_load(struct lenet5_network *network, const char *path,
                            struct lenet5_error *error);

/*
 * Keras's HDF5 weights, as model.save("NAME.h5") lays them out, for Sequential.load_weights.
 * Errors: IO, MEMORY.
 */
enum lenet5_status keras_save(const struct lenet5_network *network, const char *path,
                              struct lenet5_error *error);

/*
 * Reads the weights of a Keras model in an HDF5 file, layer by layer in the order of both, into an existing
 * network; after an error it is unchanged. Do not read files from untrusted sources: libhdf5 is not safe
 * against them.
 * Errors: NOT_FOUND, IO, MEMORY, DATA.
 */
enum lenet5_status keras_load(struct lenet5_network *network, const char *path,
                              struct lenet5_error *error);

/* How a C file is written. */
struct c_source {
    const char *name; /* what its names begin with */
    bool int8;        /* weights in 8 bits, with a scale for each output */
    bool header;      /* to be included, everything static */
    int rows, cols;   /* of its images */
};

/*
 * One C99 file that needs nothing else, with the weights and a function
 * int NAME_predict(float *logits, const unsigned char *image).
 * Errors: ARGUMENT (a name that is no identifier, images larger than the network's input), IO, MEMORY.
 */
enum lenet5_status c_source_save(const struct lenet5_network *network, const char *path,
                                 const struct c_source *source, struct lenet5_error *error);

#endif
