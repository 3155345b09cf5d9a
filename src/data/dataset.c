/* Creates, copies and reads datasets in memory. */
#include "dataset_internal.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum lenet5_status dataset_allocate(struct lenet5_dataset **dataset, size_t count, int rows,
                                    int cols, int classes, struct lenet5_error *error)
{
    struct lenet5_dataset *self = memory_alloc(1, sizeof(*self));
    *dataset = self;
    if (self) {
        *self = (struct lenet5_dataset){count,
                                        rows,
                                        cols,
                                        classes,
                                        memory_alloc(count, (size_t)rows * (size_t)cols),
                                        memory_alloc(count, 1)};
        if (self->images && self->labels)
            return LENET5_OK;
    }
    lenet5_dataset_destroy(self);
    *dataset = NULL;
    return fail(error, LENET5_ERROR_MEMORY, "no memory for %zu images of %dx%d pixels", count, cols,
                rows);
}

enum lenet5_status lenet5_dataset_create(struct lenet5_dataset **dataset, const uint8_t *images,
                                         const uint8_t *labels, size_t count, int rows, int cols,
                                         int classes, struct lenet5_error *error)
{
    *dataset = NULL;
    if (!images || !labels || !count)
        return fail(error, LENET5_ERROR_ARGUMENT, "a dataset needs images and labels, found none");
    if (rows < 1 || cols < 1 || rows > LENET5_MAX_SIDE || cols > LENET5_MAX_SIDE)
        return fail(error, LENET5_ERROR_ARGUMENT,
                    "images of %d rows and %d columns, expected 1 to %d", rows, cols,
                    LENET5_MAX_SIDE);
    if (classes < 1 || classes > LENET5_MAX_CLASSES)
        return fail(error, LENET5_ERROR_ARGUMENT, "%d classes, expected 1 to %d", classes,
                    LENET5_MAX_CLASSES);
    for (size_t i = 0; i < count; i++)
        if (labels[i] >= classes)
            return fail(error, LENET5_ERROR_ARGUMENT, "label %d of image %zu, expected 0 to %d",
                        labels[i], i, classes - 1);
    enum lenet5_status status = dataset_allocate(dataset, count, rows, cols, classes, error);
    if (status)
        return status;
    memcpy((*dataset)->images, images, count * (size_t)rows * (size_t)cols);
    memcpy((*dataset)->labels, labels, count);
    return LENET5_OK;
}

/* The index of the 1 among zeros; -1 = not one-hot. */
static int one_hot_label(const float *target, int classes)
{
    int label = -1;
    for (int k = 0; k < classes; k++) {
        if (target[k] == 0)
            continue;
        if (target[k] != 1 || label >= 0)
            return -1;
        label = k;
    }
    return label;
}

enum lenet5_status lenet5_dataset_create_one_hot(struct lenet5_dataset **dataset,
                                                 const uint8_t *images, const float *targets,
                                                 size_t count, int rows, int cols, int classes,
                                                 struct lenet5_error *error)
{
    *dataset = NULL;
    if (!targets || !count || classes < 1 || classes > LENET5_MAX_CLASSES)
        return fail(
            error, LENET5_ERROR_ARGUMENT,
            "one-hot targets of %zu samples and %d classes, expected at least one sample and "
            "1 to %d classes",
            targets ? count : 0, classes, LENET5_MAX_CLASSES);
    uint8_t *labels = memory_alloc(count, 1);
    if (!labels)
        return fail(error, LENET5_ERROR_MEMORY, "no memory for %zu labels", count);
    enum lenet5_status status = LENET5_OK;
    for (size_t i = 0; !status && i < count; i++) {
        const int label = one_hot_label(targets + i * (size_t)classes, classes);
        if (label < 0)
            status = fail(error, LENET5_ERROR_ARGUMENT,
                          "target %zu is not one-hot: expected one 1 and %d zeros", i, classes - 1);
        else
            labels[i] = (uint8_t)label;
    }
    if (!status)
        status = lenet5_dataset_create(dataset, images, labels, count, rows, cols, classes, error);
    memory_free(labels);
    return status;
}

enum lenet5_status lenet5_dataset_first(struct lenet5_dataset **dataset,
                                        const struct lenet5_dataset *all, size_t count,
                                        struct lenet5_error *error)
{
    *dataset = NULL;
    if (count < 1 || count > all->count)
        return fail(error, LENET5_ERROR_ARGUMENT, "the first %zu images, expected 1 to %zu", count,
                    all->count);
    return lenet5_dataset_create(dataset, all->images, all->labels, count, all->rows, all->cols,
                                 all->classes, error);
}

enum lenet5_status lenet5_dataset_join(struct lenet5_dataset **dataset,
                                       const struct lenet5_dataset *first,
                                       const struct lenet5_dataset *second,
                                       struct lenet5_error *error)
{
    const size_t area = (size_t)first->rows * (size_t)first->cols;
    const int classes = first->classes > second->classes ? first->classes : second->classes;
    *dataset = NULL;
    if (first->rows != second->rows || first->cols != second->cols)
        return fail(error, LENET5_ERROR_ARGUMENT, "images of %dx%d and of %dx%d cannot be joined",
                    first->cols, first->rows, second->cols, second->rows);
    enum lenet5_status status = dataset_allocate(dataset, first->count + second->count, first->rows,
                                                 first->cols, classes, error);
    if (status)
        return status;
    memcpy((*dataset)->images, first->images, first->count * area);
    memcpy((*dataset)->images + first->count * area, second->images, second->count * area);
    memcpy((*dataset)->labels, first->labels, first->count);
    memcpy((*dataset)->labels + first->count, second->labels, second->count);
    return LENET5_OK;
}

void lenet5_dataset_destroy(struct lenet5_dataset *dataset)
{
    if (!dataset)
        return;
    memory_free(dataset->images);
    memory_free(dataset->labels);
    memory_free(dataset);
}

size_t lenet5_dataset_count(const struct lenet5_dataset *dataset)
{
    return dataset->count;
}

int lenet5_dataset_rows(const struct lenet5_dataset *dataset)
{
    return dataset->rows;
}

int lenet5_dataset_cols(const struct lenet5_dataset *dataset)
{
    return dataset->cols;
}

int lenet5_dataset_classes(const struct lenet5_dataset *dataset)
{
    return dataset->classes;
}

const uint8_t *lenet5_dataset_image(const struct lenet5_dataset *dataset, size_t i)
{
    assert(i < dataset->count);
    return dataset->images + i * (size_t)dataset->rows * (size_t)dataset->cols;
}

int lenet5_dataset_label(const struct lenet5_dataset *dataset, size_t i)
{
    assert(i < dataset->count);
    return dataset->labels[i];
}

void dataset_sha256(char hex[DIGEST_HEX_SIZE], const struct lenet5_dataset *dataset)
{
    const size_t area = (size_t)dataset->rows * (size_t)dataset->cols;
    digest_sha256_parts(hex,
                        (struct digest_part[]){{dataset->images, dataset->count * area},
                                               {dataset->labels, dataset->count}},
                        2);
}
