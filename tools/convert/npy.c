#include "npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static const char magic[] = "\x93NUMPY\x01"; /* and a NUL: version 1.0 */

size_t npy_print(char header[NPY_HEADER_MAX], const struct safetensors_shape *shape)
{
    char *text = header + NPY_START;
    int length = sprintf(text, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < shape->rank; i++)
        length += sprintf(text + length, "%s%" PRId64, i ? ", " : "", shape->sizes[i]);
    length += sprintf(text + length, "%s), }", shape->rank == 1 ? "," : "");
    while ((NPY_START + length + 1) % ALIGNMENT)
        text[length++] = ' ';
    text[length++] = '\n';
    memcpy(header, magic, sizeof(magic));
    header[8] = (char)(length & 0xff);
    header[9] = (char)(length >> 8);
    return NPY_START + (size_t)length;
}

size_t npy_text_length(const unsigned char start[NPY_START])
{
    const size_t length = start[8] | (size_t)start[9] << 8;
    return memcmp(start, magic, sizeof(magic)) == 0 && length <= NPY_TEXT_MAX ? length : 0;
}

/* Whether the token is next, behind spaces; if so it is passed. */
static bool pass(const char **text, const char *token)
{
    *text += strspn(*text, " ");
    if (strncmp(*text, token, strlen(token)) != 0)
        return false;
    *text += strlen(token);
    return true;
}

/* "(6, 1, 5, 5)", "(6,)", "()" */
static bool pass_shape(const char **text, struct safetensors_shape *shape)
{
    *shape = (struct safetensors_shape){0};
    if (!pass(text, "("))
        return false;
    while (!pass(text, ")")) {
        *text += strspn(*text, " ");
        const size_t digits = strspn(*text, "0123456789");
        if (digits < 1 || digits > 9 || shape->rank == SAFETENSORS_RANK)
            return false;
        shape->sizes[shape->rank++] = strtol(*text, NULL, 10);
        *text += digits;
        if (!pass(text, ",") && **text != ')')
            return false;
    }
    return true;
}

const char *npy_parse(struct npy *npy, const char *text)
{
    bool descr = false, order = false, shape = false;
    if (!pass(&text, "{"))
        return "no dictionary";
    while (!pass(&text, "}")) {
        if (pass(&text, "'descr':")) {
            npy->is_double = pass(&text, "'<f8'");
            if (!npy->is_double && !pass(&text, "'<f4'"))
                return "expected float32 or float64 ('<f4' or '<f8')";
            descr = true;
        } else if (pass(&text, "'fortran_order':")) {
            if (!pass(&text, "False"))
                return "expected C order; numpy.ascontiguousarray makes it";
            order = true;
        } else if (pass(&text, "'shape':")) {
            if (!pass_shape(&text, &npy->shape))
                return "expected a shape of at most 4 sizes";
            shape = true;
        } else {
            return "expected descr, fortran_order and shape";
        }
        pass(&text, ",");
    }
    return descr && order && shape ? NULL : "expected descr, fortran_order and shape";
}
