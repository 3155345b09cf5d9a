/* The SHA-256 of a network's parameters. */
#include <lenet5/network.h>

#include "files/digest.h"

void lenet5_network_sha256(const struct lenet5_network *network, char hex[DIGEST_HEX_SIZE])
{
    digest_sha256_floats(hex, lenet5_network_weights(network),
                         lenet5_network_parameter_count(network));
}
