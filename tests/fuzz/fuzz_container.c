/* A model file, byte by byte as it is. */
#include <lenet5/model_file.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct lenet5_network *network;
    struct lenet5_error error;
    fuzz_check(lenet5_model_load(&network, fuzz_file(0, bytes, size), &error), &error);
    if (network)
        fuzz_use(network);
    lenet5_network_destroy(network);
    return 0;
}
