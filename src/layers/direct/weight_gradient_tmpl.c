/* The weights' gradient of a direct convolution: C3's is the largest single cost of a training step. */
#include "base/vector_tmpl.h"
#include "kernels.h"

/* A tile's sums and their operands fill the registers: 32 of 16 lanes with AVX-512, 16 of fewer lanes elsewhere. */
enum { MOST_OUTPUTS = 4, MOST_TAPS = 5, TAPS = LANES == 16 ? MOST_TAPS : 4 };

_Static_assert(PARTIAL_SUMS >= LANES, "a vector's lanes are partial sums");

/* What earlier rows of outputs have added up, or zeros. */
VECTOR_INLINE void load(vec total[MOST_OUTPUTS][MOST_TAPS], const float *sums,
                        const struct row_block *b, int outputs, int taps)
{
    VECTOR_UNROLL
    for (int o = 0; o < outputs; o++) {
        VECTOR_UNROLL
        for (int t = 0; t < taps; t++)
            if (b->first)
                total[o][t] = (vec){0};
            else
                memcpy(&total[o][t], sums + (o * b->g.taps + t) * PARTIAL_SUMS, sizeof(vec));
    }
}

VECTOR_INLINE void store(float *sums, vec total[MOST_OUTPUTS][MOST_TAPS], const struct row_block *b,
                         int outputs, int taps)
{
    VECTOR_UNROLL
    for (int o = 0; o < outputs; o++) {
        VECTOR_UNROLL
        for (int t = 0; t < taps; t++) {
            float *sum = sums + (o * b->g.taps + t) * PARTIAL_SUMS;
            memcpy(sum, &total[o][t], sizeof(vec));
            if (b->first) /* the others */
                memset(sum + LANES, 0, (PARTIAL_SUMS - LANES) * sizeof(*sum));
        }
    }
}

/*
 * The gradients of `taps` neighbouring taps, whose runs start at x, in `outputs` outputs. Both are constants
 * wherever this is inlined. volatile keeps GCC 12 from loading the operand again for every multiply-add, which is more
 * loads than a CPU can do.
 */
VECTOR_INLINE void tile(float *sums, const float *dz, const float *x, const struct row_block *b,
                        int outputs, int taps)
{
    const int whole = b->g.width / LANES * LANES;
    vec total[MOST_OUTPUTS][MOST_TAPS], d[MOST_OUTPUTS], run;
    load(total, sums, b, outputs, taps);
    for (int r = 0; r < b->rows; r++, dz += b->row, x += b->g.row) {
        for (int j = 0; j < whole; j += LANES) {
            VECTOR_UNROLL
            for (int o = 0; o < outputs; o++)
                memcpy(&d[o], dz + (size_t)o * b->map + (size_t)j, sizeof(vec));
            VECTOR_UNROLL
            for (int t = 0; t < taps; t++) {
                run = *(const volatile vec_unaligned *)(x + t * b->g.n + j);
                VECTOR_UNROLL
                for (int o = 0; o < outputs; o++)
                    total[o][t] += run * d[o];
            }
        }
        for (int j = whole; j < b->g.width; j++) {
            VECTOR_UNROLL
            for (int o = 0; o < outputs; o++) {
                VECTOR_UNROLL
                for (int t = 0; t < taps; t++)
                    total[o][t][0] += x[t * b->g.n + j] * dz[(size_t)o * b->map + (size_t)j];
            }
        }
    }
    store(sums, total, b, outputs, taps);
}

/* All taps of `outputs` outputs. */
VECTOR_INLINE void all_taps(float *sums, const float *dz, const struct row_block *b, int outputs)
{
    for (int i = 0; i < b->g.inputs; i++)
        for (int ky = 0; ky < b->g.kernel_h; ky++) {
            const float *x = b->g.x + (size_t)i * b->g.map + (size_t)ky * b->g.row;
            int kx = 0;
            for (; kx + TAPS <= b->g.kernel_w; kx += TAPS, sums += TAPS * PARTIAL_SUMS)
                tile(sums, dz, x + kx * b->g.n, b, outputs, TAPS);
            for (; kx < b->g.kernel_w; kx++, sums += PARTIAL_SUMS)
                tile(sums, dz, x + kx * b->g.n, b, outputs, 1);
        }
}

void VECTOR_NAME(direct_weight_gradient)(float *sums, const float *dz, const struct row_block *b)
{
    const size_t step = (size_t)b->g.taps * PARTIAL_SUMS;
    const int outputs = b->g.outputs;
    int o = 0;
    for (; LANES == 16 && o + 4 <= outputs; o += 4)
        all_taps(sums + (size_t)o * step, dz + (size_t)o * b->map, b, 4);
    for (; LANES == 16 && o + 2 <= outputs; o += 2)
        all_taps(sums + (size_t)o * step, dz + (size_t)o * b->map, b, 2);
    for (; LANES < 16 && o + 3 <= outputs; o += 3)
        all_taps(sums + (size_t)o * step, dz + (size_t)o * b->map, b, 3);
    for (; o < outputs; o++)
        all_taps(sums + (size_t)o * step, dz + (size_t)o * b->map, b, 1);
}

void VECTOR_NAME(direct_reduce_lanes)(float *dweights, const float *sums, size_t count)
{
    for (size_t i = 0; i < count; i++, sums += PARTIAL_SUMS) {
        float sum = 0;
        for (int lane = 0; lane < PARTIAL_SUMS; lane++)
            sum += sums[lane];
        dweights[i] = sum;
    }
}
