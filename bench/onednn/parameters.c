/* Places the parameters in arenas; copies between arenas and plain arrays. */
#include "parameters.h"

#include <math.h>
#include <stdint.h>

#include "samples.h"

dnnl_memory_t parameters_memory(const struct parameters *parameters, int p, float *arena)
{
    const struct parameter *parameter = &parameters->list[p];
    return memory_create(&parameter->layout, arena + parameter->at);
}

dnnl_memory_t parameters_place(struct parameters *parameters, int p,
                               const dnnl_memory_desc_t *layout, const dnnl_memory_desc_t *plain)
{
    struct parameter *parameter = &parameters->list[p];
    if (parameter->count == 0) {
        const size_t count = dnnl_memory_desc_get_size(plain) / sizeof(float);
        *parameter = (struct parameter){*layout, *plain, parameters->used, count};
        const size_t lines = (dnnl_memory_desc_get_size(layout) + LINE - 1) / LINE;
        parameters->used += lines * LINE / sizeof(float);
        if (parameters->used > ARENA)
            must(dnnl_out_of_memory, "parameters_place");
    }
    return parameters_memory(parameters, p, parameters->weights);
}

static void copy(const struct parameters *parameters, int p, float *plain, float *arena, bool read)
{
    struct program program = {0};
    const dnnl_memory_t outside = memory_create(&parameters->list[p].plain, plain);
    const dnnl_memory_t inside = parameters_memory(parameters, p, arena);
    program_reorder(&program, read ? outside : inside, read ? inside : outside);
    program_run(&program, stream_create());
}

void parameters_read(const struct parameters *parameters, int p, float *plain, float *arena)
{
    copy(parameters, p, plain, arena, true);
}

void parameters_initialise(const struct parameters *parameters)
{
    static float plain[MAX_PARAMETER];
    uint32_t state = 1;
    for (int p = 0; p < PARAMETERS; p++) {
        const struct layer *layer = &layers[p / 2];
        const float bound = 1 / sqrtf((float)(layer->in * layer->kernel * layer->kernel));
        for (size_t k = 0; k < parameters->list[p].count; k++)
            plain[k] = (2 * samples_uniform(&state) - 1) * bound;
        if (layer->kind != POOLING)
            copy(parameters, p, plain, parameters->weights, false);
    }
}
