/* The header of a model file: its architecture, layer by layer against the tensors it has. */
#include "model_header.h"

#include <stdbool.h>

#include "base/error.h"
#include "model_tensors.h"
#include "network/layer.h"

enum lenet5_status model_refuse(struct lenet5_error *error, enum lenet5_status status,
                                const char *path, const struct lenet5_error *detail)
{
    if (status == LENET5_ERROR_ARGUMENT)
        status = LENET5_ERROR_DATA;
    return fail(error, status, "%s: metadata: %s", path, detail->message);
}

/*
 * Goes through the layers as lenet5_network_create will. A layer's tensors are compared before
 * anything is made of it, so that no allocation is larger than the data the file really has.
 */
static enum lenet5_status check_layers(const struct model_header *header, const char *path,
                                       struct lenet5_error *error)
{
    const struct lenet5_architecture *architecture = &header->parsed.architecture;
    struct lenet5_shape shape = architecture->input;
    bool seen[SAFETENSORS_TENSORS] = {false};
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer *desc = &architecture->layers[i];
        if (!architecture_table_fits(&header->parsed, i, shape.c))
            return fail(error, LENET5_ERROR_DATA,
                        "%s: metadata: layer %d (%s) has %s to %zu maps, expected %d", path, i,
                        lenet5_layer_kind_string(desc->kind), desc->codes ? "codes" : "connections",
                        header->parsed.widths[i], shape.c);
        enum lenet5_status status = tensors_check_layer(seen, &header->file, desc, shape, path,
                                                        error);
        if (status)
            return status;
        struct lenet5_error detail;
        struct layer layer;
        status = layer_init(&layer, desc, shape, i, &detail);
        if (status)
            return model_refuse(error, status, path, &detail);
        shape = layer.out;
        layer_finish(&layer);
    }
    return tensors_check_rest(seen, &header->file, path, error);
}

enum lenet5_status model_header_parse(struct model_header *header, const char *text, size_t length,
                                      size_t data_size, const char *path,
                                      struct lenet5_error *error)
{
    enum lenet5_status status = safetensors_parse(&header->file, text, length, data_size, path,
                                                  error);
    if (status)
        return status;
    if (!header->file.metadata) {
        safetensors_destroy(&header->file);
        return fail(error, LENET5_ERROR_DATA,
                    "%s: a safetensors file without the metadata entry \"lenet5\", which holds the "
                    "architecture, the input scaling and the class names; other programs, such as "
                    "PyTorch, write none: lenet5-convert adds it",
                    path);
    }
    status = architecture_parse(&header->parsed, header->file.metadata, path, error);
    if (status) {
        safetensors_destroy(&header->file);
        return status;
    }
    status = check_layers(header, path, error);
    if (status)
        model_header_destroy(header);
    return status;
}

void model_header_destroy(struct model_header *header)
{
    architecture_destroy(&header->parsed);
    safetensors_destroy(&header->file);
}
