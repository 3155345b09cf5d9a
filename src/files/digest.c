/* SHA-256 by libmd. */
#include "digest.h"

#include <sha2.h>

#include "little_endian.h"

void digest_sha256_parts(char hex[DIGEST_HEX_SIZE], const struct digest_part *parts, int count)
{
    SHA2_CTX context;
    SHA256Init(&context);
    for (int i = 0; i < count; i++)
        SHA256Update(&context, parts[i].bytes, parts[i].size);
    SHA256End(&context, hex);
}

void digest_sha256_bytes(unsigned char digest[DIGEST_SIZE], const void *bytes, size_t size)
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, size);
    SHA256Final(digest, &context);
}

void digest_sha256_floats(char hex[DIGEST_HEX_SIZE], const float *values, size_t count)
{
    enum { BLOCK = 1024 };
    uint8_t bytes[BLOCK * sizeof(float)];
    SHA2_CTX context;
    SHA256Init(&context);
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t n = count - start < BLOCK ? count - start : BLOCK;
        for (size_t i = 0; i < n; i++)
            store_float(bytes + i * sizeof(float), values[start + i]);
        SHA256Update(&context, bytes, n * sizeof(float));
    }
    SHA256End(&context, hex);
}
