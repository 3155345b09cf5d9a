/* SHA-256, in hex: how data sets, model files and parameters are named exactly. */
#ifndef DIGEST_H
#define DIGEST_H

#include <lenet5/dataset.h>
#include <stddef.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE + 1 };

void digest_sha256(char hex[DIGEST_HEX_SIZE], const void *bytes, size_t size);

/* Of several pieces as if they were one. */
struct digest_piece {
    const void *bytes;
    size_t size;
};

void digest_sha256_pieces(char hex[DIGEST_HEX_SIZE], const struct digest_piece *pieces, int count);

/* The same, not in hex. */
void digest_sha256_bytes(unsigned char digest[DIGEST_SIZE], const void *bytes, size_t size);

/* Of a dataset's images and then its labels, a byte each. */
void digest_dataset(char hex[DIGEST_HEX_SIZE], const struct lenet5_dataset *dataset);

#endif
