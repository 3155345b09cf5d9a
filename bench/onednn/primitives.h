/* Wrappers of oneDNN. On an error each exits with a message; what they create is never freed. */
#ifndef PRIMITIVES_H
#define PRIMITIVES_H

#include <dnnl.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    LINE = 64, /* bytes of a cache line */
    MAX_ARGUMENTS = 4,
    MAX_OPERATIONS = 32,
};

/* Primitives in order, each with its arguments. Initialise with zeros. */
struct program {
    int count;
    struct operation {
        dnnl_primitive_t primitive;
        int count;
        dnnl_exec_arg_t arguments[MAX_ARGUMENTS];
    } operations[MAX_OPERATIONS];
};

/* Exits with a message if the call failed. */
#define MUST(call) must(call, #call)
void must(dnnl_status_t status, const char *call);

/* Call it before all functions below except zeros. */
void primitives_start(void);

/* Zeroed memory, rounded up to whole cache lines; the caller owns it. */
void *zeros(size_t count, size_t size);

/* (n, c, side, side); (n, c) if the side is 1, and (n) if c is 0. */
dnnl_memory_desc_t layout_make(int n, int c, int side, dnnl_format_tag_t tag);
const dnnl_memory_desc_t *layout_of(dnnl_memory_t memory);
const dnnl_memory_desc_t *layout_wanted(const_dnnl_primitive_desc_t description, dnnl_query_t what);

/* The caller keeps data; DNNL_MEMORY_ALLOCATE allocates, DNNL_MEMORY_NONE leaves it to be set later. */
dnnl_memory_t memory_create(const dnnl_memory_desc_t *layout, void *data);

/* A backward pass needs the description of the forward one. */
dnnl_primitive_desc_t primitive_describe(const_dnnl_op_desc_t operation, bool then_tanh,
                                         const_dnnl_primitive_desc_t forward);

/* Destroys description, returns a lasting one. Pairs of DNNL_ARG_ and memory follow, then 0. */
const_dnnl_primitive_desc_t program_add(struct program *program, dnnl_primitive_desc_t description,
                                        ...);
void program_reorder(struct program *program, dnnl_memory_t to, dnnl_memory_t from);

/* memory, or if its layout differs, a copy in the given layout that the program fills. */
dnnl_memory_t program_convert(struct program *program, dnnl_memory_t memory,
                              const dnnl_memory_desc_t *layout);

/* Runs all operations on the thread's own stream, and waits for them. */
void program_run(const struct program *program);

#endif
