/* QR factorisation and eigenvectors by LAPACK; only lapack.c calls LAPACKE. Not for several threads at once. */
#ifndef LENET5_LAPACK_H
#define LENET5_LAPACK_H

#include <lenet5/status.h>

/*
 * q (tall, thin), column-major, becomes Q of its QR factorisation, with the signs that make the diagonal
 * of R positive. Errors: MEMORY.
 */
enum lenet5_status lapack_orthonormalise(float *q, int tall, int thin, struct lenet5_error *error);

/*
 * The `count` largest eigenvalues (count) of a symmetric matrix (size, size), in descending order, and
 * their eigenvectors (count, size), one per row. The matrix is destroyed. Errors: MEMORY.
 */
enum lenet5_status lapack_eigenvectors(float *values, float *vectors, int count, float *matrix,
                                       int size, struct lenet5_error *error);

#endif
