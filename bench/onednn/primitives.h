/*
 * oneDNN's calls: memory, and programs of primitives. Each ends the process unless it goes well, and
 * what they make lasts as long as the process.
 */
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

/* Primitives in order, each with what it works on. It starts as zeros. */
struct program {
    int count;
    struct operation {
        dnnl_primitive_t primitive;
        int count;
        dnnl_exec_arg_t arguments[MAX_ARGUMENTS];
    } operations[MAX_OPERATIONS];
};

/* Ends the process unless the call went well. */
#define MUST(call) must(call, #call)
void must(dnnl_status_t status, const char *call);

/* Comes before all that follow but zeros. */
void primitives_start(void);

/* Whole cache lines, which the caller owns. */
void *zeros(size_t count, size_t size);

/* Only the thread that made it uses it. */
dnnl_stream_t stream_create(void);

/* (n, c, side, side); (n, c) if the side is 1, and (n) if c is 0. */
dnnl_memory_desc_t layout_make(int n, int c, int side, dnnl_format_tag_t tag);
const dnnl_memory_desc_t *layout_of(dnnl_memory_t memory);
const dnnl_memory_desc_t *layout_wanted(const_dnnl_primitive_desc_t description, dnnl_query_t what);

/* data stays the caller's; it may be DNNL_MEMORY_ALLOCATE, or DNNL_MEMORY_NONE until it is set. */
dnnl_memory_t memory_create(const dnnl_memory_desc_t *layout, void *data);

/* A backward pass needs the description of the forward one. */
dnnl_primitive_desc_t primitive_describe(const_dnnl_op_desc_t operation, bool then_tanh,
                                         const_dnnl_primitive_desc_t forward);

/* Takes over the description and gives one that stays. Pairs of DNNL_ARG_ and memory follow, and 0. */
const_dnnl_primitive_desc_t program_add(struct program *program, dnnl_primitive_desc_t description,
                                        ...);
void program_reorder(struct program *program, dnnl_memory_t to, dnnl_memory_t from);

/* The memory, or a copy in the layout if that is another. */
dnnl_memory_t program_convert(struct program *program, dnnl_memory_t memory,
                              const dnnl_memory_desc_t *layout);

/* Returns when all is done. */
void program_run(const struct program *program, dnnl_stream_t stream);

#endif
