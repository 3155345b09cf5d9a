/* SHA-256, in hex: how data sets, model files and parameters are named exactly. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

enum { DIGEST_HEX_SIZE = 65 };

void digest_sha256(char hex[DIGEST_HEX_SIZE], const void *bytes, size_t size);

/* Of several pieces as if they were one. */
struct digest_piece {
    const void *bytes;
    size_t size;
};

void digest_sha256_pieces(char hex[DIGEST_HEX_SIZE], const struct digest_piece *pieces, int count);

#endif
