#include "rng.h"

#include <Random123/philox.h>
#include <math.h>

struct rng rng_stream(uint64_t seed, enum rng_purpose purpose, uint32_t a, uint32_t b)
{
    return (struct rng){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, (uint32_t)purpose, a, b},
        .used = 4,
    };
}

uint32_t rng_u32(struct rng *rng)
{
    if (rng->used == 4) {
        philox4x32_ctr_t counter = {
            {rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
        philox4x32_key_t key = {{rng->key[0], rng->key[1]}};
        philox4x32_ctr_t block = philox4x32(counter, key);
        for (int i = 0; i < 4; i++)
            rng->block[i] = block.v[i];
        rng->counter[0]++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

float rng_uniform(struct rng *rng)
{
    return (float)(rng_u32(rng) >> 8) * 0x1p-24f;
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    /* Lemire 2019: the high half of a product, rejecting the few values that would be unfair. */
    uint64_t product = (uint64_t)rng_u32(rng) * bound;
    if ((uint32_t)product < bound) {
        uint32_t threshold = -bound % bound;
        while ((uint32_t)product < threshold)
            product = (uint64_t)rng_u32(rng) * bound;
    }
    return (uint32_t)(product >> 32);
}

float rng_normal(struct rng *rng)
{
    double radius = sqrt(-2.0 * log(1.0 - rng_uniform(rng)));
    double angle = 6.283185307179586 * rng_uniform(rng);
    return (float)(radius * cos(angle));
}

void rng_shuffle(uint32_t *values, size_t count, struct rng rng)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = rng_below(&rng, (uint32_t)i);
        uint32_t swapped = values[i - 1];
        values[i - 1] = values[k];
        values[k] = swapped;
    }
}
