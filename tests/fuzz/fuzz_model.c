/* A model file whose header's length is right: the header up to a NUL, then the tensors' bytes. */
#include <lenet5/model_file.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t file[1 << 16];
    if (size + 8 > sizeof(file))
        return 0;
    const uint8_t *nul = size ? memchr(bytes, 0, size) : NULL;
    const size_t header = nul ? (size_t)(nul - bytes) : size;
    for (int i = 0; i < 8; i++)
        file[i] = (uint8_t)((uint64_t)header >> 8 * i);
    if (header)
        memcpy(file + 8, bytes, header);
    const size_t data = nul ? size - header - 1 : 0;
    if (data)
        memcpy(file + 8 + header, nul + 1, data);

    struct lenet5_network *network;
    struct lenet5_error error;
    fuzz_check(lenet5_model_load(&network, fuzz_file(0, file, 8 + header + data), &error), &error);
    if (network)
        fuzz_use(network);
    lenet5_network_destroy(network);
    return 0;
}
