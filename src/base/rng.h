/*
 * Random numbers that depend only on the seed and their purpose: Philox4x32-10 (Salmon et al.
 * 2011, through Random123), keyed by the seed and counted by (purpose, a, b). No state is shared,
 * so every thread that asks for the same draw gets the same number.
 */
#ifndef RNG_H
#define RNG_H

#include <stddef.h>
#include <stdint.h>

enum rng_purpose {
    RNG_INIT = 1, /* a = tensor */
    RNG_SPLIT,
    RNG_SHUFFLE,   /* a = epoch */
    RNG_DROPOUT,   /* a = step, b = position in the batch; the layer is part of the seed */
    RNG_DIGITS,    /* a = split, b = image */
    RNG_SHIFT,     /* a = step, b = position in the batch */
    RNG_AUGMENT,   /* a, b as RNG_SHIFT */
    RNG_CURVATURE, /* a = epoch */
};

struct rng {
    uint32_t key[2], counter[4], block[4];
    int used; /* numbers of the block already given out */
};

/* The start of one stream of 2^34 numbers. */
struct rng rng_stream(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b);

uint32_t rng_u32(struct rng *rng);

/* Uniform in [0, 1), 24 bits. */
float rng_uniform(struct rng *rng);

/* Uniform in 0 .. bound - 1 without bias; bound above 0. */
uint32_t rng_below(struct rng *rng, uint32_t bound);

/* Standard normal (Box and Muller). */
float rng_normal(struct rng *rng);

/* Any order of the values, all equally likely (Fisher and Yates). */
void rng_shuffle(uint32_t *values, size_t count, struct rng rng);

#endif
