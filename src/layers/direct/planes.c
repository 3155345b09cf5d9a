#include "planes.h"

#include <string.h>

#include "base/vector.h"

/* TILE sums hide the latency of a multiply-add. */
enum { TILE = 8 };

/* Vectors are no wider on AVX-512: a single sample's runs are short enough. */
VECTOR_INLINE int narrow(int lanes)
{
    return lanes < NARROW_LANES ? lanes : NARROW_LANES;
}

/* The sizes of one call, in floats. */
struct plane {
    size_t pitch, map; /* a row and a map of the input */
    size_t reach;      /* from a window's first tap to its last */
    size_t run;        /* of outputs in the input's pitch: map - reach */
    size_t room;       /* of a run with reach zeros before and behind it */
    size_t width;      /* of a row of outputs */
    int kernel_h, kernel_w, taps, n;
};

static struct plane plane_of(const struct layer *layer, int n)
{
    const struct lenet5_extent kernel = layer->desc.kernel;
    const size_t pitch = (size_t)layer->in.w * (size_t)n, map = (size_t)layer->in.h * pitch;
    const size_t reach = (size_t)(kernel.h - 1) * pitch + (size_t)(kernel.w - 1) * (size_t)n;
    return (struct plane){
        .pitch = pitch,
        .map = map,
        .reach = reach,
        .run = map - reach,
        .room = map + reach,
        .width = (size_t)layer->out.w * (size_t)n,
        .kernel_h = kernel.h,
        .kernel_w = kernel.w,
        .taps = kernel.h * kernel.w,
        .n = n,
    };
}

bool planes_pay(const struct layer *layer, int n, bool training)
{
    return layer_is_plain(layer) && plane_of(layer, n).run >= NARROW_LANES &&
           (layer->desc.connections || (n == 1 && training));
}

size_t planes_workspace_size(const struct layer *layer, int n)
{
    if (!layer_is_plain(layer))
        return 0;
    return (size_t)layer->out.c * plane_of(layer, n).room + layer->weight_count;
}

/*
 * Vectors of one map from at on: the sum over count maps, those that links does not leave out. Map i of
 * x has the kernel of number links[i * step]. vectors and kernel_w are constants wherever this is inlined,
 * so that the sums stay in registers.
 */
#define CORRELATE_TILE(lanes, LANES)                                                        \
    VECTOR_INLINE void lanes##_correlate(                                                   \
        float *z, const float *x, size_t apart, const float *w, const int *links, int step, \
        int count, const struct plane *p, size_t at, int vectors, int kernel_w)             \
    {                                                                                       \
        lanes sums[TILE], values;                                                           \
        for (int v = 0; v < vectors; v++)                                                   \
            sums[v] = (lanes){0};                                                           \
        for (int i = 0; i < count; i++, x += apart) {                                       \
            if (links[i * step] < 0)                                                        \
                continue;                                                                   \
            const float *weight = w + links[i * step] * p->taps, *row = x + at;             \
            for (int ky = 0; ky < p->kernel_h; ky++, row += p->pitch) {                     \
                const float *run = row;                                                     \
                VECTOR_UNROLL                                                               \
                for (int kx = 0; kx < kernel_w; kx++, run += p->n, weight++)                \
                    for (int v = 0; v < vectors; v++) {                                     \
                        memcpy(&values, run + v * LANES, sizeof(values));                   \
                        sums[v] += *weight * values;                                        \
                    }                                                                       \
            }                                                                               \
        }                                                                                   \
        for (int v = 0; v < vectors; v++)                                                   \
            memcpy(z + at + v * LANES, &sums[v], sizeof(lanes));                            \
    }

CORRELATE_TILE(narrow_lanes, NARROW_LANES)
CORRELATE_TILE(few_lanes, FEW_LANES)

VECTOR_INLINE void correlate_tile(float *z, const float *x, size_t apart, const float *w,
                                  const int *links, int step, int count, const struct plane *p,
                                  size_t at, int vectors, int kernel_w, int lanes)
{
    if (lanes == NARROW_LANES)
        narrow_lanes_correlate(z, x, apart, w, links, step, count, p, at, vectors, kernel_w);
    else
        few_lanes_correlate(z, x, apart, w, links, step, count, p, at, vectors, kernel_w);
}

VECTOR_INLINE void correlate_run(float *z, const float *x, size_t apart, const float *w,
                                 const int *links, int step, int count, const struct plane *p,
                                 size_t length, int kernel_w, int lanes)
{
    const size_t size = (size_t)lanes;
    size_t at = 0;
    for (; at + TILE * size <= length; at += TILE * size)
        correlate_tile(z, x, apart, w, links, step, count, p, at, TILE, kernel_w, lanes);
    for (; at + size <= length; at += size)
        correlate_tile(z, x, apart, w, links, step, count, p, at, 1, kernel_w, lanes);
    if (at < length) /* ends where the run ends, and does again what is before it */
        correlate_tile(z, x, apart, w, links, step, count, p, length - size, 1, kernel_w, lanes);
}

/* One map z (length) from count maps x, apart from each other. */
VECTOR_INLINE void correlate(float *z, const float *x, size_t apart, const float *w,
                             const int *links, int step, int count, const struct plane *p,
                             size_t length, int lanes)
{
    if (p->kernel_w == 5) /* as a constant, for LeNet's kernels */
        correlate_run(z, x, apart, w, links, step, count, p, length, 5, narrow(lanes));
    else
        correlate_run(z, x, apart, w, links, step, count, p, length, p->kernel_w, narrow(lanes));
}

VECTOR_BY_WIDTH(correlate,
                (float *z, const float *x, size_t apart, const float *w, const int *links, int step,
                 int count, const struct plane *p, size_t length),
                z, x, apart, w, links, step, count, p, length)

void planes_forward(float *z, const struct layer *layer, const struct layer_call *call)
{
    const struct plane p = plane_of(layer, call->n);
    float *run = call->workspace;
    for (int o = 0; o < layer->out.c; o++) {
        correlate_by_width(run, call->x, p.map, call->params, layer->kernels + o * layer->in.c, 1,
                           layer->in.c, &p, p.run);
        for (int h = 0; h < layer->out.h; h++, z += p.width)
            memcpy(z, run + (size_t)h * p.pitch, p.width * sizeof(*z));
    }
}

/* dz in the input's pitch, zero where no output is, with reach zeros before and behind it. */
static void spread(float *to, const float *dz, const struct layer *layer, const struct plane *p)
{
    vector_fill(to, 0, p->reach);
    to += p->reach;
    for (int h = 0; h < layer->out.h; h++, dz += p->width, to += p->pitch) {
        memcpy(to, dz, p->width * sizeof(*to));
        if (h + 1 < layer->out.h)
            vector_fill(to + p->width, 0, p->pitch - p->width);
    }
    vector_fill(to - (p->pitch - p->width), 0, p->reach);
}

/*
 * The gradients of a row of taps, dw (taps): dz times the runs that start at x, x + n, ...; last is what whole vectors
 * leave over.
 */
#define GRADIENT_TILE(lanes, LANES)                                                      \
    VECTOR_INLINE void lanes##_gradient(float *dw, const float *dz, const float *last,   \
                                        const float *x, const struct plane *p, int taps) \
    {                                                                                    \
        lanes sums[TILE], run, d;                                                        \
        size_t at = 0;                                                                   \
        for (int k = 0; k < taps; k++)                                                   \
            sums[k] = (lanes){0};                                                        \
        for (; at + LANES <= p->run; at += LANES) {                                      \
            memcpy(&d, dz + at, sizeof(d));                                              \
            for (int k = 0; k < taps; k++) {                                             \
                memcpy(&run, x + at + k * p->n, sizeof(run));                            \
                sums[k] += d * run;                                                      \
            }                                                                            \
        }                                                                                \
        memcpy(&d, last, sizeof(d));                                                     \
        for (int k = 0; k < taps; k++) {                                                 \
            memcpy(&run, x + p->run - LANES + k * p->n, sizeof(run));                    \
            sums[k] += d * run;                                                          \
            dw[k] = 0;                                                                   \
            for (int lane = 0; lane < LANES; lane++)                                     \
                dw[k] += sums[k][lane];                                                  \
        }                                                                                \
    }

GRADIENT_TILE(narrow_lanes, NARROW_LANES)
GRADIENT_TILE(few_lanes, FEW_LANES)

VECTOR_INLINE void gradient_tile(float *dw, const float *dz, const float *last, const float *x,
                                 const struct plane *p, int taps, int lanes)
{
    if (lanes == NARROW_LANES)
        narrow_lanes_gradient(dw, dz, last, x, p, taps);
    else
        few_lanes_gradient(dw, dz, last, x, p, taps);
}

/* dw (kernel.h, kernel.w) of the kernel between a map x and a run dz. */
VECTOR_INLINE void kernel_gradient(float *dw, const float *dz, const float *x,
                                   const struct plane *p, int lanes)
{
    /* The run's last values, those that whole vectors leave over; the others in their vector are 0. */
    const size_t size = (size_t)narrow(lanes);
    float last[NARROW_LANES] = {0};
    for (size_t i = p->run / size * size; i < p->run; i++)
        last[i + size - p->run] = dz[i];
    for (int ky = 0; ky < p->kernel_h; ky++, x += p->pitch) {
        int kx = 0;
        for (; kx + 5 <= p->kernel_w; kx += 5, dw += 5)
            gradient_tile(dw, dz, last, x + kx * p->n, p, 5, narrow(lanes));
        for (; kx < p->kernel_w; kx++, dw++)
            gradient_tile(dw, dz, last, x + kx * p->n, p, 1, narrow(lanes));
    }
}

VECTOR_BY_WIDTH(kernel_gradient,
                (float *dw, const float *dz, const float *x, const struct plane *p), dw, dz, x, p)

void planes_backward(float *dweights, const float *dz, const struct layer *layer,
                     const struct layer_call *call)
{
    const struct plane p = plane_of(layer, call->n);
    const size_t outputs = (size_t)layer->out.h * p.width;
    float *runs = call->workspace, *turned = runs + (size_t)layer->out.c * p.room;
    for (int o = 0; o < layer->out.c; o++) {
        float *run = runs + (size_t)o * p.room;
        spread(run, dz + (size_t)o * outputs, layer, &p);
        for (int c = 0; c < layer->in.c; c++) {
            const int kernel = layer->kernels[o * layer->in.c + c];
            if (kernel >= 0)
                kernel_gradient_by_width(dweights + kernel * p.taps, run + p.reach,
                                         call->x + (size_t)c * p.map, &p);
        }
    }
    if (!call->dx)
        return;
    /* Every input sees the outputs through the kernels turned around. */
    for (size_t k = 0; k < layer->weight_count; k += (size_t)p.taps)
        for (int i = 0; i < p.taps; i++)
            turned[k + (size_t)i] = call->params[k + (size_t)(p.taps - 1 - i)];
    for (int c = 0; c < layer->in.c; c++)
        correlate_by_width(call->dx + (size_t)c * p.map, runs, p.room, turned, layer->kernels + c,
                           layer->in.c, layer->out.c, &p, p.map);
}
