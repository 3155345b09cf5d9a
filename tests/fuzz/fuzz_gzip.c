/*
 * An images file that is packed before it is read, so that its checksums are right and the fuzzer gets
 * to what is inside: a byte that says how, a byte of what is left out at the end, then the content.
 */
#include <lenet5/dataset.h>
#include <stdlib.h>
#include <zlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 3, 9};
    static uint8_t packed[1 << 16];
    static z_stream streams[2];
    if (size < 2 || size > sizeof(packed) / 2)
        return 0;
    z_stream *stream = &streams[bytes[0] & 1]; /* stored, or deflated */
    if (!stream->state && deflateInit2(stream, bytes[0] & 1 ? 1 : 0, Z_DEFLATED, 16 + 9, 1,
                                       Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    deflateReset(stream);
    stream->next_in = (uint8_t *)(uintptr_t)bytes + 2;
    stream->avail_in = (uInt)size - 2;
    stream->next_out = packed;
    stream->avail_out = sizeof(packed);
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        abort();
    size_t length = sizeof(packed) - stream->avail_out;
    if (bytes[0] & 2) /* some more behind the end */
        packed[length++] = bytes[1];
    else
        length -= bytes[1] < length ? bytes[1] : length;

    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    enum lenet5_status status = lenet5_dataset_read_idx(
        &dataset, fuzz_file(0, packed, length), fuzz_file(1, labels, sizeof(labels)), &error);
    fuzz_check(status, &error);
    if (!status && (bytes[0] & 2 || bytes[1] ||
                    size - 2 != 16 + 2 * (size_t)lenet5_dataset_rows(dataset) *
                                         (size_t)lenet5_dataset_cols(dataset)))
        abort();
    lenet5_dataset_destroy(dataset);
    return 0;
}
