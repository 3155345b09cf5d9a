/*
 * The safetensors container as model files and checkpoints use it: the length of a JSON header, the
 * header, the bytes of tensors, and one entry of metadata, "lenet5", which is text; files of other
 * programs have none.
 */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <lenet5/status.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SAFETENSORS_LENGTH = 8,           /* bytes of the header's length */
    SAFETENSORS_HEADER_MAX = 1 << 20, /* bytes of the header; an ordinary one has 2000 */
    SAFETENSORS_DATA_MAX = 1 << 30,
    SAFETENSORS_TENSORS = 128,
    SAFETENSORS_RANK = 4,
    SAFETENSORS_NAME = 128,
    SAFETENSORS_SHAPE_TEXT = 64,
};

struct safetensors_shape {
    int rank;
    int64_t sizes[SAFETENSORS_RANK];
};

/* In the reference implementation's order: the widest come first, so that all are aligned. */
enum safetensors_dtype { SAFETENSORS_F64, SAFETENSORS_F32, SAFETENSORS_U8 };

struct safetensors_tensor {
    char name[SAFETENSORS_NAME];
    enum safetensors_dtype dtype;
    struct safetensors_shape shape;
    size_t begin, end; /* bytes of the data */
};

struct safetensors {
    int count;
    struct safetensors_tensor tensors[SAFETENSORS_TENSORS];
    char *metadata; /* NULL = none */
};

/*
 * Orders the tensors by dtype and name as the reference implementation does and gives them their places,
 * one after the other; returns the size of the data.
 */
size_t safetensors_arrange(struct safetensors *file);

/*
 * Arranges the tensors and returns a whole file of *size bytes, whose data, from *data to the end, are
 * still 0. Free it with memory_free; NULL without memory or metadata.
 */
unsigned char *safetensors_compose(unsigned char **data, size_t *size, struct safetensors *file);

/*
 * Reads a header of length bytes, which a NUL follows, to data_size bytes of data: tensors that
 * tile the data exactly, in the order of their places. The caller destroys *file.
 * Errors: DATA, MEMORY.
 */
enum lenet5_status safetensors_parse(struct safetensors *file, const char *header, size_t length,
                                     size_t data_size, const char *path,
                                     struct lenet5_error *error);

/* "[6, 1, 5, 5]" */
void safetensors_shape_print(char text[SAFETENSORS_SHAPE_TEXT],
                             const struct safetensors_shape *shape);

/* NULL when there is none of this name. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);

/*
 * Finds the tensor of expected's name, which has to have its dtype and shape, too. Errors: DATA.
 */
enum lenet5_status safetensors_expect(const struct safetensors_tensor **found,
                                      const struct safetensors *file,
                                      const struct safetensors_tensor *expected, const char *path,
                                      struct lenet5_error *error);

/* Frees what file holds. */
void safetensors_destroy(struct safetensors *file);

#endif
