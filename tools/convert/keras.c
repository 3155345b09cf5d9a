/*
 * Keras's weights as HDF5: a group for each layer that has any, in the order of the attribute layer_names;
 * its attribute weight_names tells the data sets, the kernel before the bias. Kernels are (h, w, inputs,
 * outputs), dense ones (inputs, outputs), and Flatten puts the maps last: (h, w, c).
 */
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/atomic_file.h"
#include "files/input_file.h"
#include "files/little_endian.h"
#include "formats.h"
#include "network/network_internal.h"
#include "weights.h"

enum { NAMES = 256, NAME = 128 };

struct names {
    int count;
    char list[NAMES][NAME];
};

/* A layer with parameters, and how its kernel lies in the file. */
struct kernel {
    const struct layer *layer;
    const struct safetensors_tensor *tensors[2];
    unsigned char *values[2];
    struct lenet5_shape maps; /* dense: what was flattened into its inputs */
    int rank;
    hsize_t sizes[4];
};

static enum lenet5_status no_memory(struct lenet5_error *error, const char *path)
{
    return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", path);
}

/* The first layer with parameters from layer *i on, and *i behind it; false at the end. */
static bool next_kernel(struct kernel *kernel, int *i, const struct lenet5_network *network)
{
    const int count = network->architecture.layer_count;
    kernel->maps = (struct lenet5_shape){0, 1, 1};
    for (; *i < count && !network->layers[*i].desc.name; ++*i)
        if (network->layers[*i].desc.kind == LENET5_LAYER_FLATTEN)
            kernel->maps = network->layers[*i].in;
    if (*i == count)
        return false;
    const struct layer *layer = kernel->layer = &network->layers[(*i)++];
    const struct lenet5_extent window = layer->desc.kernel;
    if (!kernel->maps.c)
        kernel->maps.c = layer->in.c;
    const hsize_t outputs = (hsize_t)layer->desc.outputs, inputs = (hsize_t)layer->in.c;
    if (layer->desc.kind == LENET5_LAYER_CONV) {
        const hsize_t sizes[] = {(hsize_t)window.h, (hsize_t)window.w, inputs, outputs};
        kernel->rank = 4;
        memcpy(kernel->sizes, sizes, sizeof(sizes));
    } else {
        const hsize_t sizes[] = {inputs, outputs};
        kernel->rank = 2;
        memcpy(kernel->sizes, sizes, sizeof(sizes));
    }
    return true;
}

/* Where the file's k-th value of a kernel stands in PyTorch's order. */
static size_t torch_place(const struct kernel *kernel, size_t k)
{
    const size_t outputs = (size_t)kernel->layer->desc.outputs, o = k % outputs;
    size_t rest = k / outputs;
    if (kernel->layer->desc.kind == LENET5_LAYER_CONV) {
        const size_t maps = (size_t)kernel->layer->in.c, c = rest % maps;
        const size_t window = (size_t)(kernel->layer->desc.kernel.h * kernel->layer->desc.kernel.w);
        return (o * maps + c) * window + rest / maps;
    }
    const size_t maps = (size_t)kernel->maps.c, c = rest % maps;
    const size_t pixels = (size_t)kernel->maps.h * (size_t)kernel->maps.w;
    rest /= maps;
    return (o * maps + c) * pixels + rest;
}

/* Writing */

/* A string of fixed length for each name, as Keras writes them. */
static bool write_names(hid_t object, const char *attribute, const struct names *names)
{
    char flat[NAMES * NAME];
    const hsize_t count = (hsize_t)names->count;
    for (int i = 0; i < names->count; i++)
        memcpy(flat + i * NAME, names->list[i], NAME);
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, NULL);
    H5Tset_size(type, NAME);
    const hid_t created = H5Acreate2(object, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool ok = created >= 0 && H5Awrite(created, type, flat) >= 0;
    H5Aclose(created);
    H5Sclose(space);
    H5Tclose(type);
    return ok;
}

static bool write_values(hid_t group, const char *name, int rank, const hsize_t *sizes,
                         const float *values)
{
    const hid_t links = H5Pcreate(H5P_LINK_CREATE), properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(rank, sizes, NULL);
    H5Pset_create_intermediate_group(links, 1);
    H5Pset_obj_track_times(properties, false); /* the bytes depend on the network alone */
    const hid_t set = H5Dcreate2(group, name, H5T_IEEE_F32LE, space, links, properties,
                                 H5P_DEFAULT);
    const bool ok = set >= 0 &&
                    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(properties);
    H5Pclose(links);
    return ok;
}

/* A layer's group: conv2d with conv2d/kernel:0 and conv2d/bias:0, named as Keras would. */
static bool write_layer(hid_t root, const struct kernel *kernel, const char *name)
{
    struct names *names = memory_alloc(1, sizeof(*names));
    const size_t count = weights_count(kernel->tensors[0]);
    float *values = memory_alloc(count + weights_count(kernel->tensors[1]), sizeof(*values));
    const hid_t group = H5Gcreate2(root, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t outputs = (hsize_t)kernel->layer->desc.outputs;
    bool ok = names && values && group >= 0;
    if (ok) {
        names->count = 2;
        snprintf(names->list[0], NAME, "%s/kernel:0", name);
        snprintf(names->list[1], NAME, "%s/bias:0", name);
        for (size_t k = 0; k < count; k++)
            values[k] = load_float(kernel->values[0] + torch_place(kernel, k) * sizeof(float));
        ok = write_values(group, names->list[0], kernel->rank, kernel->sizes, values);
        for (size_t o = 0; o < outputs; o++)
            values[o] = load_float(kernel->values[1] + o * sizeof(float));
        ok = ok && write_values(group, names->list[1], 1, &outputs, values) &&
             write_names(group, "weight_names", names);
    }
    H5Gclose(group);
    memory_free(values);
    memory_free(names);
    return ok;
}

static bool write_layers(hid_t file, const struct lenet5_network *network, struct weights *weights,
                         const char *path, struct lenet5_error *error)
{
    struct names *names = memory_alloc(1, sizeof(*names));
    const hid_t root = H5Gcreate2(file, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int convs = 0, denses = 0, i = 0;
    struct kernel kernel;
    bool ok = names && root >= 0;
    while (ok && next_kernel(&kernel, &i, network)) {
        const bool conv = kernel.layer->desc.kind == LENET5_LAYER_CONV;
        const int number = conv ? convs++ : denses++;
        char *name = names->list[names->count++];
        snprintf(name, NAME, number ? "%s_%d" : "%s", conv ? "conv2d" : "dense", number);
        ok = !weights_take_layer(kernel.tensors, kernel.values, weights, kernel.layer->desc.name,
                                 path, error) &&
             write_layer(root, &kernel, name);
    }
    ok = ok && write_names(root, "layer_names", names);
    H5Gclose(root);
    memory_free(names);
    return ok;
}

/* The file is made in memory and written as a whole. */
static enum lenet5_status write_image(hid_t file, const char *path, struct lenet5_error *error)
{
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    const ssize_t size = H5Fget_file_image(file, NULL, 0);
    unsigned char *bytes = size > 0 ? memory_alloc((size_t)size, 1) : NULL;
    enum lenet5_status status;
    if (!bytes || H5Fget_file_image(file, bytes, (size_t)size) != size)
        status = no_memory(error, path);
    else
        status = atomic_file_write(path, bytes, (size_t)size, error);
    memory_free(bytes);
    return status;
}

enum lenet5_status keras_save(const struct lenet5_network *network, const char *path,
                              struct lenet5_error *error)
{
    struct weights weights;
    enum lenet5_status status = weights_of(&weights, network, path, error);
    if (status)
        return status;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, false);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file < 0 || !write_layers(file, network, &weights, path, error))
        status = no_memory(error, path);
    else
        status = write_image(file, path, error);
    H5Fclose(file);
    H5Pclose(access);
    weights_destroy(&weights);
    return status;
}

/* Reading */

/* An attribute that is a list of strings, of fixed or of any length; false if it is none. */
static bool read_names(struct names *names, hid_t object, const char *attribute)
{
    const hid_t found = H5Aopen(object, attribute, H5P_DEFAULT);
    const hid_t type = H5Aget_type(found), space = H5Aget_space(found);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const size_t size = H5Tget_size(type);
    bool ok = found >= 0 && H5Tget_class(type) == H5T_STRING && count >= 0 && count <= NAMES;
    names->count = ok ? (int)count : 0;
    if (ok && H5Tis_variable_str(type) > 0) {
        char *list[NAMES] = {NULL};
        ok = count == 0 || H5Aread(found, type, list) >= 0;
        for (int i = 0; ok && i < names->count; i++)
            snprintf(names->list[i], NAME, "%s", list[i] ? list[i] : "");
        if (ok && count)
            H5Dvlen_reclaim(type, space, H5P_DEFAULT, list);
    } else if (ok && size < 4096) {
        char *flat = memory_alloc((size_t)count + 1, size);
        ok = flat && (count == 0 || H5Aread(found, type, flat) >= 0);
        for (int i = 0; ok && i < names->count; i++)
            snprintf(names->list[i], NAME, "%.*s", (int)size, flat + (size_t)i * size);
        memory_free(flat);
    } else {
        ok = false;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(found);
    return ok;
}

/* A data set of these sizes as floats. */
static enum lenet5_status read_values(float *values, hid_t group, const char *name, int rank,
                                      const hsize_t *sizes, const char *path,
                                      struct lenet5_error *error)
{
    const hid_t set = H5Dopen2(group, name, H5P_DEFAULT), space = H5Dget_space(set);
    hsize_t found[H5S_MAX_RANK] = {0};
    const int dims = set < 0 ? -1 : H5Sget_simple_extent_dims(space, found, NULL);
    enum lenet5_status status = LENET5_OK;
    if (dims < 0)
        status = fail(error, LENET5_ERROR_DATA, "%s: data set '%s' is missing", path, name);
    else if (dims != rank || memcmp(found, sizes, (size_t)rank * sizeof(*sizes)) != 0)
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: data set '%s' has %d sizes, the first %llu and the last %llu; expected "
                      "%d, %llu and %llu",
                      path, name, dims, (unsigned long long)found[0],
                      (unsigned long long)found[dims > 0 ? dims - 1 : 0], rank,
                      (unsigned long long)sizes[0], (unsigned long long)sizes[rank - 1]);
    else if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        status = fail(error, LENET5_ERROR_DATA, "%s: data set '%s' cannot be read as numbers", path,
                      name);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}

static enum lenet5_status read_layer(struct kernel *kernel, hid_t group, const struct names *names,
                                     const char *path, struct lenet5_error *error)
{
    const size_t count = weights_count(kernel->tensors[0]);
    const hsize_t outputs = (hsize_t)kernel->layer->desc.outputs;
    if (names->count != 2)
        return fail(error, LENET5_ERROR_DATA,
                    "%s: layer '%s' has %d weights, expected a kernel and a bias", path,
                    kernel->layer->desc.name, names->count);
    float *values = memory_alloc(count + outputs, sizeof(*values));
    if (!values)
        return no_memory(error, path);
    enum lenet5_status status = read_values(values, group, names->list[0], kernel->rank,
                                            kernel->sizes, path, error);
    if (!status)
        status = read_values(values + count, group, names->list[1], 1, &outputs, path, error);
    for (size_t k = 0; !status && k < count; k++)
        store_float(kernel->values[0] + torch_place(kernel, k) * sizeof(float), values[k]);
    for (size_t o = 0; !status && o < outputs; o++)
        store_float(kernel->values[1] + o * sizeof(float), values[count + o]);
    memory_free(values);
    return status;
}

/* Layers that have weights, in their order, to the network's. */
static enum lenet5_status read_layers(struct weights *weights, hid_t root,
                                      const struct lenet5_network *network, const char *path,
                                      struct lenet5_error *error)
{
    struct names *layers = memory_alloc(2, sizeof(*layers));
    if (!layers)
        return no_memory(error, path);
    struct names *inner = layers + 1;
    enum lenet5_status status = LENET5_OK;
    struct kernel kernel;
    int next = 0;
    if (!read_names(layers, root, "layer_names"))
        status = fail(error, LENET5_ERROR_DATA,
                      "%s: no attribute layer_names, as Keras's model.save(\"NAME.h5\") writes it",
                      path);
    for (int i = 0; !status && i < layers->count; i++) {
        const hid_t group = H5Gopen2(root, layers->list[i], H5P_DEFAULT);
        if (group < 0 || !read_names(inner, group, "weight_names"))
            status = fail(error, LENET5_ERROR_DATA, "%s: layer '%s' has no weight_names", path,
                          layers->list[i]);
        else if (inner->count && !next_kernel(&kernel, &next, network))
            status = fail(error, LENET5_ERROR_DATA,
                          "%s: layer '%s' is one more with weights than the network has", path,
                          layers->list[i]);
        else if (inner->count &&
                 !(status = weights_take_layer(kernel.tensors, kernel.values, weights,
                                               kernel.layer->desc.name, path, error)))
            status = read_layer(&kernel, group, inner, path, error);
        H5Gclose(group);
    }
    memory_free(layers);
    return status;
}

enum lenet5_status keras_load(struct lenet5_network *network, const char *path,
                              struct lenet5_error *error)
{
    int descriptor;
    uint64_t size = 0;
    enum lenet5_status status = input_file_open(&descriptor, &size, path, error);
    if (status)
        return status;
    close(descriptor);
    struct weights weights;
    status = weights_create(&weights, network, path, error);
    if (status)
        return status;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const bool whole = file >= 0 && H5Lexists(file, "model_weights", H5P_DEFAULT) > 0;
    const hid_t root = H5Gopen2(file, whole ? "model_weights" : "/", H5P_DEFAULT);
    if (root < 0)
        status = fail(error, LENET5_ERROR_DATA, "%s: not an HDF5 file, or a damaged one", path);
    else
        status = read_layers(&weights, root, network, path, error);
    if (!status)
        status = weights_put(network, &weights, path, error);
    H5Gclose(root);
    H5Fclose(file);
    weights_destroy(&weights);
    return status;
}
