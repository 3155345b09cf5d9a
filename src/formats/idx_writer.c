/* Writes IDX, as idx.c reads it. */
#include <endian.h>
#include <lenet5/dataset.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/atomic_file.h"

enum { MOST_WORDS = 4, IMAGES_MAGIC = 0x803, LABELS_MAGIC = 0x801 };

/* A header of big-endian words, then the bytes. */
static enum lenet5_status write_file(const char *path, const uint32_t *words, size_t word_count,
                                     const uint8_t *bytes, size_t size, struct lenet5_error *error)
{
    const size_t header = word_count * sizeof(uint32_t);
    uint8_t *file = memory_alloc(header + size, 1);
    if (!file)
        return fail(error, LENET5_ERROR_MEMORY, "%s: no memory for %zu bytes", path, header + size);
    for (size_t i = 0; i < word_count; i++) {
        const uint32_t word = htobe32(words[i]);
        memcpy(file + i * sizeof(word), &word, sizeof(word));
    }
    memcpy(file + header, bytes, size);
    const enum lenet5_status status = atomic_file_write(path, file, header + size, error);
    memory_free(file);
    return status;
}

enum lenet5_status lenet5_dataset_write_idx(const struct lenet5_dataset *dataset,
                                            const char *images_path, const char *labels_path,
                                            struct lenet5_error *error)
{
    const size_t count = lenet5_dataset_count(dataset);
    const uint32_t rows = (uint32_t)lenet5_dataset_rows(dataset);
    const uint32_t cols = (uint32_t)lenet5_dataset_cols(dataset);
    const uint32_t words[MOST_WORDS] = {IMAGES_MAGIC, (uint32_t)count, rows, cols};
    const uint32_t label_words[] = {LABELS_MAGIC, (uint32_t)count};
    uint8_t *labels = memory_alloc(count, 1);
    if (!labels)
        return fail(error, LENET5_ERROR_MEMORY, "%s: out of memory", labels_path);
    for (size_t i = 0; i < count; i++)
        labels[i] = (uint8_t)lenet5_dataset_label(dataset, i);
    enum lenet5_status status = write_file(images_path, words, MOST_WORDS,
                                           lenet5_dataset_image(dataset, 0),
                                           count * (size_t)rows * (size_t)cols, error);
    if (!status)
        status = write_file(labels_path, label_words, 2, labels, count, error);
    memory_free(labels);
    return status;
}
