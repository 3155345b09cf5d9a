/* The header of a NumPy array file (.npy), as numpy.lib.format describes it. */
#ifndef NPY_H
#define NPY_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/safetensors.h"

enum {
    NPY_START = 10,       /* bytes up to the header's text: magic, version 1.0, its length */
    NPY_TEXT_MAX = 1024,  /* bytes of the text that are read; an ordinary one has 118 */
    NPY_HEADER_MAX = 256, /* bytes of a header that is written */
};

struct npy {
    bool is_double; /* '<f8', else '<f4' */
    struct safetensors_shape shape;
};

/* Writes the header of a float32 array in C order; returns its length, a multiple of 64. */
size_t npy_print(char header[NPY_HEADER_MAX], const struct safetensors_shape *shape);

/*
 * The length of the text that follows the first NPY_START bytes; 0 when they are not those of a .npy
 * file of version 1.0, or when the text is longer than NPY_TEXT_MAX. NumPy writes other versions only
 * for what is no plain array.
 */
size_t npy_text_length(const unsigned char start[NPY_START]);

/* Reads the text, which a NUL follows. Returns NULL, or what is wrong with it. */
const char *npy_parse(struct npy *npy, const char *text);

#endif
