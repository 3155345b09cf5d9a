/* The table of layers with their fastest formats, and the descriptions of their primitives. */
#include "layer.h"

#define ANY dnnl_format_tag_any

/*
 * oneDNN chooses the formats, except three that are faster with AVX-512. It would pad conv1's 6
 * channels to 16, and tanh, pooling and their gradients would compute on the padding. Blocks of 8 save
 * 9 % of a training step, although tanh then needs a separate pass. conv2's weight gradient with
 * channels last saves 7 %. conv2's x must stay ANY: with the blocks that pool1 writes, its forward
 * pass would use the slow reference kernel.
 */
const struct layer layers[LAYERS] = {
    {CONVOLUTION, 1, SIDE, 6, 28, 5, APART, dnnl_nChw8c, ANY, ANY},
    {POOLING, 6, 28, 6, 14, 2, NO_TANH, ANY, ANY, ANY},
    {CONVOLUTION, 6, 14, 16, 10, 5, FUSED, ANY, dnnl_nhwc, dnnl_nChw8c},
    {POOLING, 16, 10, 16, 5, 2, NO_TANH, ANY, ANY, ANY},
    {LINEAR, 16, 5, 120, 1, 5, FUSED, ANY, ANY, ANY},
    {LINEAR, 120, 1, 84, 1, 1, FUSED, ANY, ANY, ANY},
    {LINEAR, 84, 1, CLASSES, 1, 1, NO_TANH, ANY, ANY, ANY},
};

/* Without AVX-512, oneDNN lacks kernels for these formats. */
static dnnl_format_tag_t with_avx512(dnnl_format_tag_t tag)
{
    const dnnl_cpu_isa_t avx512 = dnnl_cpu_isa_avx512_core;
    return (dnnl_get_effective_cpu_isa() & avx512) == avx512 ? tag : ANY;
}

dnnl_primitive_desc_t layer_describe(const struct layer *layer, int n, dnnl_memory_t x_memory,
                                     const_dnnl_primitive_desc_t forward_pass,
                                     dnnl_prop_kind_t pass)
{
    static const dnnl_dims_t none = {0, 0}, ones = {1, 1}, twos = {2, 2};
    const dnnl_alg_kind_t direct = dnnl_convolution_direct;
    const dnnl_alg_kind_t average = dnnl_pooling_avg_exclude_padding;
    const enum kind kind = layer->kind;
    const bool dw = pass == dnnl_backward_weights, dx = pass == dnnl_backward_data;
    const bool forward = !dw && !dx;
    const dnnl_format_tag_t x_tag = with_avx512(dw ? layer->for_dw : dx ? layer->for_dx : ANY);
    const dnnl_format_tag_t y_tag = forward ? with_avx512(layer->y) : x_tag;
    const dnnl_memory_desc_t x = kind == POOLING ? *layout_of(x_memory)
                                                 : layout_make(n, layer->in, layer->in_side, x_tag);
    const dnnl_memory_desc_t y = layout_make(n, layer->out, layer->out_side, y_tag);
    const dnnl_memory_desc_t w = layout_make(layer->out, layer->in, layer->kernel, ANY);
    const dnnl_memory_desc_t b = layout_make(layer->out, 0, 0, dnnl_a);
    union {
        dnnl_convolution_desc_t conv;
        dnnl_pooling_desc_t pool;
        dnnl_inner_product_desc_t linear;
    } as;
    if (kind == CONVOLUTION && forward)
        MUST(dnnl_convolution_forward_desc_init(&as.conv, pass, direct, &x, &w, &b, &y, ones, none,
                                                none));
    else if (kind == CONVOLUTION && dw)
        MUST(dnnl_convolution_backward_weights_desc_init(&as.conv, direct, &x, &w, &b, &y, ones,
                                                         none, none));
    else if (kind == CONVOLUTION)
        MUST(dnnl_convolution_backward_data_desc_init(&as.conv, direct, &x, &w, &y, ones, none,
                                                      none));
    else if (kind == POOLING && forward)
        MUST(dnnl_pooling_forward_desc_init(&as.pool, pass, average, &x, &y, twos, twos, none,
                                            none));
    else if (kind == POOLING)
        MUST(dnnl_pooling_backward_desc_init(&as.pool, average, &x, &y, twos, twos, none, none));
    else if (forward)
        MUST(dnnl_inner_product_forward_desc_init(&as.linear, pass, &x, &w, &b, &y));
    else if (dw)
        MUST(dnnl_inner_product_backward_weights_desc_init(&as.linear, &x, &w, &b, &y));
    else
        MUST(dnnl_inner_product_backward_data_desc_init(&as.linear, &x, &w, &y));
    return primitive_describe(&as, forward && layer->tanh == FUSED, forward_pass);
}

void layer_add_tanh(struct program *program, dnnl_memory_t y, dnnl_memory_t dy)
{
    const dnnl_alg_kind_t kind = dnnl_eltwise_tanh_use_dst_for_bwd;
    dnnl_eltwise_desc_t tanh;
    MUST(dnnl_eltwise_forward_desc_init(&tanh, dnnl_forward_training, kind, layout_of(y), 0, 0));
    const dnnl_primitive_desc_t forward = primitive_describe(&tanh, false, NULL);
    if (!dy) {
        program_add(program, forward, DNNL_ARG_SRC, y, DNNL_ARG_DST, y, 0);
        return;
    }
    MUST(dnnl_eltwise_backward_desc_init(&tanh, kind, layout_of(dy), layout_of(y), 0, 0));
    program_add(program, primitive_describe(&tanh, false, forward), DNNL_ARG_DST, y,
                DNNL_ARG_DIFF_DST, dy, DNNL_ARG_DIFF_SRC, dy, 0);
    MUST(dnnl_primitive_desc_destroy(forward));
}
