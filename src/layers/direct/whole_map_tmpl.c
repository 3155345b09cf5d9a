/* The kernels of the whole-map convolution. */
#include "base/vector_tmpl.h"
#include "whole_map.h"

/* TILE sums hide the latency of a multiply-add. */
enum { TILE = 8, MAP_LANES = LANES < WHOLE_MAP_MOST_LANES ? LANES : WHOLE_MAP_MOST_LANES };

typedef float map_vec __attribute__((vector_size(MAP_LANES * sizeof(float))));

/*
 * Vectors of one map from at on: the sum over count maps, without those that have no kernel. vectors and kernel_w are
 * constants wherever this is inlined, so that the sums stay in registers.
 */
VECTOR_INLINE void correlate_tile(float *z, const float *x, size_t apart, const float *w,
                                  const int *links, int step, int count, const struct whole_map *m,
                                  size_t at, int vectors, int kernel_w)
{
    map_vec sums[TILE], values;
    for (int v = 0; v < vectors; v++)
        sums[v] = (map_vec){0};
    for (int i = 0; i < count; i++, x += apart) {
        if (links[i * step] < 0)
            continue;
        const float *weight = w + links[i * step] * m->taps, *row = x + at;
        for (int ky = 0; ky < m->kernel_h; ky++, row += m->pitch) {
            const float *run = row;
            VECTOR_UNROLL
            for (int kx = 0; kx < kernel_w; kx++, run += m->n, weight++)
                for (int v = 0; v < vectors; v++) {
                    memcpy(&values, run + v * MAP_LANES, sizeof(values));
                    sums[v] += *weight * values;
                }
        }
    }
    for (int v = 0; v < vectors; v++)
        memcpy(z + at + v * MAP_LANES, &sums[v], sizeof(map_vec));
}

VECTOR_INLINE void correlate_run(float *z, const float *x, size_t apart, const float *w,
                                 const int *links, int step, int count, const struct whole_map *m,
                                 size_t length, int kernel_w)
{
    size_t at = 0;
    for (; at + TILE * MAP_LANES <= length; at += TILE * MAP_LANES)
        correlate_tile(z, x, apart, w, links, step, count, m, at, TILE, kernel_w);
    for (; at + MAP_LANES <= length; at += MAP_LANES)
        correlate_tile(z, x, apart, w, links, step, count, m, at, 1, kernel_w);
    if (at < length) /* ends where the run ends, and repeats some of the vector before */
        correlate_tile(z, x, apart, w, links, step, count, m, length - MAP_LANES, 1, kernel_w);
}

void VECTOR_NAME(whole_map_correlate)(float *z, const float *x, size_t apart, const float *w,
                                      const int *links, int step, int count,
                                      const struct whole_map *m, size_t length)
{
    if (m->kernel_w == 5) /* as a constant, for LeNet's kernels */
        correlate_run(z, x, apart, w, links, step, count, m, length, 5);
    else
        correlate_run(z, x, apart, w, links, step, count, m, length, m->kernel_w);
}

/*
 * The gradients of a row of taps, dw (taps): dz times the runs that start at x, x + n, ...; last is the rest that
 * whole vectors leave.
 */
VECTOR_INLINE void gradient_tile(float *dw, const float *dz, const float *last, const float *x,
                                 const struct whole_map *m, int taps)
{
    map_vec sums[TILE], run, d;
    size_t at = 0;
    for (int k = 0; k < taps; k++)
        sums[k] = (map_vec){0};
    for (; at + MAP_LANES <= m->run; at += MAP_LANES) {
        memcpy(&d, dz + at, sizeof(d));
        for (int k = 0; k < taps; k++) {
            memcpy(&run, x + at + k * m->n, sizeof(run));
            sums[k] += d * run;
        }
    }
    memcpy(&d, last, sizeof(d));
    for (int k = 0; k < taps; k++) {
        memcpy(&run, x + m->run - MAP_LANES + k * m->n, sizeof(run));
        sums[k] += d * run;
        dw[k] = 0;
        for (int lane = 0; lane < MAP_LANES; lane++)
            dw[k] += sums[k][lane];
    }
}

void VECTOR_NAME(whole_map_weight_gradient)(float *dw, const float *dz, const float *x,
                                            const struct whole_map *m)
{
    /* The run's last values, the rest that whole vectors leave; the others in their vector are 0. */
    float last[MAP_LANES] = {0};
    for (size_t i = m->run / MAP_LANES * MAP_LANES; i < m->run; i++)
        last[i + MAP_LANES - m->run] = dz[i];
    for (int ky = 0; ky < m->kernel_h; ky++, x += m->pitch) {
        int kx = 0;
        for (; kx + 5 <= m->kernel_w; kx += 5, dw += 5)
            gradient_tile(dw, dz, last, x + kx * m->n, m, 5);
        for (; kx < m->kernel_w; kx++, dw++)
            gradient_tile(dw, dz, last, x + kx * m->n, m, 1);
    }
}
