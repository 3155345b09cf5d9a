/* The tensors a file has against the tensors its architecture needs. */
#include "model_header.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../error.h"
#include "../layer.h"

int model_tensors(struct safetensors_tensor pair[2], const struct lenet5_layer *row,
                  struct lenet5_shape in)
{
    if (row->kind != LENET5_CONV && row->kind != LENET5_DENSE && row->kind != LENET5_SUBSAMPLE)
        return 0;
    pair[0] = (struct safetensors_tensor){.shape = {2, {row->outputs, (int64_t)shape_size(in)}}};
    pair[1] = (struct safetensors_tensor){.shape = {1, {row->outputs}}};
    if (row->kind == LENET5_CONV)
        pair[0].shape = (struct safetensors_shape){
            4, {row->outputs, in.c, row->kernel.h, row->kernel.w}};
    if (row->kind == LENET5_SUBSAMPLE)
        pair[0].shape = pair[1].shape = (struct safetensors_shape){1, {in.c}};
    snprintf(pair[0].name, sizeof(pair[0].name), "%s.weight", row->name);
    snprintf(pair[1].name, sizeof(pair[1].name), "%s.bias", row->name);
    return 2;
}

enum lenet5_status model_refuse(struct lenet5_error *error, enum lenet5_status status,
                                const char *path, const struct lenet5_error *detail)
{
    if (status == LENET5_ERROR_ARGUMENT)
        status = LENET5_ERROR_DATA;
    return fail(error, status, "%s: metadata: %s", path, detail->message);
}

/* Finds the tensors of a row, marks them as seen, and compares their shapes. */
static enum lenet5_status check_tensors(bool *seen, const struct safetensors *file,
                                        const struct lenet5_layer *row, struct lenet5_shape in,
                                        const char *path, struct lenet5_error *error)
{
    struct safetensors_tensor pair[2];
    int count = model_tensors(pair, row, in);
    for (int k = 0; k < count; k++) {
        const struct safetensors_shape *expected = &pair[k].shape;
        const struct safetensors_tensor *tensor = safetensors_find(file, pair[k].name);
        if (!tensor)
            return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' is missing", path, pair[k].name);
        if (tensor->shape.rank != expected->rank ||
            memcmp(tensor->shape.sizes, expected->sizes, sizeof(expected->sizes)) != 0) {
            char found_text[SAFETENSORS_SHAPE_TEXT], expected_text[SAFETENSORS_SHAPE_TEXT];
            safetensors_shape_print(found_text, &tensor->shape);
            safetensors_shape_print(expected_text, expected);
            return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' has shape %s, expected %s", path,
                        pair[k].name, found_text, expected_text);
        }
        seen[tensor - file->tensors] = true;
    }
    return LENET5_OK;
}

/*
 * Walks through the rows as lenet5_network_create will. A row's tensors are compared before
 * anything is made of it, so that no allocation is larger than the data the file really has.
 */
static enum lenet5_status check_rows(const struct model_header *header, const char *path,
                                     struct lenet5_error *error)
{
    const struct lenet5_architecture *architecture = &header->text.architecture;
    struct lenet5_shape shape = architecture->input;
    bool seen[SAFETENSORS_TENSORS] = {false};
    for (int i = 0; i < architecture->layer_count; i++) {
        const struct lenet5_layer *row = &architecture->layers[i];
        if ((row->connections || row->codes) && header->text.widths[i] != (size_t)shape.c)
            return fail(error, LENET5_ERROR_DATA,
                        "%s: metadata: layer %d (%s) has %s to %zu maps, expected %d", path, i,
                        lenet5_layer_kind_string(row->kind), row->codes ? "codes" : "connections",
                        header->text.widths[i], shape.c);
        enum lenet5_status status = check_tensors(seen, &header->file, row, shape, path, error);
        if (status)
            return status;
        struct lenet5_error detail;
        struct layer layer;
        status = layer_init(&layer, row, shape, i, &detail);
        if (status)
            return model_refuse(error, status, path, &detail);
        shape = layer.out;
        layer_finish(&layer);
    }
    for (int i = 0; i < header->file.count; i++)
        if (!seen[i])
            return fail(error, LENET5_ERROR_DATA, "%s: tensor '%s' belongs to no layer", path,
                        header->file.tensors[i].name);
    return LENET5_OK;
}

enum lenet5_status model_header_parse(struct model_header *header, const char *text, size_t length,
                                      size_t data_size, const char *path,
                                      struct lenet5_error *error)
{
    enum lenet5_status status = safetensors_parse(&header->file, text, length, data_size, path,
                                                  error);
    if (status)
        return status;
    status = architecture_parse(&header->text, header->file.metadata, path, error);
    if (status) {
        safetensors_destroy(&header->file);
        return status;
    }
    status = check_rows(header, path, error);
    if (status)
        model_header_destroy(header);
    return status;
}

void model_header_destroy(struct model_header *header)
{
    architecture_destroy(&header->text);
    safetensors_destroy(&header->file);
}
