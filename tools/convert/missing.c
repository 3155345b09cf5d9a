/* Replaces formats whose libraries were missing when this was built: each call fails. */
#include "base/error.h"
#include "formats.h"

__attribute__((unused)) static enum lenet5_status
refuse(const char *path, const char *format, const char *library, struct lenet5_error *error)
{
    return fail(error, LENET5_ERROR_UNSUPPORTED,
                "%s: this build cannot read or write %s: %s was missing when it was configured",
                path, format, library);
}

#ifndef HAVE_ONNX
enum lenet5_status onnx_save(const struct lenet5_network *network, const char *path, bool softmax,
                             struct lenet5_error *error)
{
    (void)network, (void)softmax;
    return refuse(path, "ONNX", "libprotobuf-c or protoc-c", error);
}

enum lenet5_status onnx_load(struct lenet5_network **network, const char *path,
                             struct lenet5_error *error)
{
    *network = NULL;
    return refuse(path, "ONNX", "libprotobuf-c or protoc-c", error);
}
#endif

#ifndef HAVE_NPZ
enum lenet5_status npz_save(const struct lenet5_network *network, const char *path,
                            struct lenet5_error *error)
{
    (void)network;
    return refuse(path, "npz", "libzip", error);
}

enum lenet5_status npz_load(struct lenet5_network *network, const char *path,
                            struct lenet5_error *error)
{
    (void)network;
    return refuse(path, "npz", "libzip", error);
}
#endif

#ifndef HAVE_KERAS
enum lenet5_status keras_save(const struct lenet5_network *network, const char *path,
                              struct lenet5_error *error)
{
    (void)network;
    return refuse(path, "Keras's HDF5", "libhdf5", error);
}

enum lenet5_status keras_load(struct lenet5_network *network, const char *path,
                              struct lenet5_error *error)
{
    (void)network;
    return refuse(path, "Keras's HDF5", "libhdf5", error);
}
#endif
