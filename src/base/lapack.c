#include "lapack.h"

#include <lapacke.h>

#include "error.h"
#include "memory.h"

static enum lenet5_status gave_up(const char *what, lapack_int info, struct lenet5_error *error)
{
    return fail(error, LENET5_ERROR_MEMORY, "LAPACK's %s gave up (%d)", what, (int)info);
}

enum lenet5_status lapack_orthonormalise(float *q, int tall, int thin, struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    float *tau = memory_alloc((size_t)thin, sizeof(*tau));
    float *signs = memory_alloc((size_t)thin, sizeof(*signs));
    if (!tau || !signs) {
        status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
        goto done;
    }
    lapack_int info = LAPACKE_sgeqrf(LAPACK_COL_MAJOR, tall, thin, q, tall, tau);
    for (int k = 0; k < thin; k++)
        signs[k] = q[(size_t)k * (size_t)tall + (size_t)k] < 0 ? -1 : 1;
    if (!info)
        info = LAPACKE_sorgqr(LAPACK_COL_MAJOR, tall, thin, thin, q, tall, tau);
    if (info) {
        status = gave_up("QR", info, error);
        goto done;
    }
    for (int k = 0; k < thin; k++)
        for (int t = 0; t < tall; t++)
            q[(size_t)k * (size_t)tall + (size_t)t] *= signs[k];
done:
    memory_free(signs);
    memory_free(tau);
    return status;
}

enum lenet5_status lapack_eigenvectors(float *values, float *vectors, int count, float *matrix,
                                       int size, struct lenet5_error *error)
{
    enum lenet5_status status = LENET5_OK;
    float *ascending = memory_alloc((size_t)size, sizeof(*ascending));
    float *columns = memory_alloc((size_t)size * (size_t)count, sizeof(*columns));
    lapack_int *support = memory_alloc(2 * (size_t)count, sizeof(*support)), found;
    if (!ascending || !columns || !support) {
        status = fail(error, LENET5_ERROR_MEMORY, "out of memory");
        goto done;
    }
    const lapack_int info = LAPACKE_ssyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', size, matrix, size, 0,
                                           0, size - count + 1, size, 0, &found, ascending, columns,
                                           size, support);
    if (info || found != count) {
        status = gave_up("eigenvalues", info, error);
        goto done;
    }
    for (int k = 0; k < count; k++) {
        values[k] = ascending[count - 1 - k];
        for (int i = 0; i < size; i++)
            vectors[k * size + i] = columns[(count - 1 - k) * size + i];
    }
done:
    memory_free(support);
    memory_free(columns);
    memory_free(ascending);
    return status;
}
