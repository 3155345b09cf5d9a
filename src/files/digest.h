/* SHA-256 of datasets, model files and parameters. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE + 1 };

/* One part of the bytes that are hashed together. */
struct digest_part {
    const void *bytes;
    size_t size;
};

void digest_sha256_parts(char hex[DIGEST_HEX_SIZE], const struct digest_part *parts, int count);

/* The digest as bytes. */
void digest_sha256_bytes(unsigned char digest[DIGEST_SIZE], const void *bytes, size_t size);

/* Hashes floats as little-endian bytes, so that every host gets the same digest. */
void digest_sha256_floats(char hex[DIGEST_HEX_SIZE], const float *values, size_t count);

#endif
