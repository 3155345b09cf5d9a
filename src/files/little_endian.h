/* Numbers as little-endian bytes at any address, on any host. */
#ifndef LITTLE_ENDIAN_H
#define LITTLE_ENDIAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void store_u64(void *bytes, uint64_t value)
{
    value = htole64(value);
    memcpy(bytes, &value, sizeof(value));
}

static inline uint64_t load_u64(const void *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return le64toh(value);
}

static inline void store_float(void *bytes, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    bits = htole32(bits);
    memcpy(bytes, &bits, sizeof(bits));
}

static inline float load_float(const void *bytes)
{
    uint32_t bits;
    memcpy(&bits, bytes, sizeof(bits));
    bits = le32toh(bits);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline void store_double(void *bytes, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    store_u64(bytes, bits);
}

static inline double load_double(const void *bytes)
{
    const uint64_t bits = load_u64(bytes);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

#endif
