/* SHA-256 by libmd. */
#include "digest.h"

#include <lenet5/network.h>
#include <sha2.h>

#include "little_endian.h"

void digest_sha256(char hex[DIGEST_HEX_SIZE], const void *bytes, size_t size)
{
    digest_sha256_pieces(hex, &(struct digest_piece){bytes, size}, 1);
}

void digest_sha256_pieces(char hex[DIGEST_HEX_SIZE], const struct digest_piece *pieces, int count)
{
    SHA2_CTX context;
    SHA256Init(&context);
    for (int i = 0; i < count; i++)
        SHA256Update(&context, pieces[i].bytes, pieces[i].size);
    SHA256End(&context, hex);
}

void digest_sha256_bytes(unsigned char digest[DIGEST_SIZE], const void *bytes, size_t size)
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, bytes, size);
    SHA256Final(digest, &context);
}

void digest_dataset(char hex[DIGEST_HEX_SIZE], const struct lenet5_dataset *dataset)
{
    const size_t count = lenet5_dataset_count(dataset);
    const size_t area = (size_t)lenet5_dataset_rows(dataset) * (size_t)lenet5_dataset_cols(dataset);
    SHA2_CTX context;
    SHA256Init(&context);
    for (size_t i = 0; i < count; i++)
        SHA256Update(&context, lenet5_dataset_image(dataset, i), area);
    for (size_t i = 0; i < count; i++)
        SHA256Update(&context, &(uint8_t){(uint8_t)lenet5_dataset_label(dataset, i)}, 1);
    SHA256End(&context, hex);
}

void lenet5_network_sha256(const struct lenet5_network *network, char hex[DIGEST_HEX_SIZE])
{
    enum { CHUNK = 1024 };
    uint8_t bytes[CHUNK * sizeof(float)];
    const float *weights = lenet5_network_weights(network);
    size_t count = lenet5_network_parameter_count(network);
    SHA2_CTX context;
    SHA256Init(&context);
    for (size_t start = 0; start < count; start += CHUNK) {
        size_t n = count - start < CHUNK ? count - start : CHUNK;
        for (size_t i = 0; i < n; i++)
            store_float(bytes + i * sizeof(float), weights[start + i]);
        SHA256Update(&context, bytes, n * sizeof(float));
    }
    SHA256End(&context, hex);
}
