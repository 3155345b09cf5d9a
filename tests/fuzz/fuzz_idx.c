/* An images file and a labels file: two bytes that say how long the first is, then both. */
#include <lenet5/dataset.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    size_t images = (size_t)bytes[0] << 8 | bytes[1];
    bytes += 2;
    size -= 2;
    if (images > size)
        images = size;
    struct lenet5_dataset *dataset;
    struct lenet5_error error;
    fuzz_check(lenet5_dataset_read_idx(&dataset, fuzz_file(0, bytes, images),
                                       fuzz_file(1, bytes + images, size - images), &error),
               &error);
    for (size_t i = 0; dataset && i < lenet5_dataset_count(dataset); i++) {
        fuzz_read(lenet5_dataset_image(dataset, i),
                  (size_t)lenet5_dataset_rows(dataset) * (size_t)lenet5_dataset_cols(dataset));
        if (lenet5_dataset_label(dataset, i) >= lenet5_dataset_classes(dataset))
            abort();
    }
    lenet5_dataset_destroy(dataset);
    return 0;
}
