/* Wrappers of oneDNN's memory and primitives. */
#include "primitives.h"

#include <dnnl_debug.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dnnl_engine_t engine;
static dnnl_primitive_attr_t tanh_follows;

void must(dnnl_status_t status, const char *call)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "bench-onednn: %s: %.60s\n", dnnl_status2str(status), call);
    exit(1);
}

void primitives_start(void)
{
    dnnl_post_ops_t after;
    MUST(dnnl_engine_create(&engine, dnnl_cpu, 0));
    MUST(dnnl_post_ops_create(&after));
    MUST(dnnl_post_ops_append_eltwise(after, 1, dnnl_eltwise_tanh, 0, 0));
    MUST(dnnl_primitive_attr_create(&tanh_follows));
    MUST(dnnl_primitive_attr_set_post_ops(tanh_follows, after));
    MUST(dnnl_post_ops_destroy(after));
}

void *zeros(size_t count, size_t size)
{
    const size_t bytes = (count * size + LINE - 1) / LINE * LINE;
    void *memory = aligned_alloc(LINE, bytes);
    if (!memory)
        must(dnnl_out_of_memory, "aligned_alloc");
    return memset(memory, 0, bytes);
}

dnnl_memory_desc_t layout_make(int n, int c, int side, dnnl_format_tag_t tag)
{
    const dnnl_dims_t sizes = {n, c, side, side};
    const int axes = c == 0 ? 1 : side == 1 ? 2 : 4;
    dnnl_memory_desc_t layout;
    MUST(dnnl_memory_desc_init_by_tag(&layout, axes, sizes, dnnl_f32, tag));
    return layout;
}

const dnnl_memory_desc_t *layout_of(dnnl_memory_t memory)
{
    const dnnl_memory_desc_t *layout;
    MUST(dnnl_memory_get_memory_desc(memory, &layout));
    return layout;
}

const dnnl_memory_desc_t *layout_wanted(const_dnnl_primitive_desc_t description, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(description, what, 0);
}

dnnl_memory_t memory_create(const dnnl_memory_desc_t *layout, void *data)
{
    dnnl_memory_t memory;
    MUST(dnnl_memory_create(&memory, layout, engine, data));
    return memory;
}

dnnl_primitive_desc_t primitive_describe(const_dnnl_op_desc_t operation, bool then_tanh,
                                         const_dnnl_primitive_desc_t forward)
{
    dnnl_primitive_desc_t description;
    MUST(dnnl_primitive_desc_create(&description, operation, then_tanh ? tanh_follows : NULL,
                                    engine, forward));
    return description;
}

const_dnnl_primitive_desc_t program_add(struct program *program, dnnl_primitive_desc_t description,
                                        ...)
{
    struct operation *operation = &program->operations[program->count++];
    const_dnnl_primitive_desc_t lasting;
    va_list list;
    va_start(list, description);
    for (int name; (name = va_arg(list, int)) != 0; operation->count++)
        operation->arguments[operation->count] = (dnnl_exec_arg_t){name,
                                                                   va_arg(list, dnnl_memory_t)};
    va_end(list);
    MUST(dnnl_primitive_create(&operation->primitive, description));
    MUST(dnnl_primitive_desc_destroy(description));
    MUST(dnnl_primitive_get_primitive_desc(operation->primitive, &lasting));
    return lasting;
}

void program_reorder(struct program *program, dnnl_memory_t to, dnnl_memory_t from)
{
    dnnl_primitive_desc_t description;
    MUST(dnnl_reorder_primitive_desc_create(&description, layout_of(from), engine, layout_of(to),
                                            engine, NULL));
    program_add(program, description, DNNL_ARG_FROM, from, DNNL_ARG_TO, to, 0);
}

dnnl_memory_t program_convert(struct program *program, dnnl_memory_t memory,
                              const dnnl_memory_desc_t *layout)
{
    if (dnnl_memory_desc_equal(layout_of(memory), layout))
        return memory;
    const dnnl_memory_t copy = memory_create(layout, DNNL_MEMORY_ALLOCATE);
    program_reorder(program, copy, memory);
    return copy;
}

/*
 * For each vector, tanh's gradient spills a register of 64 bytes to the stack. It takes twice as long
 * (4 % of a training step) if the spill crosses a cache line. The aligned array and the shift keep it
 * within one line.
 */
__attribute__((noinline)) void program_run(const struct program *program)
{
    static _Thread_local dnnl_stream_t stream;
    _Alignas(LINE) dnnl_exec_arg_t arguments[MAX_ARGUMENTS];
    volatile char *shift = __builtin_alloca(1);
    *shift = 0;
    if (!stream)
        MUST(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    for (int i = 0; i < program->count; i++) {
        const struct operation *operation = &program->operations[i];
        memcpy(arguments, operation->arguments, sizeof(arguments));
        MUST(dnnl_primitive_execute(operation->primitive, stream, operation->count, arguments));
    }
    MUST(dnnl_stream_wait(stream));
}
